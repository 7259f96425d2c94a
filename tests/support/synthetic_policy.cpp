// SPDX-License-Identifier: Apache-2.0
#include "tests/support/synthetic_policy.h"

namespace harden {

std::string synthetic_policy(int number) {
  const std::string n = std::to_string(number);
  return "id          = \"bench-" + n + R"("
kind        = "crash"
title       = "A made-up fault number )" +
         n + R"("
severity    = "high"
description = """
What happens, to whom and why, in a line or two that are about as long as
those of a policy that somebody wrote."""
references  = ["https://example.org/)" +
         n + R"("]

[affected]
introduced = "2.6.35"
fixed      = ["4.4.)" +
         std::to_string(100 + number % 100) + R"(", "4.9.55", "4.11"]

[exposed]
when = '''
net.ipv6.enabled && cpu.possible >= )" +
         std::to_string(number % 64) + R"(
  && kernel.config.IPV6_MROUTE_MULTIPLE_TABLES == "y"
'''

[crash]
title  = "BUG: unable to handle kernel NULL pointer dereference in fault_)" +
         n + R"("
frames = ["fault_)" +
         n + R"(", "rawv6_close"]

[[remedy]]
name    = "no-sack"
sysctl  = { "net.ipv4.tcp_sack" = 0 }
grade   = "prevents"
because = "the path is not taken"
  [[remedy.impact]]
  when    = 'net.listeners.exists(l, l.family == "ipv6" && !l.loopback)'
  message = "transfers get slower"

[[example]]
host    = "debian-12"
verdict = "exposed"
[[example]]
host    = "debian-8"
verdict = "not_affected"
[[example]]
host       = "debian-12"
verdict    = "unknown"
unreadable = ["net.ipv6.enabled"]
)";
}

}  // namespace harden
