// SPDX-License-Identifier: Apache-2.0
//
// The version numbers inside the strings of a kernel.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace harden::probe {

struct ReleaseNumber {
  std::string upstream;     // "6.1.90", "6.10-rc1", "2.6.32.27"
  std::string base;         // the first three numbers: "5.14.0"
  bool first = false;       // of its branch: X.Y.0, or 2.6.N
  bool candidate = false;   // an -rc
  std::string_view suffix;  // what follows the numbers: "-553.el8_10.x86_64"
};

// The number in front of what uname -r says; nothing where there is none.
// Fedora writes the first candidate of 6.10 as "6.10.0-0.rc1.17.fc41".
std::optional<ReleaseNumber> parse_release(std::string_view release);

// The upstream part of a Debian package version: "6.5~rc4-1~exp1" is
// "6.5-rc4". Nothing where it is not [epoch:]upstream-revision.
std::optional<std::string> debian_upstream(std::string_view package);

// "Ubuntu 5.15.0-100.110-generic 5.15.143", Ubuntu's /proc/version_signature.
struct UbuntuSignature {
  std::string package;   // "5.15.0-100.110"
  std::string upstream;  // "5.15.143"
};
std::optional<UbuntuSignature> parse_signature(std::string_view text);

// A release without the architecture and what follows it:
// "4.18.0-553.el8_10.x86_64+debug" is "4.18.0-553.el8_10".
std::string without_arch(std::string_view release);

// The architecture that a release names, in the words of uname -m.
std::optional<std::string> arch_of(std::string_view release);

// The first run of digits that stands right behind `tag`, with a letter "a"
// that follows (el7a): "9" in "5.14.0-427.el9_4" for ".el".
std::optional<std::string> number_after(std::string_view text, std::string_view tag);

}  // namespace harden::probe
