// SPDX-License-Identifier: Apache-2.0
//
// The records of one text: each different one once with its count, in bounded
// memory. A text may hold one report twice, as pstore keeps it at the oops and
// again at the panic that follows: printed in the same microsecond, it is one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harden/crash.h"

namespace harden::crash {

class Records {
 public:
  // `boot` counts the boots the text tells of. Beyond 1,000 different ones nothing is kept; beyond
  // 12 MiB those that follow are kept shorter.
  void keep(CrashRecord record, int boot);

  // Whether one like it, of an earlier line, is kept: counts it then. Of the record its stack, title and time are
  // needed.
  bool counted(const CrashRecord& record);

  bool any_of_boot(int boot) const;
  bool more() const { return more_; }

  // In the order of the text, the first of each boot marked.
  std::vector<CrashRecord> take();

 private:
  struct Kept {
    CrashRecord record;
    int boot = 0;
    std::vector<double> times;  // of those that are counted, the first 64
  };

  static void count(Kept& kept, const CrashRecord& record);

  std::vector<Kept> kept_;
  std::map<std::string, std::size_t> known_;  // by fingerprint
  std::size_t spent_ = 0;
  bool more_ = false;
};

}  // namespace harden::crash
