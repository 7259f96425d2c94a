// SPDX-License-Identifier: Apache-2.0
//
// What collectors there are. The program has one registry, filled before
// `main`; tests fill their own.
#pragma once

#include <string>
#include <vector>

#include "harden/collector.h"

namespace harden::probe {

class Registry {
 public:
  // Says what is wrong with a collector, and leaves it out, where it declares
  // a fact that is declared already, or cannot be run.
  Result<> add(Collector collector);

  const std::vector<Collector>& collectors() const { return collectors_; }  // by name
  const std::vector<FactDecl>& facts() const { return facts_; }             // by name

 private:
  std::vector<Collector> collectors_;
  std::vector<FactDecl> facts_;
};

// `harden::collect` with these collectors in place of the program's.
Facts run(const std::vector<Collector>& collectors, std::shared_ptr<const Host> host, const Wanted& wanted,
          std::chrono::milliseconds patience);

}  // namespace harden::probe
