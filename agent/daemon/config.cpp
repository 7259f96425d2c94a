// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/config.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <utility>

#include "agent/core/text.h"
#include "agent/policy/reader.h"
#include "harden/waiver.h"

namespace harden::daemon {
namespace {

constexpr std::size_t kMostFiles = 100;
constexpr std::size_t kMostNames = 256;
constexpr std::size_t kLongestName = 4096;
constexpr std::int64_t kLongestSweep = std::int64_t{7} * 24 * 3600;  // seconds
// sun_path of unix(7), with its last NUL.
constexpr std::size_t kLongestSocket = 107;

constexpr std::array kModes{Mode::report, Mode::enforce};
constexpr std::array kLevels{LogLevel::error, LogLevel::warning, LogLevel::info, LogLevel::debug};

std::string path_in(Reader& reader, const Node& node, std::size_t longest = kLongestName) {
  const std::string path = reader.text(node);
  if (path.empty()) return path;
  if (!path.starts_with('/')) reader.complain(node.at, text::quote(path) + " is not an absolute path");
  if (path.size() > longest) reader.complain(node.at, "longer than " + std::to_string(longest) + " bytes");
  if (path.contains('\0')) reader.complain(node.at, "a path with a NUL byte");
  return path;
}

// From `least` to `most` seconds, as parse_duration has them.
std::chrono::seconds duration_in(Reader& reader, const Node& node, std::int64_t least, std::int64_t most) {
  const std::string text = reader.text(node);
  if (text.empty()) return {};
  const auto seconds = parse_duration(text);
  if (!seconds) {
    reader.complain(node.at, seconds.error().message);
    return {};
  }
  if (*seconds < least || *seconds > most) {
    reader.complain(node.at, text::quote(text) + " is not between " + std::to_string(least) + " and " +
                                 std::to_string(most) + " seconds");
  }
  return std::chrono::seconds(*seconds);
}

std::size_t number_in(Reader& reader, const Node& node, std::int64_t least, std::int64_t most) {
  if (!reader.is(node, Node::Kind::integer)) return 0;
  if (node.integer < least || node.integer > most) {
    reader.complain(node.at, std::to_string(node.integer) + " is not between " + std::to_string(least) + " and " +
                                 std::to_string(most));
  }
  return static_cast<std::size_t>(std::max<std::int64_t>(node.integer, 0));
}

// A list that may be empty, which says that there is none.
std::vector<const Node*> items_of(Reader& reader, const Node& node) {
  std::vector<const Node*> items;
  if (!reader.is(node, Node::Kind::array)) return items;
  if (node.items.size() > kMostNames) reader.complain(node.at, "more than 256 of them");
  for (const Node& item : node.items) items.push_back(&item);
  return items;
}

std::vector<std::string> names_in(Reader& reader, const Node& node) {
  std::vector<std::string> names;
  for (const Node* item : items_of(reader, node)) {
    const std::string name = reader.text(*item);
    if (name.empty()) continue;
    const std::string_view bare = std::string_view(name).substr(name.starts_with(':') ? 1 : 0);
    if (!is_made_of(bare, "-_.$@+")) {
      reader.complain(item->at, text::quote(name) + " is neither the name of a user nor a ':' and that of a group");
    }
    names.push_back(name);
  }
  return names;
}

template <auto Member>
void read_names(Reader& reader, const Node& node, AccessLists& out) {
  out.*Member = names_in(reader, node);
}

constexpr Key<AccessLists> kAccessKeys[] = {
    {"read", Need::optional, read_names<&AccessLists::read>},
    {"apply", Need::optional, read_names<&AccessLists::apply>},
};

// "127.0.0.1:9976", "[::1]:9976". Metrics tell a lot about a host, and this
// listener asks nobody who they are.
bool is_loopback(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const auto port = text::to_int(text.substr(colon + 1));
  if (!port || *port < 1 || *port > 65535) return false;
  std::string address(text.substr(0, colon));
  in6_addr six{};
  in_addr four{};
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
    return ::inet_pton(AF_INET6, address.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
  }
  return ::inet_pton(AF_INET, address.c_str(), &four) == 1 && ntohl(four.s_addr) >> 24U == 127;
}

void read_listen(Reader& reader, const Node& node, Config& out) {
  out.metrics = reader.text(node);
  if (out.metrics.empty() || is_loopback(out.metrics)) return;
  reader.complain(node.at,
                  text::quote(out.metrics) + " is not a loopback address with a port, as 127.0.0.1:9976 or [::1]:9976");
}

constexpr Key<Config> kMetricsKeys[] = {
    {"listen", Need::optional, read_listen},
    {"textfile", Need::optional,
     [](Reader& reader, const Node& node, Config& out) { out.textfile = path_in(reader, node); }},
};

template <auto Member, std::int64_t Least, std::int64_t Most>
void read_number(Reader& reader, const Node& node, Limits& out) {
  out.*Member = number_in(reader, node, Least, Most);
}

template <auto Member>
void read_time(Reader& reader, const Node& node, Limits& out) {
  out.*Member = duration_in(reader, node, 1, 3600);
}

constexpr Key<Limits> kLimitKeys[] = {
    {"connections", Need::optional, read_number<&Limits::connections, 1, 65536>},
    {"user_connections", Need::optional, read_number<&Limits::user_connections, 1, 65536>},
    {"body", Need::optional, read_number<&Limits::body, 1024, 16 << 20>},
    {"queue", Need::optional, read_number<&Limits::queue, 1, 4096>},
    {"request", Need::optional, read_time<&Limits::request>},
    {"idle", Need::optional, read_time<&Limits::idle>},
};

constexpr Key<Mode> kPolicyKeys[] = {
    {"mode", Need::required,
     [](Reader& reader, const Node& node, Mode& out) { out = read_word(reader, node, kModes).value_or(out); }},
};

void read_policies(Reader& reader, const Node& table, Config& out) {
  if (!reader.is(table, Node::Kind::table)) return;
  for (const Node::Entry& entry : table.entries) {
    if (!is_made_of(entry.key, "-")) {
      reader.complain(entry.at, text::quote(entry.key) + " is not the id of a policy");
      continue;
    }
    read_table(reader, entry.value, "[policy.\"" + entry.key + "\"]", kPolicyKeys, out.modes[entry.key]);
  }
}

void read_folders(Reader& reader, const Node& node, Config& out) {
  out.policies.clear();
  for (const Node* item : reader.list(node)) out.policies.push_back(path_in(reader, *item));
}

constexpr Key<Config> kFileKeys[] = {
    {"mode", Need::optional,
     [](Reader& reader, const Node& node, Config& out) {
       out.mode = read_word(reader, node, kModes).value_or(out.mode);
     }},
    {"sweep", Need::optional,
     [](Reader& reader, const Node& node, Config& out) { out.sweep = duration_in(reader, node, 10, kLongestSweep); }},
    {"policies", Need::optional, read_folders},
    {"socket", Need::optional,
     [](Reader& reader, const Node& node, Config& out) { out.socket = path_in(reader, node, kLongestSocket); }},
    {"log_level", Need::optional,
     [](Reader& reader, const Node& node, Config& out) {
       out.log_level = read_word(reader, node, kLevels).value_or(out.log_level);
     }},
    {"access", Need::optional,
     [](Reader& reader, const Node& node, Config& out) {
       read_table(reader, node, "[access]", kAccessKeys, out.access);
     }},
    {"metrics", Need::optional,
     [](Reader& reader, const Node& node, Config& out) { read_table(reader, node, "[metrics]", kMetricsKeys, out); }},
    {"limits", Need::optional,
     [](Reader& reader, const Node& node, Config& out) {
       read_table(reader, node, "[limits]", kLimitKeys, out.limits);
     }},
    {"policy", Need::optional, read_policies},
};

// What the file says goes over what `config` has.
void read_text_into(const std::string& text, const std::string& file, Config& config, Diagnostics& mistakes) {
  const auto root = parse_document(text, file);
  if (!root) return static_cast<void>(std::ranges::copy(root.error(), std::back_inserter(mistakes)));
  static const std::vector<cel::Variable> no_variables;
  Reader reader(file, no_variables);
  read_table(reader, *root, "the configuration", kFileKeys, config);
  std::ranges::move(reader.take(), std::back_inserter(mistakes));
}

// The drop-ins, in the order of their names.
std::vector<std::string> files_of(const Host& host, const std::string& folder, Diagnostics& mistakes) {
  std::vector<std::string> files;
  const auto entries = host.list(folder);
  if (!entries && entries.error().code != Errc::absent) mistakes.push_back({folder, {}, entries.error().message, ""});
  if (!entries) return files;
  for (const DirEntry& entry : *entries) {
    if (!entry.name.ends_with(".toml") || entry.name.starts_with('.')) continue;
    files.push_back(folder + "/" + entry.name);
  }
  if (files.size() > kMostFiles) {
    mistakes.push_back({folder, {}, "more than 100 files", ""});
    files.resize(kMostFiles);
  }
  return files;
}

}  // namespace

// Here and not in the header: its place is the installation's, and what depends
// on that is compiled for each.
std::vector<std::string> standard_policy_folders() { return {HARDEN_POLICY_DIR, "/etc/hardend/policies.d"}; }

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::report: return "report";
    case Mode::enforce: return "enforce";
  }
  return "";
}

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::error: return "error";
    case LogLevel::warning: return "warning";
    case LogLevel::info: return "info";
    case LogLevel::debug: return "debug";
  }
  return "";
}

Mode Config::mode_of(std::string_view policy) const {
  const auto own = modes.find(policy);
  return own == modes.end() ? mode : own->second;
}

bool Config::enforces() const {
  return mode == Mode::enforce ||
         std::ranges::any_of(modes, [](const auto& one) { return one.second == Mode::enforce; });
}

std::expected<Config, Diagnostics> load_config(const Host& host, const std::string& file, bool must_exist,
                                               std::map<std::string, std::string>* texts) {
  Config config;
  Diagnostics mistakes;
  std::vector<std::string> files{file};
  std::ranges::move(files_of(host, file + ".d", mistakes), std::back_inserter(files));
  for (const std::string& one : files) {
    const auto text = host.read(one, {.bytes = kLargestPolicy});
    if (!text && text.error().code == Errc::absent && one == file && !must_exist) continue;
    if (!text) {
      mistakes.push_back({one, {}, text.error().message, ""});
      continue;
    }
    if (texts != nullptr) (*texts)[one] = *text;
    read_text_into(*text, one, config, mistakes);
  }
  if (!mistakes.empty()) return std::unexpected(std::move(mistakes));
  return config;
}

}  // namespace harden::daemon
