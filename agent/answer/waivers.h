// SPDX-License-Identifier: Apache-2.0
//
// Waivers: `waive`, and the routes of /v1/waivers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/answer/answer.h"
#include "harden/waiver.h"

namespace harden::answer {

// A waiver as somebody asks for it: until a day, or for a time from now.
struct WaiverRequest {
  std::string policy;
  std::string reason;
  std::string owner;
  std::string until;   // as parse_until takes it
  std::string length;  // as parse_duration takes it
};

// Refused: not exactly one of `until` and `length`, a time that is over, no
// reason. Whether there is such a policy is another question.
std::expected<Waiver, Refusal> waiver_of(const WaiverRequest& request, std::int64_t now);

// By policy. `complete`: no file had a mistake; bad_data where one had.
Answered waivers_answer(std::vector<Waiver> waivers, std::int64_t now, bool complete, const Show& show);

Answered waived_answer(const Waiver& waiver, std::int64_t now, const Show& show);

// `files`: where it is waived all the same; "" where it is not.
Answered unwaived_answer(const std::string& policy, const std::string& files, const Show& show);

}  // namespace harden::answer
