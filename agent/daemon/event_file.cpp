// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/event_file.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/core/text.h"

namespace harden::daemon {
namespace {

constexpr std::uint64_t kApart = 128;                   // events from one mark to the next
constexpr std::size_t kBlock = std::size_t{64} << 10;   // read at one time
constexpr std::size_t kLongest = std::size_t{1} << 20;  // a line; none that is written is so long

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

// Calls `visit` with each whole line from `at` to `end` and where it begins and
// ends, until it says false.
template <typename Visit>
void each_line(const AppendFile& file, std::uint64_t at, std::uint64_t end, const Visit& visit) {
  std::size_t block = kBlock;
  while (at < end) {
    const auto bytes = file.read(at, static_cast<std::size_t>(std::min<std::uint64_t>(block, end - at)));
    if (!bytes || bytes->empty()) return;
    std::size_t line = 0;
    for (std::size_t stop = bytes->find('\n'); stop != std::string::npos; stop = bytes->find('\n', line)) {
      if (!visit(std::string_view(*bytes).substr(line, stop - line), at + line, at + stop + 1)) return;
      line = stop + 1;
    }
    if (line == 0 && (block >= kLongest || at + bytes->size() >= end)) return;
    block = line == 0 ? 2 * block : kBlock;
    at += line;
  }
}

}  // namespace

Result<EventFile> EventFile::open(const std::string& path, std::uint64_t most, std::uint64_t after) {
  auto file = AppendFile::open(path);
  if (!file) return std::unexpected(file.error());
  EventFile events(std::move(*file));
  std::uint64_t last = after;
  each_line(events.file_, 0, std::min(events.size(), most),
            [&](std::string_view line, std::uint64_t begin, std::uint64_t end) {
              const auto event = event_of(line);
              if (!event || event->id <= last) return false;
              last = event->id;
              events.note(event->id, begin);
              events.good_ = end;
              return true;
            });
  return events;
}

void EventFile::note(std::uint64_t id, std::uint64_t offset) {
  if (count_++ % kApart == 0) marks_.push_back({id, offset});
  last_ = id;
}

Result<> EventFile::append(const Event& event) {
  const std::uint64_t offset = file_.size();
  if (auto kept = file_.append(line_of(event)); !kept) return kept;
  note(event.id, offset);
  good_ = file_.size();
  return {};
}

void EventFile::from(std::uint64_t id, const std::function<bool(Event)>& take) const {
  if (id >= last_) return;
  const auto behind = std::ranges::upper_bound(marks_, id, {}, &Mark::id);
  const std::uint64_t offset = behind == marks_.begin() ? 0 : std::prev(behind)->offset;
  each_line(file_, offset, good_, [&](std::string_view line, std::uint64_t, std::uint64_t) {
    auto event = event_of(line);
    return event && (event->id <= id || take(std::move(*event)));
  });
}

Result<> EventFile::cut_damage() {
  if (good_ < file_.size()) return file_.cut(good_);
  return {};
}

Result<> EventFile::clear() {
  auto cut = file_.cut(0);
  if (!cut) return cut;
  marks_.clear();
  count_ = last_ = good_ = 0;
  return {};
}

}  // namespace harden::daemon
