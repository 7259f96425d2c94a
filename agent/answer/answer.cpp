// SPDX-License-Identifier: Apache-2.0
#include "agent/answer/answer.h"

#include "harden/diagnostic.h"

namespace harden::answer {

std::string_view content_type_of(std::string_view format) {
  if (format == "json") return "application/json";
  if (format == "sarif") return "application/sarif+json";
  if (format == "junit") return "application/xml";
  if (format == "html") return "text/html; charset=utf-8";
  return "text/plain; charset=utf-8";
}

Answer shown(std::string text, std::string_view format, ExitStatus status) {
  return {status, std::string(content_type_of(format)), std::move(text), {}};
}

Refusal refusal_of(const Error& error) {
  const bool denied = error.code == Errc::denied;
  return {denied ? ExitStatus::not_permitted : ExitStatus::failed, error.code, describe(error)};
}

Refusal unknown_word(std::string_view what, const std::string& word, const std::vector<std::string>& known) {
  const std::string near = nearest(word, known);
  return {
      ExitStatus::usage, Errc::absent,
      "there is no " + std::string(what) + " '" + word + "'" + (near.empty() ? "" : "; did you mean '" + near + "'?")};
}

std::expected<bool, Refusal> is_json(const std::string& format) {
  if (format == "json" || format == "text") return format == "json";
  return std::unexpected(unknown_word("format", format, {"json", "text"}));
}

}  // namespace harden::answer
