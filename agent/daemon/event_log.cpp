// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/event_log.h"

#include <algorithm>
#include <utility>

#include "agent/core/text.h"
#include "harden/host.h"

namespace harden::daemon {
namespace {

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
  const std::uint64_t most = 2 * bounds.bytes;
  std::optional<EventFile> older;
  const std::string older_path = folder + "/events.1";
  if (live_host()->kind(older_path)) {
    if (auto opened = EventFile::open(older_path, most, 0)) older = std::move(*opened);
  }
  auto file = EventFile::open(folder + "/events", most, older ? older->last() : 0);
  if (!file) return std::unexpected(file.error());
  (void)file->cut_damage();
  std::unique_ptr<EventLog> log(new EventLog(folder, std::move(boot_id), bounds, std::move(*file)));
  log->older_ = std::move(older);
  log->recover();
  return log;
}

EventLog::EventLog(std::string folder, std::string boot_id, Bounds bounds, EventFile file)
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
  last_ = std::max(older_ ? older_->last() : 0, file_.last());
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
  if (file_.count() >= bounds_.events || file_.size() >= bounds_.bytes) turn_over();
  const auto kept = file_.append(event);
  trouble_ = kept ? "" : describe(kept.error());
}

// What cannot be turned over goes on growing no further than twice its bounds:
// `open` reads no more, and the file is then begun anew.
void EventLog::turn_over() {
  const auto renamed = rename_file(file_.path(), folder_ + "/events.1");
  auto fresh = renamed ? EventFile::open(folder_ + "/events", 0, last_) : std::unexpected(renamed.error());
  if (fresh) {
    older_ = std::move(file_);
    file_ = std::move(*fresh);
  } else if (file_.size() >= 2 * bounds_.bytes) {
    (void)file_.clear();
  }
}

std::vector<Event> EventLog::kept(std::uint64_t id, std::size_t most, std::uint64_t last) const {
  std::vector<Event> events;
  const auto take = [&](Event event) {
    if (event.id > last || events.size() >= most) return false;
    events.push_back(std::move(event));
    return true;
  };
  if (!recent_.empty() && recent_.front().id <= id + 1) {
    for (auto event = std::ranges::upper_bound(recent_, id, {}, &Event::id); event != recent_.end(); ++event) {
      if (!take(*event)) break;
    }
    return events;
  }
  if (older_) older_->from(id, take);
  if (events.size() < most) file_.from(id, take);
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
