// SPDX-License-Identifier: Apache-2.0
#include "agent/collect/docker_daemon.h"

#include <algorithm>
#include <array>

#include "agent/collect/docker_json.h"
#include "agent/collect/processes.h"
#include "agent/core/text.h"

namespace harden::docker {
namespace {

// el7 packages two of them next to each other under names of its own.
constexpr std::array<std::string_view, 3> kNames{"dockerd", "dockerd-current", "dockerd-latest"};

// strconv.ParseBool, by which dockerd reads its switches.
std::optional<bool> parse_switch(std::string_view text) {
  constexpr std::array<std::string_view, 6> kTrue{"1", "t", "T", "true", "TRUE", "True"};
  constexpr std::array<std::string_view, 6> kFalse{"0", "f", "F", "false", "FALSE", "False"};
  if (std::ranges::find(kTrue, text) != kTrue.end()) return true;
  if (std::ranges::find(kFalse, text) != kFalse.end()) return false;
  return std::nullopt;
}

// The value of an option that takes one, or nothing where `words[at]` is
// another; moves on to the value where that is a word of its own.
std::optional<std::string> option(const std::vector<std::string_view>& words, std::size_t& at, std::string_view name) {
  std::string_view word = words[at];
  if (!word.starts_with(name)) return std::nullopt;
  word.remove_prefix(name.size());
  if (word.starts_with('=')) return std::string(word.substr(1));
  const bool one_letter = name.size() == 2;
  if (!word.empty()) return one_letter ? std::optional(std::string(word)) : std::nullopt;
  if (at + 1 == words.size()) return std::nullopt;
  return std::string(words[++at]);
}

std::int64_t owner_of(const Host& host, std::int64_t pid) {
  const auto status = host.read(process_path(pid, "status"));
  if (!status) return 0;
  for (const std::string_view line : text::lines(*status)) {
    const auto words = text::words(line);
    if (words.size() > 1 && words.front() == "Uid:") return text::to_int(words[1]).value_or(0);
  }
  return 0;
}

}  // namespace

Daemon parse_command_line(std::string_view command_line) {
  Daemon daemon;
  const auto words = text::split(command_line, '\0');
  for (std::size_t at = 1; at < words.size(); ++at) {
    if (auto socket = option(words, at, "-H")) {
      daemon.hosts.push_back(std::move(*socket));
    } else if (auto host = option(words, at, "--host")) {
      daemon.hosts.push_back(std::move(*host));
    } else if (auto file = option(words, at, "--config-file")) {
      daemon.config_file = std::move(*file);
    } else if (words[at] == "--userland-proxy") {
      daemon.userland_proxy = true;
    } else if (words[at].starts_with("--userland-proxy=")) {
      daemon.userland_proxy = parse_switch(words[at].substr(words[at].find('=') + 1));
    }
  }
  return daemon;
}

std::vector<Daemon> running_daemons(const Host& host) {
  std::vector<Daemon> daemons;
  const auto pids = process_ids(host);
  if (!pids) return daemons;
  for (const std::int64_t pid : *pids) {
    if (std::ranges::find(kNames, process_name(host, pid)) == kNames.end()) continue;
    const auto command_line = host.read(process_path(pid, "cmdline"));
    Daemon daemon = parse_command_line(command_line ? *command_line : std::string());
    daemon.pid = pid;
    daemon.uid = owner_of(host, pid);
    daemons.push_back(std::move(daemon));
  }
  return daemons;
}

Result<DaemonConfig> read_config(const Host& host, const std::string& path) {
  const auto content = host.read(path, {.bytes = std::size_t{1} << 20});
  if (!content && content.error().code == Errc::absent) return DaemonConfig{};
  if (!content) return std::unexpected(content.error());
  const auto document = parse_json(*content, path);
  if (!document) return std::unexpected(document.error());
  std::optional<std::string> wrong;
  const Fields settings = fields(*document, wrong);
  DaemonConfig config{settings.texts("hosts"), settings.maybe_flag("userland-proxy")};
  if (wrong) return fail(Errc::malformed, *wrong, path);
  return config;
}

Result<std::string> default_config_file(const Host& host, std::int64_t uid) {
  if (uid == 0) return std::string("/etc/docker/daemon.json");
  const std::string path = "/etc/passwd";
  const auto users = host.read(path);
  if (!users) return std::unexpected(users.error());
  for (const std::string_view line : text::lines(*users)) {
    const auto columns = text::split(line, ':');
    if (columns.size() < 6 || text::to_int(columns[2]) != uid) continue;
    return std::string(columns[5]) + "/.config/docker/daemon.json";
  }
  return fail(Errc::absent, "no user " + std::to_string(uid), path);
}

std::optional<std::string> unix_path(std::string_view host_option) {
  constexpr std::string_view kScheme = "unix://";
  if (!host_option.starts_with(kScheme)) return std::nullopt;
  host_option.remove_prefix(kScheme.size());
  if (host_option.empty()) return "/run/docker.sock";
  if (!host_option.starts_with('/')) return std::nullopt;
  return std::string(host_option);
}

}  // namespace harden::docker
