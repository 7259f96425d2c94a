// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "harden/collector.h"

namespace harden {

Wanted Wanted::everything() {
  Wanted all;
  all.everything_ = true;
  return all;
}

void Wanted::add(std::string_view fact) { whole_.emplace(fact); }

void Wanted::add(std::string_view fact, std::string_view key) { keys_[std::string(fact)].emplace(key); }

bool Wanted::has(std::string_view fact) const { return all_of(fact) || keys_.contains(fact); }

bool Wanted::all_of(std::string_view fact) const { return everything_ || whole_.contains(fact); }

std::set<std::string, std::less<>> Wanted::keys_of(std::string_view fact) const {
  const auto found = keys_.find(fact);
  return found == keys_.end() ? std::set<std::string, std::less<>>{} : found->second;
}

void FactSink::set(std::string_view fact, Value value, std::string source) {
  facts_.push_back({std::string(fact), std::move(value), std::move(source), {}});
}

void FactSink::fail(std::string_view fact, Error error) {
  std::string source = error.place;
  set(fact, Value::unknown(std::string(fact), std::move(error)), std::move(source));
}

}  // namespace harden
