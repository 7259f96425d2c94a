// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/common.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "agent/answer/check.h"
#include "agent/core/text.h"

namespace harden::ctl {
namespace {

constexpr const char* kLocalPolicies = "/etc/hardend/policies.d";
constexpr const char* kWhatToRead =
    "; policies are read from there: install hardend's, or name a folder with --policies";
constexpr int kWidthOfAFile = 100;
constexpr int kWidest = 140;  // longer lines are hard to read

int terminal_width() {
  if (const char* columns = std::getenv("COLUMNS")) {
    if (const auto width = text::to_int(columns); width && *width > 0)
      return static_cast<int>(std::min<std::int64_t>(*width, 1000));
  }
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kWidthOfAFile;
  return std::min<int>(size.ws_col, kWidest);
}

bool wants_color(const std::string& choice) {
  if (choice != "auto") return choice == "always";
  const char* no_color = std::getenv("NO_COLOR");  // no-color.org: set and not empty
  return (no_color == nullptr || *no_color == '\0') && ::isatty(STDOUT_FILENO) == 1;
}

// A later folder's policy takes the place of an earlier one's, so that an
// administrator's file in /etc beats the shipped one.
void put(std::vector<Policy>& policies, Policy policy) {
  const auto same = std::ranges::find(policies, policy.id, &Policy::id);
  if (same == policies.end()) {
    policies.push_back(std::move(policy));
  } else {
    *same = std::move(policy);
  }
}

}  // namespace

void HostOption::add(CLI::App& command) {
  command.add_option("--root", root, "Look at the machine in this folder instead of the running one")->type_name("DIR");
}

Result<std::shared_ptr<const Host>> HostOption::open() const {
  if (root.empty()) return live_host();
  return tree_host(root);
}

void PolicyOption::add(CLI::App& command) {
  command
      .add_option("--policies", directories,
                  "Read policies from this folder (default: " HARDEN_POLICY_DIR " and /etc/hardend/policies.d)")
      ->type_name("DIR")
      ->allow_extra_args(false);  // what follows is the verb's
}

Result<PolicyOption::Loaded> PolicyOption::load() const {
  Loaded loaded;
  const auto host = live_host();
  for (const std::string& directory : directories_to_read(*host)) {
    // The loader would point at a line of a file, and there is none.
    if (const auto kind = host->kind(directory); !kind) {
      complain(describe(Error{kind.error().code, kind.error().message + kWhatToRead, directory}));
      loaded.complete = false;
      continue;
    }
    PolicySet set = load_policies(*host, directory);
    for (const Diagnostic& diagnostic : set.diagnostics) {
      const auto text = set.texts.find(diagnostic.file);
      std::fputs(render(diagnostic, text == set.texts.end() ? "" : text->second).c_str(), stderr);
    }
    loaded.complete = loaded.complete && set.diagnostics.empty();
    for (Policy& policy : set.policies) put(loaded.policies, std::move(policy));
  }
  if (loaded.policies.empty() && loaded.complete) {
    return fail(Errc::absent, "no policies there; name a folder with --policies",
                directories.empty() ? HARDEN_POLICY_DIR : directories.front());
  }
  std::ranges::sort(loaded.policies, {}, &Policy::id);
  return loaded;
}

std::vector<std::string> PolicyOption::directories_to_read(const Host& host) const {
  if (!directories.empty()) return directories;
  std::vector<std::string> standard{HARDEN_POLICY_DIR};
  if (host.kind(kLocalPolicies)) standard.emplace_back(kLocalPolicies);
  return standard;
}

void StyleOption::add(CLI::App& command) {
  command.add_option("--color", color, "always, never or auto")->check(CLI::IsMember({"always", "never", "auto"}));
}

Style StyleOption::style() const { return {wants_color(color), terminal_width()}; }

ExitStatus print(std::string_view text, ExitStatus status) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (written || errno == EPIPE) return status;
  complain(std::string("standard output: ") + std::strerror(errno));
  return ExitStatus::failed;
}

void complain(std::string_view message) {
  for (const std::string_view line : text::lines(message)) {
    std::fprintf(stderr, "hardenctl: %s\n", text::printable(line).c_str());
  }
}

ExitStatus give_up(const Error& error) { return give_up(answer::refusal_of(error)); }

ExitStatus give_up(const answer::Refusal& refusal) {
  complain(refusal.message);
  return refusal.status;
}

ExitStatus print(const answer::Answered& answer) {
  if (!answer) return give_up(answer.error());
  for (const std::string& warning : answer->warnings) complain(warning);
  return print(answer->text, answer->status);
}

const Policy* find_policy(const std::vector<Policy>& policies, const std::string& id) {
  const auto found = answer::policy_in(policies, id);
  if (found) return *found;
  complain(found.error().message);
  return nullptr;
}

}  // namespace harden::ctl
