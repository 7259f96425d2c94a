// SPDX-License-Identifier: Apache-2.0
//
// A Rust symbol ("_RNvMs_…", RFC 2603) as a path, "<crate::Type>::function".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace harden::crash {

// Nothing for what is not one, is cut off, or nests deeper than names do.
std::optional<std::string> rust_path(std::string_view symbol);

}  // namespace harden::crash
