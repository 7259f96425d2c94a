// SPDX-License-Identifier: Apache-2.0
//
// One file of events, oldest first, an event a line, ids growing. Where every
// so many events begin is remembered, so that reading from an id on takes the
// time of what is read and not of the whole file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/host/append_file.h"
#include "harden/event.h"
#include "harden/result.h"

namespace harden::daemon {

class EventFile {
 public:
  // Reads it through, at most `most` bytes, as far as its lines are whole and
  // its ids grow and are above `after`.
  static Result<EventFile> open(const std::string& path, std::uint64_t most, std::uint64_t after);

  Result<> append(const Event& event);
  // Calls `take` with each event that comes after `id`, until it says false.
  void from(std::uint64_t id, const std::function<bool(Event)>& take) const;
  // Throws away what `open` could not read, as far as there is any.
  Result<> cut_damage();
  Result<> clear();
  Result<> sync() const { return file_.sync(); }

  std::uint64_t last() const { return last_; }  // id of the newest; 0: none
  std::uint64_t count() const { return count_; }
  std::uint64_t size() const { return file_.size(); }
  const std::string& path() const { return file_.path(); }

 private:
  struct Mark {
    std::uint64_t id;
    std::uint64_t offset;
  };

  explicit EventFile(AppendFile file) : file_(std::move(file)) {}
  void note(std::uint64_t id, std::uint64_t offset);

  AppendFile file_;
  std::vector<Mark> marks_;
  std::uint64_t count_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t good_ = 0;  // bytes that are events
};

}  // namespace harden::daemon
