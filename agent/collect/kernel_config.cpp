// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <unordered_map>

#include "agent/collect/kernel_release.h"
#include "agent/core/gzip.h"
#include "agent/core/text.h"
#include "harden/collector.h"

namespace harden::probe {
namespace {

constexpr const char* kFact = "kernel.config";
constexpr const char* kPacked = "/proc/config.gz";
constexpr std::size_t kMaxText = std::size_t{16} << 20;  // a whole configuration has 0.3 MB

struct ConfigText {
  std::string text;
  std::string path;
};

bool is_option(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

struct Option {
  std::string_view name;
  std::string_view value;  // as written
};

// "CONFIG_X=y" and "# CONFIG_X is not set" (Documentation/kbuild/kconfig.rst).
std::optional<Option> parse_option(std::string_view line) {
  constexpr std::string_view kPrefix = "CONFIG_";
  constexpr std::string_view kNotSet = " is not set";
  if (line.starts_with("# ")) {
    line.remove_prefix(2);
    if (!line.starts_with(kPrefix) || !line.ends_with(kNotSet)) return std::nullopt;
    return Option{line.substr(kPrefix.size(), line.size() - kPrefix.size() - kNotSet.size()), "n"};
  }
  const auto equals = line.find('=');
  if (!line.starts_with(kPrefix) || equals == std::string_view::npos) return std::nullopt;
  return Option{line.substr(kPrefix.size(), equals - kPrefix.size()), line.substr(equals + 1)};
}

std::string unquoted(std::string_view value) {
  if (value.size() < 2 || !value.starts_with('"') || !value.ends_with('"')) return std::string(value);
  std::string out;
  for (std::size_t i = 1; i + 1 < value.size(); ++i) {
    if (value[i] == '\\' && i + 2 < value.size()) ++i;
    out += value[i];
  }
  return out;
}

// Calls `take` with every option of the text, and says how many there were.
template <typename Take>
std::size_t each_option(std::string_view text, Take take) {
  std::size_t count = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto option = parse_option(text.substr(0, end));
    if (option && is_option(option->name)) {
      ++count;
      take(*option);
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return count;
}

// The wanted options, or all. An option the file does not name belongs to code
// that is not in this kernel: "n".
Result<Map> pick(const ConfigText& config, const Wanted& wanted) {
  const bool all = wanted.all_of(kFact);
  std::unordered_map<std::string_view, std::string_view> found;
  const auto keys = wanted.keys_of(kFact);
  for (const std::string& key : keys) found.emplace(key, "n");
  const std::size_t count = each_option(config.text, [&](const Option& option) {
    if (const auto at = found.find(option.name); at != found.end()) {
      at->second = option.value;
    } else if (all) {
      found.emplace(option.name, option.value);
    }
  });
  // What was cut off would be taken for "n".
  if (count == 0 || !config.text.ends_with('\n'))
    return fail(Errc::malformed, "not a whole configuration", config.path);
  std::vector<Map::Entry> entries;
  for (const auto& [name, value] : found) {
    if (!text::is_utf8(value)) return fail(Errc::malformed, "CONFIG_" + std::string(name) + " is no text", config.path);
    entries.emplace_back(name, unquoted(value));
  }
  return Map(std::move(entries));
}

Result<ConfigText> read_packed(const Host& host) {
  const auto packed = host.read(kPacked);
  if (!packed) return std::unexpected(packed.error());
  auto text = gunzip(*packed, kMaxText);
  if (!text) return fail(text.error().code, text.error().message, kPacked);
  return ConfigText{std::move(*text), kPacked};
}

Result<ConfigText> read_plain(const Host& host, const std::string& path) {
  auto text = host.read(path, {kMaxText, Limit{}.time});
  if (!text) return std::unexpected(text.error());
  return ConfigText{std::move(*text), path};
}

// What the running kernel itself gives comes first; then the places where
// packages put it (make's install target, kernel-install(8)). Of the reasons why
// none could be had, one that is not "absent" is told.
void collect(const Host& host, const Wanted& wanted, FactSink& sink) {
  std::vector<Error> errors;
  const auto attempt = [&](const Result<ConfigText>& config) {
    auto options = config ? pick(*config, wanted) : Result<Map>(std::unexpected(config.error()));
    if (options) sink.set(kFact, std::move(*options), config->path);
    if (!options) errors.push_back(options.error());
    return options.has_value();
  };
  if (attempt(read_packed(host))) return;
  const auto release = running_release(host);
  if (!release) return sink.fail(kFact, release.error());
  const std::string boot = "/boot/config-" + *release;
  const std::string modules = "/lib/modules/" + *release + "/config";
  if (attempt(read_plain(host, boot)) || attempt(read_plain(host, modules))) return;
  const auto telling = std::ranges::find_if(errors, [](const Error& error) { return error.code != Errc::absent; });
  if (telling != errors.end()) return sink.fail(kFact, *telling);
  sink.fail(kFact, {Errc::absent, "there is no " + std::string(kPacked) + ", no " + boot + " and no " + modules, boot});
}

const RegisterCollector kRegister{{
    "kernel_config",
    {{kFact, Type::map_of(Type::Kind::string, Type::Kind::string), "",
      "What the kernel was built with, without CONFIG_: \"y\", \"m\", \"n\" or text, kbuild/kconfig.rst"}},
    collect,
    /*slow=*/true,
}};

}  // namespace
}  // namespace harden::probe
