// SPDX-License-Identifier: Apache-2.0
#include "agent/collect/os_release.h"
#include "agent/collect/reading.h"
#include "agent/core/text.h"
#include "harden/collector.h"

namespace harden {
namespace probe {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string_view::npos;
}

// os-release(5): shell-like, without expansion: '…' is literal, in "…" and
// outside quotes a backslash takes the next character as it is. False where a
// quote stays open.
bool unquote(std::string_view text, std::string& out) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      out += text[++i];
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote && quote != 0) {
      quote = 0;
    } else {
      out += c;
    }
  }
  return quote == 0;
}

// ID and VERSION_ID are compared by policies and shown unescaped in paths and
// metrics: os-release(5) allows them lower-case letters, digits, '.', '_' and
// '-' only; upper case occurs.
bool is_identifier(std::string_view text) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+~-";
  return text.size() <= 128 && text.find_first_not_of(kAllowed) == std::string_view::npos;
}

Result<std::string> identifier(const OsRelease& release, std::string_view field, std::string_view otherwise) {
  std::string value = release.get(field, otherwise);
  if (is_identifier(value)) return value;
  return fail(Errc::malformed, std::string(field) + " is " + text::quote(value.substr(0, 40)), release.path);
}

Result<List> identifiers(const OsRelease& release, std::string_view field) {
  const std::string value = release.get(field);
  List list;
  for (const auto word : text::words(value)) {
    if (!is_identifier(word)) {
      return fail(Errc::malformed, std::string(field) + " is " + text::quote(value.substr(0, 40)), release.path);
    }
    list.emplace_back(word);
  }
  return list;
}

void collect(const Host& host, const Wanted&, FactSink& sink) {
  const auto release = read_os_release(host);
  if (!release) {
    for (const auto* fact : {"os.id", "os.id_like", "os.version_id", "os.pretty_name"}) {
      sink.fail(fact, release.error());
    }
    return;
  }
  sink.set("os.id", identifier(*release, "ID", "linux"), release->path);
  sink.set("os.id_like", identifiers(*release, "ID_LIKE"), release->path);
  sink.set("os.version_id", identifier(*release, "VERSION_ID", ""), release->path);
  sink.set("os.pretty_name", release->get("PRETTY_NAME", "Linux"), release->path);
}

const RegisterCollector kRegister{{
    "os",
    {{"os.id", Type::Kind::string, "",
      "The distribution's name for itself, \"linux\" where it has none: ID of os-release(5)"},
     {"os.id_like", Type::list_of(Type::Kind::string), "",
      "The distributions it descends from: ID_LIKE of os-release(5)"},
     {"os.version_id", Type::Kind::string, "",
      "The distribution's version, \"\" where it has none: VERSION_ID of os-release(5)"},
     {"os.pretty_name", Type::Kind::string, "", "Name and version for people: PRETTY_NAME of os-release(5)"}},
    collect,
}};

}  // namespace

std::string OsRelease::get(std::string_view field, std::string_view otherwise) const {
  const auto found = fields.find(field);
  return found == fields.end() ? std::string(otherwise) : found->second;
}

std::map<std::string, std::string, std::less<>> parse_os_release(std::string_view text) {
  std::map<std::string, std::string, std::less<>> fields;
  for (std::string_view line : text::lines(text)) {
    line = text::trim(line);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || !is_name(line.substr(0, equals))) continue;
    std::string value;
    if (unquote(line.substr(equals + 1), value)) fields.insert_or_assign(std::string(line.substr(0, equals)), value);
  }
  return fields;
}

Result<OsRelease> read_os_release(const Host& host) {
  OsRelease release{"/etc/os-release", {}};
  auto text = read_text(host, release.path);
  if (!text && text.error().code == Errc::absent) {
    release.path = "/usr/lib/os-release";
    text = read_text(host, release.path);
  }
  if (!text) return std::unexpected(std::move(text.error()));
  release.fields = parse_os_release(*text);
  if (release.fields.empty()) return fail(Errc::malformed, "holds no assignment", release.path);
  return release;
}

}  // namespace probe
}  // namespace harden
