// SPDX-License-Identifier: Apache-2.0
//
// Events as a sentence each: `watch`, and what the daemon says of them to the
// journal.
#pragma once

#include <string>
#include <string_view>

namespace harden::answer {

// "net.ipv4.tcp_sack is 1 now, transaction 3 had set it to 0; written by sysctl
// (process 4711)". `data` is the event's JSON; of a type that is not known here
// its members are named with their values. Not escaped.
std::string event_sentence(std::string_view type, std::string_view data);

}  // namespace harden::answer
