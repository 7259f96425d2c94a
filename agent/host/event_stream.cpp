// SPDX-License-Identifier: Apache-2.0
#include "agent/host/event_stream.h"

namespace harden {
namespace {

constexpr std::size_t kLongestEvent = 1 << 20;

}  // namespace

Result<std::vector<SentEvent>> EventReader::feed(std::string_view text) {
  pending_ += text;
  std::vector<SentEvent> events;
  std::size_t from = 0;
  for (auto end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n', from)) {
    std::string_view line = std::string_view(pending_).substr(from, end - from);
    if (line.ends_with('\r')) line.remove_suffix(1);
    take_line(line, events);
    from = end + 1;
    if (event_.data.size() > kLongestEvent) return fail(Errc::too_large, "an event that does not end");
  }
  pending_.erase(0, from);
  if (pending_.size() > kLongestEvent) return fail(Errc::too_large, "an event that does not end");
  return events;
}

void EventReader::take_line(std::string_view line, std::vector<SentEvent>& events) {
  if (line.empty()) {
    if (has_data_) events.push_back(event_);
    event_ = {};
    has_data_ = false;
    return;
  }
  const auto colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "id") event_.id = value;
  if (name == "event") event_.type = value;
  if (name != "data") return;
  if (has_data_) event_.data += '\n';
  event_.data += value;
  has_data_ = true;
}

}  // namespace harden
