// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace harden::test {

// The folder that the tests were built from. One file alone is told, so that
// every other one compiles alike in every checkout.
std::filesystem::path source_dir();

}  // namespace harden::test
