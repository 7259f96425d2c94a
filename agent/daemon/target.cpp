// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "agent/core/text.h"
#include "agent/daemon/parser.h"

namespace harden::daemon {
namespace {

constexpr std::size_t kMostParameters = 32;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Nothing for a '%' without two digits, or where a control character or bytes
// that are no UTF-8 come out of it: no path or parameter of ours has any.
std::optional<std::string> decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus_is_space) c = ' ';
    if (c == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return std::nullopt;
      c = static_cast<char>(*text::to_hex(text.substr(i + 1, 2)));
      i += 2;
    }
    out += c;
  }
  const bool controls = std::ranges::any_of(out, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (controls || !text::is_utf8(out)) return std::nullopt;
  return out;
}

// "http://host/path?query" as a proxy would be asked; ours to take too.
std::string_view without_authority(std::string_view target) {
  const auto scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) return target;
  const auto rest = target.substr(scheme + 3);
  const auto path = rest.find_first_of("/?");
  return path == std::string_view::npos || rest[path] == '?' ? "/" : rest.substr(path);
}

std::optional<std::string> parse_query(std::string_view query, Request& request) {
  for (const auto part : text::split(query, '&')) {
    if (part.empty()) continue;
    const auto equals = std::min(part.find('='), part.size());
    const auto name = decoded(part.substr(0, equals), true);
    const auto value = decoded(part.substr(std::min(equals + 1, part.size())), true);
    if (!name || !value) return "the query is not text in percent-encoding";
    if (!request.query.emplace(*name, *value).second) return "the parameter " + text::quote(*name) + " is given twice";
    if (request.query.size() > kMostParameters) return "the query has too many parameters";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> parse_target(std::string_view target, Request& request) {
  target = without_authority(target);
  const auto end = std::min(target.find('?'), target.size());
  const auto path = decoded(target.substr(0, end), false);
  if (!path) return "the path is not text in percent-encoding";
  const bool asterisk = *path == "*" && request.method == "OPTIONS";
  if (!path->starts_with('/') && !asterisk) return "the target is no path";
  request.path = *path;
  return parse_query(target.substr(std::min(end + 1, target.size())), request);
}

}  // namespace harden::daemon
