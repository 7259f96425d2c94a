// SPDX-License-Identifier: Apache-2.0
//
// The documents about the API that the daemon carries in itself: dist/openapi
// and dist/schema, put in by the build.
#pragma once

#include <string_view>

namespace harden::daemon {

// By the name of its file ("hardend.json", "check.schema.json"); "" where there
// is none.
std::string_view document(std::string_view name);

}  // namespace harden::daemon
