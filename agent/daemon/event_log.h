// SPDX-License-Identifier: Apache-2.0
//
// The events that were told, the newest of them kept in files, so that whoever
// was away can hear them later.
//
// Ids grow by one and are never given twice. Within one boot of the host that
// rests on the files alone: what was written outlives the process. A power cut
// may lose the newest lines; ids are therefore reserved in blocks, with a sync
// before the first of a block is given, and after an unclean boot they go on
// with the next block. Ids that were given and cannot be told again are told as
// one `events.lost`, {"first":N,"last":M}, whose own id is M.
//
// May be used by several threads.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/daemon/event_file.h"
#include "harden/event.h"
#include "harden/host_writer.h"
#include "harden/result.h"

namespace harden::daemon {

class EventLog {
 public:
  struct Bounds {
    std::uint64_t events = 10'000;                 // in one file, of which there are two
    std::uint64_t bytes = std::uint64_t{8} << 20;  // likewise
    std::uint64_t block = 10'000;                  // ids reserved at one time
    std::size_t recent = 512;                      // kept in memory too
    std::size_t data = std::size_t{64} << 10;      // of one event; more is cut out
  };

  // Keeps its files in `folder` ("events", "events.1", "events.next"). A file
  // that is damaged is kept up to the damage, the rest counts as lost.
  static Result<std::unique_ptr<EventLog>> open(const std::string& folder, std::string boot_id, Bounds bounds);
  static Result<std::unique_ptr<EventLog>> open(const std::string& folder, std::string boot_id);
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;
  ~EventLog();  // syncs, and notes that nothing was lost

  // Gives the event its id and keeps it. It is told even where it cannot be
  // kept, as on a full disk; `trouble` says so then.
  Event tell(std::string type, std::string data, std::int64_t time);

  // Called after every event that is told, by whoever told it. To be set before
  // other threads tell.
  void on_tell(std::function<void()> listener) { on_tell_ = std::move(listener); }

  // Those after `id`, oldest first, at most `most` and none beyond `last`.
  std::vector<Event> after(std::uint64_t id, std::size_t most, std::uint64_t last = UINT64_MAX) const;
  std::uint64_t last() const;
  // Why the newest events could not be kept; "" where they were.
  std::string trouble() const;

 private:
  EventLog(std::string folder, std::string boot_id, Bounds bounds, EventFile file);
  void recover();
  void keep(const Event& event);
  void turn_over();
  void reserve(bool clean);
  std::vector<Event> kept(std::uint64_t id, std::size_t most, std::uint64_t last) const;

  std::string folder_;
  std::string boot_id_;
  Bounds bounds_;
  mutable std::mutex mutex_;
  EventFile file_;
  std::optional<EventFile> older_;
  std::unique_ptr<HostWriter> writer_;
  std::uint64_t last_ = 0;     // the id given last
  std::uint64_t ceiling_ = 0;  // ids up to this one are reserved
  std::deque<Event> recent_;   // the newest, without a gap
  std::string trouble_;
  std::function<void()> on_tell_;
};

}  // namespace harden::daemon
