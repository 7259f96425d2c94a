// SPDX-License-Identifier: Apache-2.0
//
// Answers: JSON, and problems as RFC 9457 has them (application/problem+json),
// each with what can be done about it (`hint`).
#pragma once

#include <string>
#include <string_view>

#include "agent/daemon/http.h"

namespace harden::daemon {

// "Not Found" for 404; "" for a number that we never answer.
std::string_view reason_of(int status);

// A problem: `detail` is a sentence about this very request, `hint` what to do
// about it ("" where there is nothing). Both may hold hostile text. `members` is
// put in as it is, after a comma: `"plan":{…}`; "" for none.
Response problem(int status, std::string_view detail, std::string_view hint, std::string_view members = "");

// An answer with a body, of `type` (application/json unless said otherwise).
Response answer(int status, std::string body, std::string_view type = "application/json");
Response answer(int status, std::shared_ptr<const std::string> body, std::string_view type = "application/json");

}  // namespace harden::daemon
