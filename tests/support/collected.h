// SPDX-License-Identifier: Apache-2.0
//
// One collector of the program run on one host, with what holds for every
// fact checked on the way: it has its declared type and says its source.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "harden/collector.h"
#include "tests/support/memory_host.h"

namespace harden::test {

// Everything the collector of that name states.
Facts collected(std::string_view collector, std::shared_ptr<const Host> host,
                const Wanted& wanted = Wanted::everything());
Facts collected(std::string_view collector, const MemoryHost& host, const Wanted& wanted = Wanted::everything());

// Whether a value is one of the type, or unknown, all the way down.
bool conforms(const Value& value, const Type& type);

// The fact as CEL writes it, or as "unknown(denied)". An entry or field is
// asked for with a path: "module", {"rds", "loaded"}. "none" where it is not.
std::string shown(const Facts& facts, std::string_view fact, std::initializer_list<std::string_view> path = {});

}  // namespace harden::test
