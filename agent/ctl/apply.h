// SPDX-License-Identifier: Apache-2.0
//
// What `apply` takes, and its two ways: in this process, and through the daemon.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "agent/ctl/desk.h"
#include "agent/ctl/planning.h"

namespace harden::ctl {

struct ApplyOption {
  DeskOption desk;
  PlanOption plan;
  StyleOption style;
  DaemonOption daemon;
  answer::Consent consent;
  std::string confirm_within;
  std::string format = "text";
  bool dry_run = false;
  bool diff = false;
  bool no_wait = false;

  bool own() const { return is_own(desk.host, desk.state, desk.clock) || plan.policies.named(); }
  answer::Show show() const { return {format, style.style()}; }
  // The format that a plan is shown in where nothing is changed.
  std::string dry_format() const { return format == "json" ? "json" : diff ? "diff" : "text"; }
};

// What is known of a transaction that waits for a word: the seconds that are
// left, and whether it has had one. Nothing: it cannot be told.
struct Waiting {
  bool over = false;
  std::int64_t left = 0;
};

// From before the first write on: what cuts us off undoes it.
void heed_interrupts();

// Until somebody confirms or undoes it, its time is over, or we are to stop.
void wait_for_a_word(std::int64_t id, std::chrono::seconds within, const std::function<std::optional<Waiting>()>& look);

// Through the daemon; nothing where it is to be done in this process.
std::optional<ExitStatus> dry_run_by_daemon(const ApplyOption& option);
std::optional<ExitStatus> apply_by_daemon(const ApplyOption& option, std::optional<std::int64_t> within);

}  // namespace harden::ctl
