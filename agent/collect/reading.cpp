// SPDX-License-Identifier: Apache-2.0
#include "agent/collect/reading.h"

#include <utility>

#include "agent/core/text.h"

namespace harden::probe {
namespace {

Result<std::int64_t> as_int(const std::string& text, const std::string& path) {
  if (const auto number = text::to_int(text)) return *number;
  return fail(Errc::malformed, "not one decimal integer: " + text::quote(text.substr(0, 40)), path);
}

}  // namespace

Result<std::string> read_text(const Host& host, const std::string& path, std::size_t bytes) {
  auto content = host.read(path, {bytes, Limit{}.time});
  if (!content) return content;
  if (content->find('\0') != std::string::npos || !text::is_utf8(*content)) {
    return fail(Errc::malformed, "not text", path);
  }
  return std::string(text::trim(*content));
}

Result<std::int64_t> read_int(const Host& host, const std::string& path) {
  const auto text = read_text(host, path);
  if (!text) return std::unexpected(text.error());
  return as_int(*text, path);
}

Result<std::optional<std::string>> read_feature(const Host& host, const std::string& path, const std::string& folder) {
  auto text = read_text(host, path);
  if (text) return std::move(*text);
  if (text.error().code == Errc::absent && host.kind(folder) == DirEntry::Kind::directory) return std::nullopt;
  return std::unexpected(std::move(text.error()));
}

Result<std::optional<std::int64_t>> read_int_feature(const Host& host, const std::string& path,
                                                     const std::string& folder) {
  const auto text = read_feature(host, path, folder);
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::nullopt;
  const auto number = as_int(**text, path);
  if (!number) return std::unexpected(number.error());
  return *number;
}

}  // namespace harden::probe
