// SPDX-License-Identifier: Apache-2.0
#include "harden/version.h"

#include <algorithm>
#include <optional>
#include <string>

namespace harden {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

int sign(int number) { return number < 0 ? -1 : (number > 0 ? 1 : 0); }

template <typename Predicate>
std::string_view take_while(std::string_view& text, Predicate wanted) {
  const auto end = std::ranges::find_if_not(text, wanted);
  const auto length = static_cast<std::size_t>(end - text.begin());
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(length);
  return taken;
}

// Runs of digits are compared as text, so no number is too large.
int compare_digits(std::string_view left, std::string_view right) {
  const auto is_zero = [](char c) { return c == '0'; };
  take_while(left, is_zero);
  take_while(right, is_zero);
  if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
  return sign(left.compare(right));
}

// The next number of "6.1.38-rc1"; its "." is left to the following call.
std::string_view next_number(std::string_view& text, bool first) {
  if (first) return take_while(text, is_digit);
  if (text.size() < 2 || text[0] != '.' || !is_digit(text[1])) return {};
  text.remove_prefix(1);
  return take_while(text, is_digit);
}

std::optional<std::string_view> candidate_number(std::string_view rest) {
  if (!rest.starts_with("-rc")) return std::nullopt;
  rest.remove_prefix(3);
  const std::string_view digits = take_while(rest, is_digit);
  if (digits.empty()) return std::nullopt;
  return digits;
}

// '~' is below the end of the text, a letter above it and any other character
// above all letters (deb-version(7)); bytes outside ASCII are where dpkg's
// signed arithmetic puts them.
int deb_weight(std::string_view text) {
  if (text.empty() || is_digit(text.front())) return 0;
  const char c = text.front();
  if (c == '~') return -1;
  return is_letter(c) ? c : static_cast<signed char>(c) + 256;
}

int deb_part_compare(std::string_view left, std::string_view right) {
  const auto in_text = [](std::string_view text) { return !text.empty() && !is_digit(text.front()); };
  while (!left.empty() || !right.empty()) {
    while (in_text(left) || in_text(right)) {
      const int difference = deb_weight(left) - deb_weight(right);
      if (difference != 0) return sign(difference);
      left.remove_prefix(1);
      right.remove_prefix(1);
    }
    const int numbers = compare_digits(take_while(left, is_digit), take_while(right, is_digit));
    if (numbers != 0) return numbers;
  }
  return 0;
}

struct Parts {
  std::string_view epoch;
  std::string_view version;
  std::optional<std::string_view> release;
};

// [epoch:]version[-release]; what stands before the ':' is an epoch only when
// it is all digits, so an impossible epoch is compared as part of the version.
Parts take_apart(std::string_view text, bool empty_epoch_is_one) {
  Parts parts;
  std::string_view rest = text;
  const std::string_view epoch = take_while(rest, is_digit);
  if (rest.starts_with(':') && (empty_epoch_is_one || !epoch.empty())) {
    parts.epoch = epoch;
    text = rest.substr(1);
  }
  const auto dash = text.rfind('-');
  parts.version = text.substr(0, dash);
  if (dash != std::string_view::npos) parts.release = text.substr(dash + 1);
  return parts;
}

bool is_rpm_mark(char c) { return is_digit(c) || is_letter(c) || c == '~' || c == '^'; }

// What '~' and '^' at the front of either text decide. '~' sorts below the
// end of the text; '^' above the end and below everything else.
std::optional<int> rpm_mark_compare(std::string_view left, std::string_view right) {
  const bool left_tilde = left.starts_with('~');
  const bool right_tilde = right.starts_with('~');
  if (left_tilde != right_tilde) return left_tilde ? -1 : 1;
  const bool left_caret = left.starts_with('^');
  const bool right_caret = right.starts_with('^');
  if (left_caret == right_caret) return std::nullopt;
  if (left_caret) return right.empty() ? 1 : -1;
  return left.empty() ? -1 : 1;
}

// One run of digits or letters off each text. A number is newer than letters.
int rpm_segment_compare(std::string_view& left, std::string_view& right) {
  if (is_digit(left.front()) != is_digit(right.front())) return is_digit(left.front()) ? 1 : -1;
  if (is_digit(left.front())) return compare_digits(take_while(left, is_digit), take_while(right, is_digit));
  return sign(take_while(left, is_letter).compare(take_while(right, is_letter)));
}

int rpm_part_compare(std::string_view left, std::string_view right) {
  const auto is_separator = [](char c) { return !is_rpm_mark(c); };
  if (left == right) return 0;
  while (!left.empty() || !right.empty()) {
    take_while(left, is_separator);
    take_while(right, is_separator);
    if (const auto decided = rpm_mark_compare(left, right)) return *decided;
    if (left.starts_with('~') || left.starts_with('^')) {
      left.remove_prefix(1);
      right.remove_prefix(1);
      continue;
    }
    if (left.empty() || right.empty()) break;
    const int segments = rpm_segment_compare(left, right);
    if (segments != 0) return segments;
  }
  return static_cast<int>(!left.empty()) - static_cast<int>(!right.empty());
}

}  // namespace

int kernel_vercmp(std::string_view left, std::string_view right) {
  const auto more = [](std::string_view text) { return text.size() > 1 && text[0] == '.' && is_digit(text[1]); };
  for (bool first = true; first || more(left) || more(right); first = false) {
    const int numbers = compare_digits(next_number(left, first), next_number(right, first));
    if (numbers != 0) return numbers;
  }
  const auto left_candidate = candidate_number(left);
  const auto right_candidate = candidate_number(right);
  if (left_candidate && right_candidate) return compare_digits(*left_candidate, *right_candidate);
  return static_cast<int>(right_candidate.has_value()) - static_cast<int>(left_candidate.has_value());
}

int deb_vercmp(std::string_view left, std::string_view right) {
  const Parts a = take_apart(left, false);
  const Parts b = take_apart(right, false);
  if (const int epochs = compare_digits(a.epoch, b.epoch); epochs != 0) return epochs;
  if (const int versions = deb_part_compare(a.version, b.version); versions != 0) return versions;
  return deb_part_compare(a.release.value_or(""), b.release.value_or(""));
}

int rpm_vercmp(std::string_view left, std::string_view right) {
  const Parts a = take_apart(left, true);
  const Parts b = take_apart(right, true);
  if (const int epochs = compare_digits(a.epoch, b.epoch); epochs != 0) return epochs;
  if (const int versions = rpm_part_compare(a.version, b.version); versions != 0) return versions;
  if (!a.release || !b.release)
    return static_cast<int>(a.release.has_value()) - static_cast<int>(b.release.has_value());
  return rpm_part_compare(*a.release, *b.release);
}

}  // namespace harden
