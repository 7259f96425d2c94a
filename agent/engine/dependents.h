// SPDX-License-Identifier: Apache-2.0
//
// Which policies rest on which facts, so that a change costs what depends on
// it and no more.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harden/collector.h"
#include "harden/facts.h"
#include "harden/policy.h"

namespace harden {

// What may have changed. Without a key it is the whole fact with all its
// entries; the key of a sysctl may hold "*" components and then stands for
// every key it matches, those that are gone included.
struct Changed {
  std::set<cel::Reference> facts;
};

// Whether a key of a map fact is one that `pattern` means: it is equal to it,
// or each "*" component of it stands for one component ("net.ipv4.conf.*.rp_filter").
bool key_matches(std::string_view pattern, std::string_view key);

class Dependents {
 public:
  explicit Dependents(const std::vector<Policy>& policies);

  // The places of the policies to judge again, in their order.
  std::vector<std::size_t> of(const Changed& changed) const;

  // What somebody wants to know of a fact: nothing, all of it, or these keys.
  // A key is as the policy writes it, "*" components and '-' included.
  struct Use {
    bool any = false;
    bool whole = false;
    std::vector<std::string> keys;
  };
  Use use_of(std::string_view fact) const;

 private:
  struct Entry {
    std::string key;  // as written
    std::vector<std::size_t> policies;
  };
  struct Index {
    std::vector<std::size_t> whole;  // those that look at all of it
    std::map<std::string, Entry, std::less<>> keys;
    std::vector<Entry> patterns;
    bool for_report = false;
  };
  void add(const cel::Reference& reference, std::size_t policy);

  std::map<std::string, Index, std::less<>> facts_;
};

// What to collect to know the changed facts again: of what changed only that
// which some policy looks at. Where `before` has no map to put entries in, or
// a policy looks at every entry, it is the whole fact.
Wanted wanted_for(const Changed& changed, const Dependents& dependents, const Facts& before);

// `before` with what changed taken from `part`, which was collected by
// `wanted_for`. An entry that `part` does not have is gone. A fact that could
// not be read at all takes all of its entries with it: then it is added to `changed`.
Facts renewed(const Facts& before, const Facts& part, Changed& changed);

}  // namespace harden
