// SPDX-License-Identifier: Apache-2.0
#include "tests/support/collected.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "agent/collect/registry.h"

namespace harden::test {
namespace {

bool conforms_to_record(const Value& value, const Type& type) {
  return value.is(Value::Kind::map) && value.map().size() == type.fields().size() &&
         std::ranges::all_of(type.fields(), [&](const Type::Field& field) {
           const Value* member = value.map().find(std::string_view(field.name));
           return member != nullptr && conforms(*member, field.type);
         });
}

bool conforms_to_map(const Value& value, const Type& type) {
  return value.is(Value::Kind::map) && std::ranges::all_of(value.map().entries(), [&](const Map::Entry& entry) {
           return conforms(entry.first, type.key()) && conforms(entry.second, type.element());
         });
}

}  // namespace

bool conforms(const Value& value, const Type& type) {
  if (value.is(Value::Kind::unknown)) return true;
  switch (type.kind()) {
    case Type::Kind::dyn: return true;
    case Type::Kind::null: return value.is(Value::Kind::null);
    case Type::Kind::boolean: return value.is(Value::Kind::boolean);
    case Type::Kind::integer: return value.is(Value::Kind::integer);
    case Type::Kind::uinteger: return value.is(Value::Kind::uinteger);
    case Type::Kind::real: return value.is(Value::Kind::real);
    case Type::Kind::string: return value.is(Value::Kind::string);
    case Type::Kind::bytes: return value.is(Value::Kind::bytes);
    case Type::Kind::type: return value.is(Value::Kind::type);
    case Type::Kind::map: return conforms_to_map(value, type);
    case Type::Kind::record: return conforms_to_record(value, type);
    case Type::Kind::list: break;
  }
  return value.is(Value::Kind::list) &&
         std::ranges::all_of(value.list(), [&](const Value& item) { return conforms(item, type.element()); });
}

Facts collected(std::string_view collector, std::shared_ptr<const Host> host, const Wanted& wanted) {
  const auto found = std::ranges::find(collectors(), collector, &Collector::name);
  REQUIRE(found != collectors().end());
  Facts facts = probe::run({*found}, std::move(host), wanted, std::chrono::minutes(5));
  for (const FactDecl& declared : found->facts) {
    if (!wanted.has(declared.name)) continue;
    const Fact* fact = facts.find(declared.name);
    REQUIRE(fact != nullptr);
    CAPTURE(declared.name);
    CAPTURE(to_text(fact->value));
    CHECK(conforms(fact->value, declared.type));
    CHECK_FALSE(fact->source.empty());
  }
  return facts;
}

Facts collected(std::string_view collector, const MemoryHost& host, const Wanted& wanted) {
  return collected(collector, std::make_shared<MemoryHost>(host), wanted);
}

std::string shown(const Facts& facts, std::string_view fact, std::initializer_list<std::string_view> path) {
  const Value* value = facts.value(fact);
  for (const auto step : path) {
    if (value != nullptr && value->is(Value::Kind::map)) value = value->map().find(step);
  }
  if (value == nullptr) return "none";
  if (!value->is(Value::Kind::unknown)) return to_text(*value);
  return "unknown(" + std::string(to_string(value->missing().front().error.code)) + ")";
}

}  // namespace harden::test
