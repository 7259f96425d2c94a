// SPDX-License-Identifier: Apache-2.0
#include "tests/support/source_dir.h"

namespace harden::test {

std::filesystem::path source_dir() { return HARDEN_SOURCE_DIR; }

}  // namespace harden::test
