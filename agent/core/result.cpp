// SPDX-License-Identifier: Apache-2.0
#include "harden/result.h"

#include <array>

namespace harden {
namespace {

constexpr std::array<std::pair<Errc, std::string_view>, 9> kWords{{
    {Errc::absent, "absent"},
    {Errc::denied, "denied"},
    {Errc::timeout, "timeout"},
    {Errc::malformed, "malformed"},
    {Errc::too_large, "too_large"},
    {Errc::unavailable, "unavailable"},
    {Errc::unsupported, "unsupported"},
    {Errc::invalid, "invalid"},
    {Errc::failed, "failed"},
}};

}  // namespace

std::string_view to_string(Errc code) {
  for (const auto& [known, word] : kWords) {
    if (known == code) return word;
  }
  return "failed";
}

Errc errc_from(std::string_view word) {
  for (const auto& [code, known] : kWords) {
    if (known == word) return code;
  }
  return Errc::failed;
}

std::string describe(const Error& error) {
  return error.place.empty() ? error.message : error.place + ": " + error.message;
}

Error with_context(Error error, std::string_view context) {
  error.message = std::string(context) + ": " + error.message;
  return error;
}

}  // namespace harden
