// SPDX-License-Identifier: Apache-2.0
//
// Server-sent events (html.spec.whatwg.org, "Server-sent events") taken apart as
// they come.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harden/result.h"

namespace harden {

struct SentEvent {
  std::string id;    // "" where it has none
  std::string type;  // "" where it has none
  std::string data;

  friend bool operator==(const SentEvent&, const SentEvent&) = default;
};

class EventReader {
 public:
  // The events that are whole with this. Errc::too_large where one is longer
  // than we are ready to take; nothing may be fed after an error.
  Result<std::vector<SentEvent>> feed(std::string_view text);

 private:
  void take_line(std::string_view line, std::vector<SentEvent>& events);

  std::string pending_;
  SentEvent event_;
  bool has_data_ = false;
};

}  // namespace harden
