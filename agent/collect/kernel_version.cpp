// SPDX-License-Identifier: Apache-2.0
#include "agent/collect/kernel_version.h"

#include <algorithm>
#include <array>
#include <vector>

#include "agent/core/text.h"

namespace harden::probe {
namespace {

constexpr std::string_view kDigits = "0123456789";

// As `uname -m` says it, and as Debian ends a release ("6.1.0-21-amd64").
constexpr std::array<std::pair<std::string_view, std::string_view>, 18> kArches{{
    {".x86_64", "x86_64"},
    {".aarch64", "aarch64"},
    {".ppc64le", "ppc64le"},
    {".ppc64", "ppc64"},
    {".s390x", "s390x"},
    {".i686", "i686"},
    {".i386", "i386"},
    {".armv7hl", "armv7l"},
    {".riscv64", "riscv64"},
    {".loongarch64", "loongarch64"},
    {"-amd64", "x86_64"},
    {"-arm64", "aarch64"},
    {"-powerpc64le", "ppc64le"},
    {"-s390x", "s390x"},
    {"-riscv64", "riscv64"},
    {"-686-pae", "i686"},
    {"-686", "i686"},
    {"-loong64", "loongarch64"},
}};

std::string_view leading_digits(std::string_view text) { return text.substr(0, text.find_first_not_of(kDigits)); }

// Removes "NUMBER", and the dot behind it where another number follows.
std::string take_number(std::string_view& text) {
  const std::string number(leading_digits(text));
  text.remove_prefix(number.size());
  if (text.size() > 1 && text[0] == '.' && !leading_digits(text.substr(1)).empty()) text.remove_prefix(1);
  return number;
}

std::string joined(const std::vector<std::string>& numbers, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < std::min(count, numbers.size()); ++i) out += (i == 0 ? "" : ".") + numbers[i];
  return out;
}

std::optional<std::string> candidate_in(std::string_view suffix) {
  for (const std::string_view tag : {"-rc", "-0.rc"}) {
    if (suffix.starts_with(tag)) return number_after(suffix, tag);
  }
  return std::nullopt;
}

bool is_word(std::string_view text, std::string_view also) {
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || also.contains(c);
  });
}

// The arch as it stands at the end of the release, before any "+variant".
const std::pair<std::string_view, std::string_view>* arch_entry(std::string_view release) {
  const auto plain = release.substr(0, release.rfind('+'));
  for (const auto& entry : kArches) {
    if (release.ends_with(entry.first) || plain.ends_with(entry.first)) return &entry;
  }
  return nullptr;
}

}  // namespace

std::optional<ReleaseNumber> parse_release(std::string_view release) {
  std::vector<std::string> numbers;
  std::string_view rest = release;
  while (numbers.size() < 4) {
    std::string number = take_number(rest);
    if (number.empty() || number.size() > 9) break;
    numbers.push_back(std::move(number));
  }
  if (numbers.size() < 2) return std::nullopt;
  const bool old = numbers[0] == "2" && numbers[1] == "6";
  ReleaseNumber out{joined(numbers, old ? 4 : 3), joined(numbers, 3), false, false, rest};
  const std::size_t point = old ? 3 : 2;
  out.first = numbers.size() <= point || numbers[point] == "0";
  if (const auto candidate = candidate_in(rest); candidate && out.first) {
    out.candidate = true;
    out.upstream = joined(numbers, point) + "-rc" + *candidate;
  }
  return out;
}

std::optional<std::string> debian_upstream(std::string_view package) {
  if (const auto colon = package.find(':'); colon != std::string_view::npos) {
    if (colon == 0 || leading_digits(package).size() != colon) return std::nullopt;
    package.remove_prefix(colon + 1);
  }
  const auto dash = package.rfind('-');
  if (dash == std::string_view::npos || !is_word(package.substr(dash + 1), ".+~")) return std::nullopt;
  const auto number = parse_release(package.substr(0, dash));
  if (!number) return std::nullopt;
  if (number->suffix.empty()) return number->upstream;
  const auto candidate = number->suffix.starts_with("~rc") ? number_after(number->suffix, "~rc") : std::nullopt;
  if (!candidate || number->suffix.size() != 3 + candidate->size()) return std::nullopt;
  return number->upstream + "-rc" + *candidate;
}

std::optional<UbuntuSignature> parse_signature(std::string_view text) {
  const auto words = text::words(text);
  if (words.size() != 3 || words[0] != "Ubuntu") return std::nullopt;
  const auto parts = text::split(words[1], '-');
  const auto upstream = parse_release(words[2]);
  if (parts.size() < 3 || !parse_release(parts[0]) || !is_word(parts[1], ".+~")) return std::nullopt;
  if (!upstream || (!upstream->suffix.empty() && !upstream->candidate)) return std::nullopt;
  return UbuntuSignature{std::string(parts[0]) + "-" + std::string(parts[1]), upstream->upstream};
}

std::string without_arch(std::string_view release) {
  const auto* entry = arch_entry(release);
  return std::string(entry == nullptr ? release : release.substr(0, release.rfind(entry->first)));
}

std::optional<std::string> arch_of(std::string_view release) {
  const auto* entry = arch_entry(release);
  if (entry == nullptr) return std::nullopt;
  return std::string(entry->second);
}

std::optional<std::string> number_after(std::string_view text, std::string_view tag) {
  for (auto at = text.find(tag); at != std::string_view::npos; at = text.find(tag, at + 1)) {
    const auto rest = text.substr(at + tag.size());
    std::string number(leading_digits(rest));
    if (number.empty()) continue;
    if (rest.substr(number.size()).starts_with('a')) number += 'a';
    return number;
  }
  return std::nullopt;
}

}  // namespace harden::probe
