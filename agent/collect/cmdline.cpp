// SPDX-License-Identifier: Apache-2.0
#include "agent/collect/cmdline.h"

#include "agent/collect/reading.h"
#include "agent/core/text.h"
#include "harden/collector.h"

namespace harden {
namespace probe {
namespace {

constexpr const char* kPath = "/proc/cmdline";

bool is_space(char c) { return text::trim({&c, 1}).empty(); }

// The front parameter as it stands, quotes included; removed from `rest`.
std::string_view next_word(std::string_view& rest) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size() && (quoted || !is_space(rest[end])); ++end) {
    if (rest[end] == '"') quoted = !quoted;
  }
  const auto word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

// As next_arg() of lib/cmdline.c: quotes go where they stand around the whole
// or around the value, and stay where they stand in the middle. An equals
// sign at the very front is part of the name.
Parameter parse_word(std::string_view word) {
  const bool quoted = word.starts_with('"');
  if (quoted) word.remove_prefix(1);
  const auto equals = word.find('=', 1);
  std::string_view value = equals == std::string_view::npos ? std::string_view{} : word.substr(equals + 1);
  const bool value_quoted = value.starts_with('"');
  if (value_quoted) value.remove_prefix(1);
  if ((quoted || value_quoted) && value.ends_with('"')) value.remove_suffix(1);
  std::string_view name = word.substr(0, equals);
  if (quoted && equals == std::string_view::npos && name.ends_with('"')) name.remove_suffix(1);
  return {text::underscored(name), std::string(value)};
}

void collect(const Host& host, const Wanted&, FactSink& sink) {
  const auto text = read_text(host, kPath);
  sink.set("cmdline.text", text, kPath);
  if (!text) return sink.fail("cmdline.params", text.error());
  std::vector<Map::Entry> entries;
  for (Parameter& parameter : parse_cmdline(*text)) {
    entries.emplace_back(std::move(parameter.name), std::move(parameter.value));
  }
  sink.set("cmdline.params", Map(std::move(entries)), kPath);
}

const RegisterCollector kRegister{{
    "cmdline",
    {{"cmdline.text", Type::Kind::string, "", "The kernel command line as it was given: /proc/cmdline"},
     {"cmdline.params", Type::map_of(Type::Kind::string, Type::Kind::string), "",
      "Its parameters, the last value of each, \"\" for a flag, '-' in names as '_': "
      "admin-guide/kernel-parameters.rst"}},
    collect,
}};

}  // namespace

std::vector<Parameter> parse_cmdline(std::string_view text) {
  std::vector<Parameter> parameters;
  for (text = text::trim(text); !text.empty(); text = text::trim(text)) {
    const std::string_view word = next_word(text);
    if (word == "--") break;
    parameters.push_back(parse_word(word));
  }
  return parameters;
}

Result<std::vector<Parameter>> read_cmdline(const Host& host) {
  const auto text = read_text(host, kPath);
  if (!text) return std::unexpected(text.error());
  return parse_cmdline(*text);
}

}  // namespace probe
}  // namespace harden
