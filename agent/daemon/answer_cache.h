// SPDX-License-Identifier: Apache-2.0
//
// Answers that were made of a snapshot, so that each is made once however often
// it is asked for. They share their bodies with those that are on their way.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "agent/daemon/http.h"
#include "agent/daemon/snapshot.h"

namespace harden::daemon {

class AnswerCache {
 public:
  static constexpr std::size_t kMostAnswers = 64;
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20;

  // The answer of that key, or nullptr. With another snapshot than the last one
  // everything is forgotten.
  const Response* find(const std::shared_ptr<const Snapshot>& snapshot, std::string_view key);

  // For the snapshot last looked for. Where there are too many, the others go.
  void keep(std::string key, Response response);

 private:
  std::shared_ptr<const Snapshot> snapshot_;  // held, so that no other one can have its address
  std::map<std::string, Response, std::less<>> answers_;
  std::size_t bytes_ = 0;
};

}  // namespace harden::daemon
