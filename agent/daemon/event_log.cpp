// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/event_log.h"

#include <algorithm>
#include <utility>

#include "agent/core/text.h"
#include "harden/host.h"

namespace harden::daemon {
namespace {

// "ID TIME TYPE DATA". The data is JSON on one line, so a line is an event.
std::string line_of(const Event& event) {
  return std::to_string(event.id) + " " + std::to_string(event.time) + " " + event.type + " " + event.data + "\n";
}

std::optional<Event> event_of(std::string_view line) {
  const auto first = line.find(' ');
  const auto second = line.find(' ', first + 1);
  const auto third = line.find(' ', second + 1);
  if (first == line.npos || second == line.npos || third == line.npos) return std::nullopt;
  const auto id = text::to_int(line.substr(0, first));
  const auto time = text::to_int(line.substr(first + 1, second - first - 1));
  if (!id || !time || *id < 1) return std::nullopt;
  return Event{static_cast<std::uint64_t>(*id), *time, std::string(line.substr(second + 1, third - second - 1)),
               std::string(line.substr(third + 1))};
}

// Calls `visit` with each event of a file and the offset behind it, as far as
// the lines are whole and the ids grow, or until it says false.
template <typename Visit>
void each_event(const AppendFile& file, std::uint64_t most, const Visit& visit) {
  const auto bytes = file.read(0, static_cast<std::size_t>(std::min(file.size(), most)));
  if (!bytes) return;
  std::uint64_t before = 0;
  std::size_t at = 0;
  for (std::size_t end = bytes->find('\n'); end != std::string::npos; end = bytes->find('\n', at)) {
    auto event = event_of(std::string_view(*bytes).substr(at, end - at));
    at = end + 1;
    if (!event || event->id <= before) return;
    before = event->id;
    if (!visit(std::move(*event), at)) return;
  }
}

Event lost(std::uint64_t first, std::uint64_t last, std::int64_t time) {
  return {last, time, "events.lost", "{\"first\":" + std::to_string(first) + ",\"last\":" + std::to_string(last) + "}"};
}

// The same with every hole told as lost. `last`: the id that they go up to.
std::vector<Event> with_holes(std::vector<Event> events, std::uint64_t id, std::uint64_t last, bool whole) {
  std::vector<Event> told;
  told.reserve(events.size() + 1);
  std::uint64_t next = id + 1;
  std::int64_t time = 0;
  for (Event& event : events) {
    if (event.id > next) told.push_back(lost(next, event.id - 1, event.time));
    next = event.id + 1;
    time = event.time;
    told.push_back(std::move(event));
  }
  if (whole && next <= last) told.push_back(lost(next, last, time));
  return told;
}

struct Reservation {
  std::string boot_id;
  std::uint64_t ceiling = 0;
  std::uint64_t last = 0;
  bool clean = false;
};

// "BOOT CEILING LAST clean|open"
Reservation reservation_of(std::string_view text) {
  const auto words = text::words(text);
  if (words.size() != 4) return {};
  const auto ceiling = text::to_int(words[1]);
  const auto last = text::to_int(words[2]);
  if (!ceiling || !last || *ceiling < 0 || *last < 0) return {};
  return {std::string(words[0]), static_cast<std::uint64_t>(*ceiling), static_cast<std::uint64_t>(*last),
          words[3] == "clean"};
}

std::string reservation_path(const std::string& folder) { return folder + "/events.next"; }

}  // namespace

Result<std::unique_ptr<EventLog>> EventLog::open(const std::string& folder, std::string boot_id) {
  return open(folder, std::move(boot_id), Bounds());
}

Result<std::unique_ptr<EventLog>> EventLog::open(const std::string& folder, std::string boot_id, Bounds bounds) {
  auto file = AppendFile::open(folder + "/events");
  if (!file) return std::unexpected(file.error());
  std::unique_ptr<EventLog> log(new EventLog(folder, std::move(boot_id), bounds, std::move(*file)));
  log->recover();
  return log;
}

EventLog::EventLog(std::string folder, std::string boot_id, Bounds bounds, AppendFile file)
    : folder_(std::move(folder)),
      boot_id_(std::move(boot_id)),
      bounds_(bounds),
      file_(std::move(file)),
      writer_(live_writer()) {}

EventLog::~EventLog() {
  if (file_.sync()) reserve(true);
}

// What the files hold, and how far ids went that they do not hold.
void EventLog::recover() {
  const std::uint64_t most = 2 * bounds_.bytes;
  const std::string older_path = folder_ + "/events.1";
  if (live_host()->kind(older_path)) {
    if (auto older = AppendFile::open(older_path)) older_ = std::move(*older);
  }
  if (older_) {
    each_event(*older_, most, [&](const Event& event, std::uint64_t) {
      last_ = event.id;
      return true;
    });
  }
  std::uint64_t good = 0;
  each_event(file_, most, [&](const Event& event, std::uint64_t end) {
    if (event.id <= last_) return false;
    last_ = event.id;
    good = end;
    ++in_file_;
    return true;
  });
  if (good < file_.size()) (void)file_.cut(good);
  const auto text = live_host()->read(reservation_path(folder_));
  const Reservation reserved = text ? reservation_of(*text) : Reservation();
  // Within one boot the lines are all there, and after a clean end too.
  const bool whole = reserved.clean || (!boot_id_.empty() && reserved.boot_id == boot_id_);
  last_ = std::max(last_, whole ? reserved.last : reserved.ceiling);
  reserve(false);
}

void EventLog::reserve(bool clean) {
  const std::uint64_t ceiling = last_ + bounds_.block;
  const std::string text = (boot_id_.empty() ? "-" : boot_id_) + " " + std::to_string(ceiling) + " " +
                           std::to_string(last_) + (clean ? " clean\n" : " open\n");
  const auto written = writer_->replace(reservation_path(folder_), text);
  // Without the disk, ids are given on all the same: nobody would be told of
  // anything otherwise.
  ceiling_ = ceiling;
  if (!written) trouble_ = describe(written.error());
}

Event EventLog::tell(std::string type, std::string data, std::int64_t time) {
  std::unique_lock lock(mutex_);
  if (last_ >= ceiling_) reserve(false);
  if (data.size() > bounds_.data) data = "{\"too_large\":" + std::to_string(data.size()) + "}";
  Event event{++last_, time, std::move(type), std::move(data)};
  keep(event);
  recent_.push_back(event);
  if (recent_.size() > bounds_.recent) recent_.pop_front();
  lock.unlock();
  if (on_tell_) on_tell_();
  return event;
}

void EventLog::keep(const Event& event) {
  if (in_file_ >= bounds_.events || file_.size() >= bounds_.bytes) turn_over();
  const auto kept = file_.append(line_of(event));
  trouble_ = kept ? "" : describe(kept.error());
  if (kept) ++in_file_;
}

// What cannot be turned over goes on growing no further than twice its bounds:
// `each_event` reads no more, and the file is then begun anew.
void EventLog::turn_over() {
  const auto renamed = rename_file(file_.path(), folder_ + "/events.1");
  auto fresh = renamed ? AppendFile::open(folder_ + "/events") : std::unexpected(renamed.error());
  if (fresh) {
    older_ = std::move(file_);
    file_ = std::move(*fresh);
  } else if (file_.size() < 2 * bounds_.bytes || !file_.cut(0)) {
    return;
  }
  in_file_ = 0;
}

std::vector<Event> EventLog::kept(std::uint64_t id, std::size_t most, std::uint64_t last) const {
  std::vector<Event> events;
  const auto take = [&](Event event, std::uint64_t) {
    if (event.id > last || events.size() >= most) return false;
    if (event.id > id) events.push_back(std::move(event));
    return true;
  };
  if (!recent_.empty() && recent_.front().id <= id + 1) {
    for (const Event& event : recent_) {
      if (!take(event, 0)) break;
    }
    return events;
  }
  if (older_) each_event(*older_, 2 * bounds_.bytes, take);
  each_event(file_, 2 * bounds_.bytes, take);
  return events;
}

std::vector<Event> EventLog::after(std::uint64_t id, std::size_t most, std::uint64_t last) const {
  const std::lock_guard lock(mutex_);
  last = std::min(last, last_);
  // An id that was never given here: the reader comes from another life of
  // this host, and has missed everything.
  if (id > last_) id = 0;
  auto events = kept(id, most, last);
  const bool whole = events.size() < most;
  return with_holes(std::move(events), id, last, whole);
}

std::uint64_t EventLog::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

std::string EventLog::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

}  // namespace harden::daemon
