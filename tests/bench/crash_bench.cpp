// SPDX-License-Identifier: Apache-2.0
//
// crash_bench [MEGABYTES [LOG]]: how fast kernel text is read, and in how much memory.
//
// Method: a text of MEGABYTES (256 unless said otherwise) is fed in pieces of
// 64 KiB, made as it goes from a few hundred ordinary lines (or the lines of
// LOG), one crash every 200,000 lines; so that reading a file does not count.
// Shown is the processor time of one thread without patterns, with twenty of
// the kind policies watch for, and with every tenth line a precursor; and the
// largest memory the process had (getrusage), which the text made up front is
// part of.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "harden/crash.h"

namespace {

constexpr std::size_t kPiece = 64 << 10;

const std::vector<std::string> kPatterns = {
    "Failed to initialize the ICMP6 control socket",
    "SLUB: Unable to allocate memory on node",
    "socket: no more sockets",
    "unregister_netdevice: waiting for \\w+ to become free",
    "possible memory allocation deadlock in kmem_zone_alloc",
    "nf_conntrack: (?:nf_conntrack: )?table full",
    "TCP: out of memory -- consider tuning tcp_mem",
    "neighbour: arp_cache: neighbor table overflow",
    "(?i)mlx5_core .* health (?:poll|compromised)",
    "nvme nvme\\d+: I/O \\d+ QID \\d+ timeout",
    "EXT4-fs error \\(device",
    "XFS \\(\\w+\\): Corruption",
    "page_pool_release_retry\\(\\) stalled pool shutdown",
    "cgroup: fork rejected by pids controller",
    "IPVS: rr: .* no destination available",
    "bnxt_en .* TX timed out",
    "ixgbe .* Detected Tx Unit Hang",
    "overlayfs: (?:upper|work)dir is in-use",
    "BTRFS: error \\(device",
    "vmxnet3 .* tx hang",
};

std::string ordinary_lines() {
  std::string text;
  for (int i = 0; i < 400; ++i) {
    const std::string time = "[" + std::to_string(1000 + i) + "." + std::to_string(100000 + i * 7) + "] ";
    switch (i % 5) {
      case 0:
        text += time + "usb 1-" + std::to_string(i) + ": new high-speed USB device number 5 using xhci_hcd\n";
        break;
      case 1:
        text += time + "IPv6: ADDRCONF(NETDEV_CHANGE): veth" + std::to_string(i) + "a: link becomes ready\n";
        break;
      case 2:
        text += time + "audit: type=1400 audit(1700000000.123:" + std::to_string(i) +
                "): apparmor=\"DENIED\" operation=\"open\" name=\"/proc/1/x\" comm=\"a\"\n";
        break;
      case 3: text += time + "docker0: port " + std::to_string(i) + "(veth12ab) entered forwarding state\n"; break;
      default: text += time + "initcall acpi_init+0x0/0x4b0 returned 0 after 1234 usecs\n";
    }
  }
  return text;
}

std::string log_lines(const char* file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Pieces of exactly one size out of lines repeated.
std::string block(const std::string& lines) {
  std::string out;
  while (out.size() < 16 * kPiece) out += lines;
  return out;
}

void measure(const char* what, const std::string& text, std::size_t bytes, const std::vector<std::string>& patterns) {
  harden::CrashParser parser;
  parser.watch_for(patterns);
  const std::string crash =
      "[ 5000.1] WARNING: CPU: 0 PID: 1 at a/b.c:1 func+0x1/0x2\n[ 5000.1] Call Trace:\n[ 5000.1]  caller+0x1/0x2\n";
  const std::clock_t start = std::clock();
  std::size_t fed = 0;
  while (fed < bytes) {
    for (std::size_t at = 0; at < text.size() && fed < bytes; at += kPiece) {
      const std::string_view piece = std::string_view(text).substr(at, kPiece);
      parser.feed(piece);
      fed += piece.size();
    }
    if (fed % (16 * text.size()) < text.size()) parser.feed("\n" + crash);
  }
  const auto reading = parser.finish();
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%-34s %6.1f MB/s (%.2f s for %zu MB), %zu records, %zu precursors, peak memory %.1f MiB\n", what,
              static_cast<double>(fed) / 1e6 / seconds, seconds, fed / 1'000'000, reading.crashes.size(),
              reading.crashes.empty() ? reading.precursors.size() : reading.crashes.back().precursors.size(),
              static_cast<double>(usage.ru_maxrss) / 1024);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t bytes = static_cast<std::size_t>(argc > 1 ? std::max(1, std::atoi(argv[1])) : 256) * 1'000'000;
  const std::string lines = argc > 2 ? log_lines(argv[2]) : ordinary_lines();
  if (lines.empty()) return EXIT_FAILURE;
  measure("no patterns", block(lines), bytes, {});
  measure("20 patterns", block(lines), bytes, kPatterns);
  std::string noisy = lines;
  for (int i = 0; i < 40; ++i)
    noisy += "[ 2000.1] SLUB: Unable to allocate memory on node -1 (gfp=0x" + std::to_string(i) + ")\n";
  measure("20 patterns, 1 in 10 a precursor", block(noisy), bytes, kPatterns);
  std::string reports;
  for (int i = 0; i < 300; ++i) {
    reports += "[ 3000.1] WARNING: CPU: 0 PID: 1 at a/b.c:1 func_" + std::string(1, static_cast<char>('a' + i % 26)) +
               "+0x1/0x2\n[ 3000.1] Call Trace:\n";
    for (int frame = 0; frame < 30; ++frame)
      reports += "[ 3000.1]  caller_of_it+0x12" + std::to_string(frame) + "/0x234\n";
  }
  measure("nothing but reports", block(reports), bytes / 16, kPatterns);
  return EXIT_SUCCESS;
}
