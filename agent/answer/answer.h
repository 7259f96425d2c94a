// SPDX-License-Identifier: Apache-2.0
//
// An answer: what a verb of hardenctl prints and which status it exits with.
// The functions of this room make them of values, and nothing else does, so
// that hardenctl and the daemon's API cannot say different things.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "agent/report/report.h"
#include "harden/exit_status.h"
#include "harden/result.h"

namespace harden::answer {

struct Answer {
  ExitStatus status = ExitStatus::clean;
  std::string content_type;
  std::string text;
  std::vector<std::string> warnings;  // for people, beside the text; not escaped
};

// There is no answer: what was asked makes no sense (usage, Errc::invalid or
// absent), or could not be had. `message` is a sentence, not escaped.
struct Refusal {
  ExitStatus status = ExitStatus::failed;
  Errc code = Errc::failed;
  std::string message;
};

using Answered = std::expected<Answer, Refusal>;

// How an answer is to be shown.
struct Show {
  std::string format = "json";
  Style style;
};

// The media type of a format: "application/json", "text/plain; charset=utf-8".
std::string_view content_type_of(std::string_view format);

// An answer in a format; the text as it is.
Answer shown(std::string text, std::string_view format, ExitStatus status = ExitStatus::clean);

// `denied` is not_permitted, everything else failed.
Refusal refusal_of(const Error& error);

// "there is no WHAT 'word'; did you mean 'near'?": usage.
Refusal unknown_word(std::string_view what, const std::string& word, const std::vector<std::string>& known);

// The format of that name.
template <typename Format>
std::expected<const Format*, Refusal> format_in(const std::vector<Format>& formats, const std::string& name) {
  std::vector<std::string> names;
  for (const Format& format : formats) {
    if (format.name == name) return &format;
    names.push_back(format.name);
  }
  return std::unexpected(unknown_word("format", name, names));
}

// Of those that know text and JSON alone.
std::expected<bool, Refusal> is_json(const std::string& format);

}  // namespace harden::answer
