// SPDX-License-Identifier: Apache-2.0
//
// The tables of a policy, each read in a file of its own. Where something is
// wrong, the reader has the complaint and what is returned is not to be used.
#pragma once

#include <string_view>
#include <vector>

#include "agent/policy/reader.h"
#include "harden/policy.h"

namespace harden {

Affected read_affected(Reader& reader, const Node& table);

std::vector<Remedy> read_remedies(Reader& reader, const Node& list);

std::vector<Example> read_examples(Reader& reader, const Node& list);

// Complains about a fact, or an entry of one (`sysctl["net.ipv4.tcp_sack"]`),
// that is not declared. Its type, or nothing after a complaint.
std::optional<Type> read_fact_name(Reader& reader, Position at, std::string_view text);

// A value for an example's fact, of that type as far as it is declared.
Value read_fact_value(Reader& reader, const Node& node, const Type& type);

}  // namespace harden
