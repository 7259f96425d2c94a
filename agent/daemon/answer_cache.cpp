// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/answer_cache.h"

namespace harden::daemon {

const Response* AnswerCache::find(const std::shared_ptr<const Snapshot>& snapshot, std::string_view key) {
  if (snapshot != snapshot_) {
    answers_.clear();
    bytes_ = 0;
    snapshot_ = snapshot;
  }
  const auto found = answers_.find(key);
  return found == answers_.end() ? nullptr : &found->second;
}

void AnswerCache::keep(std::string key, Response response) {
  const std::size_t bytes = key.size() + (response.body ? response.body->size() : 0);
  if (bytes > kMostBytes) return;
  if (answers_.size() >= kMostAnswers || bytes_ + bytes > kMostBytes) {
    answers_.clear();
    bytes_ = 0;
  }
  if (answers_.emplace(std::move(key), std::move(response)).second) bytes_ += bytes;
}

}  // namespace harden::daemon
