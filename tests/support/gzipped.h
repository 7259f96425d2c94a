// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace harden::test {

// The text as gzip(1) would pack it.
std::string gzipped(std::string_view text);

}  // namespace harden::test
