// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "agent/core/text.h"
#include "agent/remedy/remedy.h"

namespace harden {
namespace {

constexpr std::string_view kHead =
    "# Written by hardend; what stands here is lost with its next change.\n"
    "# \"hardenctl history\" tells who wanted it, \"hardenctl undo\" takes it back.\n";

}  // namespace

std::expected<OwnFile, std::string> read_own_file(const Host& host, const std::string& path) {
  if (const auto link = host.read_link(path)) {
    return std::unexpected(path + " is a link to " + *link + ", which hardend neither follows nor replaces");
  }
  const auto text = host.read(path);
  if (!text && text.error().code == Errc::absent) return OwnFile{path, std::nullopt, {}};
  if (!text) return std::unexpected(path + " cannot be read: " + text.error().message);
  OwnFile file{path, *text, {}};
  for (const std::string_view line : text::lines(*text)) {
    const std::string_view words = text::trim(line);
    if (!words.empty() && words.front() != '#' && words.front() != ';') file.lines.emplace_back(words);
  }
  return file;
}

std::string own_file_text(const std::vector<std::string>& lines) {
  std::string out(kHead);
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

std::optional<PlannedChange> own_file_change(const OwnFile& file, const std::vector<std::string>& lines,
                                             std::vector<std::string> policies) {
  const std::string after = own_file_text(lines);
  if (file.before == after) return std::nullopt;
  return PlannedChange{{Layer::file, file.path, file.path, file.before, after}, "", std::move(policies)};
}

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::ranges::find(list, text) == list.end()) list.push_back(text);
}

std::vector<std::string> policies_of(const std::vector<Chosen>& chosen) {
  std::vector<std::string> policies;
  for (const Chosen& one : chosen) add_once(policies, one.policy);
  return policies;
}

}  // namespace harden
