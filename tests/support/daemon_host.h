// SPDX-License-Identifier: Apache-2.0
//
// A host for tests of the daemon: a folder tree with one sysctl, a policy about
// it, and clocks that stand until they are moved.
#pragma once

#include <chrono>
#include <cstdint>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "agent/daemon/clock.h"
#include "agent/daemon/config.h"
#include "agent/daemon/ledger.h"
#include "agent/daemon/sighting.h"
#include "tests/support/temporary_folder.h"

namespace harden::test {

inline constexpr const char* kSack = "net.ipv4.tcp_sack";

// A policy that a host is exposed to as long as tcp_sack is 1. `more` goes into
// its remedy.
inline std::string sack_policy(const std::string& id = "sack", const std::string& more = "") {
  std::string text = "id = \"" + id + "\"\n";
  text += R"(kind = "setting"
title = "Selective acknowledgements are off"
severity = "high"
description = "For a test."
references = ["https://docs.kernel.org/networking/ip-sysctl.html"]
aliases = []
[exposed]
when = 'sysctl["net.ipv4.tcp_sack"] == 1'
[[remedy]]
name = "off"
grade = "prevents"
because = "the test says so"
)" + more +
          R"(
[remedy.sysctl]
"net.ipv4.tcp_sack" = 0
)";
  for (const char* verdict : {"exposed", "not_affected", "unknown"}) {
    text += std::string("[[example]]\nhost = \"h\"\nverdict = \"") + verdict + "\"\n";
  }
  return text;
}

class DaemonHost {
 public:
  DaemonHost() {
    set(kSack, "1");
    root_.write("proc/sys/kernel/random/boot_id", "one-boot\n");
    root_.write("proc/uptime", "1000.00 1.00\n");
    root_.write("etc/hardend/waivers.d/.keep", "");
    root_.write("etc/sysctl.d/.keep", "");
    root_.write("policies/sack.toml", sack_policy());
  }

  void write(const std::string& path, const std::string& text) const { root_.write(path, text); }
  void set(const std::string& key, const std::string& value) const { root_.write(path_of(key), value + "\n"); }
  std::string get(const std::string& key) const {
    std::ostringstream out;
    out << std::ifstream(root_.path() / path_of(key)).rdbuf();
    std::string text = out.str();
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }

  // Both clocks and the host's uptime.
  void pass(std::chrono::milliseconds time) {
    boot_ += time;
    wall_ += time.count();
    root_.write("proc/uptime", std::to_string(boot_ / std::chrono::seconds(1)) + ".00 1.00\n");
  }
  daemon::BootTime boot() const { return boot_; }

  daemon::Clock clock() const {
    return {[this] { return wall_; }, [this] { return boot_; }};
  }
  daemon::Place place() const {
    auto host = tree_host(root_.path().string());
    auto writer = tree_writer(root_.path().string());
    return {*host, std::move(*writer), state_.path().string(), false};
  }
  std::string state() const { return state_.path().string(); }

  static daemon::Config config(daemon::Mode mode = daemon::Mode::report) {
    daemon::Config config;
    config.policies = {"/policies"};
    config.mode = mode;
    return config;
  }

 private:
  static std::string path_of(const std::string& key) {
    std::string path = "proc/sys/" + key;
    for (char& c : path) c = c == '.' ? '/' : c;
    return path;
  }

  TemporaryFolder root_;
  TemporaryFolder state_;
  std::int64_t wall_ = 1'800'000'000'000;
  daemon::BootTime boot_ = std::chrono::seconds(1000);
};

inline daemon::Sighting sysctl_sighting(const std::string& key, pid_t pid = 0, const std::string& comm = "") {
  return {daemon::Sighting::Kind::sysctl, key, pid, comm, 0};
}

}  // namespace harden::test
