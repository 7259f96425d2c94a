// SPDX-License-Identifier: Apache-2.0
//
// How collectors read the small text files of /proc, /sys and /etc. What
// comes back is UTF-8 without NUL, or Errc::malformed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harden/host.h"
#include "harden/value.h"

namespace harden::probe {

// Enough for any file that holds one value or a short table.
constexpr std::size_t kSmallFile = std::size_t{256} << 10;

// The text without the white space around it.
Result<std::string> read_text(const Host& host, const std::string& path, std::size_t bytes = kSmallFile);

// The text as one decimal integer; Errc::malformed for everything else.
Result<std::int64_t> read_int(const Host& host, const std::string& path);

// The same for a feature that a kernel may have been built without: nothing
// where `path` is absent although `folder`, in which every kernel would have
// put it, is there. Where the folder is absent too, nobody can tell.
Result<std::optional<std::string>> read_feature(const Host& host, const std::string& path, const std::string& folder);
Result<std::optional<std::int64_t>> read_int_feature(const Host& host, const std::string& path,
                                                     const std::string& folder);

// A value that stands inside a fact: unknown where there is none.
// `name` is how an expression would call it: `module["rds"].loaded`.
template <typename T>
Value value_or_unknown(Result<T> result, std::string name) {
  if (!result) return Value::unknown(std::move(name), std::move(result.error()));
  return Value(std::move(*result));
}

}  // namespace harden::probe
