// SPDX-License-Identifier: Apache-2.0
//
// Crash records for tests: the founding incident's, and others from few words.
#pragma once

#include <string>
#include <vector>

#include "harden/crash.h"

namespace harden::test {

inline Frame frame_of(const std::string& function, bool reliable = true) {
  Frame frame;
  frame.place.function = function;
  frame.reliable = reliable;
  return frame;
}

inline CrashRecord crash_of(const std::string& title, const std::vector<std::string>& functions,
                            const std::string& kernel = "") {
  CrashRecord record;
  record.title = title;
  record.kernel = kernel;
  for (const std::string& function : functions) record.frames.push_back(frame_of(function));
  if (!record.frames.empty()) {
    record.at = record.frames.front().place;
    record.frames.erase(record.frames.begin());
  }
  return record;
}

// CentOS 7.5 with docker, out of the container's kernel memory.
inline CrashRecord incident() {
  CrashRecord record = crash_of("BUG: unable to handle kernel NULL pointer dereference in ip6mr_sk_done",
                                {"ip6mr_sk_done", "rawv6_close", "inet_release", "inet6_release", "sock_release",
                                 "sk_release_kernel", "icmpv6_sk_init", "ops_init", "setup_net", "copy_net_ns"},
                                "3.10.0-862.el7.x86_64");
  record.type = CrashType::null_dereference;
  record.first = true;
  record.kernel_version = "#1 SMP Fri Apr 20 16:44:24 UTC 2018";
  record.fault_address = 0x20;
  record.comm = "exe";
  record.pid = 12345;
  record.cpu = 3;
  record.uptime = 5012.345678;
  record.line = 7;
  record.at->offset = 0x60;
  record.at->size = 0xf0;
  record.precursors = {
      {Precursor::Kind::slab_failure, "SLUB: Unable to allocate memory on node -1 (gfp=0xd0)", 2},
      {Precursor::Kind::slab_failure, "cache: sock_inode_cache(158:8aff71103b35), object size: 632", 2},
      {Precursor::Kind::pattern, "socket: no more sockets", 1},
      {Precursor::Kind::pattern, "IPv6: Failed to initialize the ICMP6 control socket (err -23)", 1}};
  record.text = "BUG: unable to handle kernel NULL pointer dereference at 0000000000000020\n";
  return record;
}

}  // namespace harden::test
