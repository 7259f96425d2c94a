// SPDX-License-Identifier: Apache-2.0
#include "agent/collect/modprobe.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "agent/collect/reading.h"
#include "agent/core/text.h"

namespace harden::probe {
namespace {

// kmod's order: of files with one name, that of the first folder counts.
constexpr auto kFolders = std::to_array<const char*>(
    {"/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d"});
constexpr std::size_t kMaxShown = 200;  // of a line that is reported

// Programs that load nothing, whatever they are given.
constexpr auto kNever = std::to_array<std::string_view>(
    {"/bin/false", "/usr/bin/false", "/bin/true", "/usr/bin/true", "false", "true", ":", "/dev/null"});

// The command goes through a shell: after `;` or `|` it may still load.
bool loads_nothing(std::string_view command) {
  const auto words = text::words(command);
  return !words.empty() && std::ranges::find(kNever, words[0]) != kNever.end() &&
         command.find_first_of(";|&`$()\n") == std::string_view::npos;
}

std::string place(std::string_view path, int line, std::string_view statement) {
  return std::string(path) + ":" + std::to_string(line) + ": " + std::string(statement.substr(0, kMaxShown));
}

std::string_view behind(std::string_view statement, std::string_view word) {
  return text::trim(statement.substr(static_cast<std::size_t>(word.data() - statement.data()) + word.size()));
}

std::optional<LoadRule> parse_statement(std::string_view statement) {
  const auto words = text::words(statement);
  if (words.size() < 2) return std::nullopt;
  LoadRule rule;
  rule.pattern = text::underscored(words[1]);
  if (words[0] == "blacklist") return rule;
  if (words.size() < 3) return std::nullopt;
  if (words[0] == "install") {
    rule.kind = LoadRule::Kind::install;
    rule.never = loads_nothing(behind(statement, words[1]));
    return rule;
  }
  rule.kind = LoadRule::Kind::alias_off;
  if (words[0] == "alias" && words[2] == "off") return rule;
  return std::nullopt;
}

bool is_pattern(std::string_view name) { return name.find_first_of("*?[") != std::string_view::npos; }

// The files of all folders by name, each from the first folder that has it.
// A host with none of them has no rules; one without /etc cannot tell.
std::map<std::string, std::string> config_files(const Host& host, std::vector<Error>& errors) {
  std::map<std::string, std::string> files;
  if (const auto etc = host.kind("/etc"); !etc) errors.push_back(etc.error());
  for (const char* folder : kFolders) {
    const auto entries = host.list(folder);
    if (!entries && entries.error().code != Errc::absent) errors.push_back(entries.error());
    for (const DirEntry& entry : entries.value_or(std::vector<DirEntry>{})) {
      if (!entry.name.ends_with(".conf")) continue;
      files.emplace(entry.name, std::string(folder) + "/" + entry.name);
    }
  }
  return files;
}

}  // namespace

std::vector<LoadRule> parse_modprobe(std::string_view text, std::string_view path) {
  std::vector<LoadRule> rules;
  std::string statement;
  int number = 0;
  int first = 0;
  for (const auto line : text::lines(text)) {
    ++number;
    if (statement.empty()) first = number;
    statement += line;
    if (statement.ends_with('\\')) {
      statement.back() = ' ';
      continue;
    }
    const std::string_view trimmed = text::trim(statement);
    auto rule = trimmed.starts_with('#') ? std::nullopt : parse_statement(trimmed);
    if (rule) {
      rule->where = place(path, first, trimmed);
      rules.push_back(std::move(*rule));
    }
    statement.clear();
  }
  return rules;
}

LoadRules::LoadRules(const Host& host, const Result<std::vector<Parameter>>& cmdline) {
  for (const auto& [name, path] : config_files(host, errors_)) {
    const auto text = read_text(host, path);
    if (!text && text.error().code != Errc::absent) errors_.push_back(text.error());  // absent: a link to nowhere
    for (LoadRule& rule : parse_modprobe(text.value_or(""), path)) add(std::move(rule));
  }
  if (cmdline) {
    add_cmdline(*cmdline);
  } else {
    errors_.push_back(cmdline.error());
  }
}

void LoadRules::add(LoadRule rule) {
  if (is_pattern(rule.pattern)) {
    patterns_.push_back(std::move(rule));
  } else {
    auto& rules = by_name_[rule.pattern];
    rules.push_back(std::move(rule));
  }
}

// The kernel keeps the last module_blacklist= and compares its names as they
// are written; modprobe.blacklist= adds up and is kmod's own `blacklist`.
void LoadRules::add_cmdline(const std::vector<Parameter>& parameters) {
  for (const Parameter& parameter : parameters) {
    const bool refuses = parameter.name == "module_blacklist";
    if (!refuses && parameter.name != "modprobe.blacklist") continue;
    const std::string where = ("/proc/cmdline: " + parameter.name + "=" + parameter.value).substr(0, kMaxShown);
    if (refuses) refused_.clear();
    for (const auto name : text::split(parameter.value, ',')) {
      if (refuses) refused_.emplace(name, where);
      if (!refuses) add({LoadRule::Kind::blacklist, text::underscored(name), false, where});
    }
  }
}

Result<Block> LoadRules::block_of(const std::string& module) const {
  if (const auto refused = refused_.find(module); refused != refused_.end()) return Block{true, refused->second};
  std::vector<const LoadRule*> rules;
  if (const auto named = by_name_.find(module); named != by_name_.end()) {
    for (const LoadRule& rule : named->second) rules.push_back(&rule);
  }
  for (const LoadRule& rule : patterns_) {
    if (fnmatch(rule.pattern.c_str(), module.c_str(), 0) == 0) rules.push_back(&rule);
  }
  const auto is_install = [](const LoadRule* rule) { return rule->kind == LoadRule::Kind::install; };
  const auto install = std::ranges::find_if(rules, is_install);
  if (install != rules.end() && (*install)->never) return Block{true, (*install)->where};
  if (!errors_.empty()) return std::unexpected(errors_.front());
  const auto hint = std::ranges::find_if_not(rules, is_install);
  return Block{false, hint == rules.end() ? "" : (*hint)->where};
}

std::vector<std::string> LoadRules::named() const {
  std::vector<std::string> names;
  for (const auto& [name, rules] : by_name_) {
    if (std::ranges::any_of(rules, [](const LoadRule& r) { return r.kind != LoadRule::Kind::alias_off; })) {
      names.push_back(name);
    }
  }
  for (const auto& [name, where] : refused_) names.push_back(name);
  return names;
}

}  // namespace harden::probe
