// SPDX-License-Identifier: Apache-2.0
//
// What the kernel said before it died: the messages that matter, each kind
// once with its count.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harden/crash.h"

namespace harden::crash {

// Words of which one stands in every such message.
std::span<const std::string_view> precursor_words();

// The kind of a message that holds one of them.
std::optional<Precursor::Kind> precursor_kind(std::string_view message);

// A record of this type is itself a sign for what comes after it.
std::optional<Precursor::Kind> sign_of(CrashType type);

// At most 48 of them; those that differ in numbers alone are one.
class Precursors {
 public:
  void note(Precursor::Kind kind, std::string_view message);
  void clear();
  const std::vector<Precursor>& all() const { return all_; }

  // What there was at some time until they are cleared: a mark is small, and most are never asked for again.
  using Mark = std::vector<std::int64_t>;
  Mark mark() const;
  std::vector<Precursor> at(const Mark& mark) const;

 private:
  std::vector<Precursor> all_;
  std::vector<std::uint64_t> keys_;
};

}  // namespace harden::crash
