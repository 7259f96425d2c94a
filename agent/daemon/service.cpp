// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/service.h"

#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

#include <cstdlib>
#include <ctime>

#include "agent/core/text.h"

namespace harden::daemon::service {
namespace {

int priority_of(LogLevel level) {
  switch (level) {
    case LogLevel::error: return LOG_ERR;
    case LogLevel::warning: return LOG_WARNING;
    case LogLevel::info: return LOG_INFO;
    case LogLevel::debug: return LOG_DEBUG;
  }
  return LOG_INFO;
}

// A line feed would be the end of the status.
std::string status_line(const std::string& text) { return "STATUS=" + text::printable(text); }

void notify(const std::string& state) { (void)sd_notify(0, state.c_str()); }

}  // namespace

void ready(const std::string& text) { notify("READY=1\n" + status_line(text)); }
void status(const std::string& text) { notify(status_line(text)); }
void stopping() { notify("STOPPING=1"); }
void alive() { notify("WATCHDOG=1"); }

void reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t microseconds = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

std::optional<std::chrono::microseconds> watchdog() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0 || microseconds == 0) return std::nullopt;
  return std::chrono::microseconds(microseconds);
}

std::vector<Descriptor> sockets() {
  std::vector<Descriptor> sockets;
  const int count = sd_listen_fds(1);
  for (int i = 0; i < count; ++i) sockets.emplace_back(SD_LISTEN_FDS_START + i);
  return sockets;
}

// "DEVICE:INODE" of what standard error was when the manager started us.
bool is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status = {};
  if (stream == nullptr || ::fstat(2, &status) != 0) return false;
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) == stream;
}

void to_journal(const Record& record) {
  std::vector<std::string> fields{"MESSAGE=" + text::printable(record.text),
                                  "MESSAGE_ID=" + std::string(message_id(record.message)),
                                  "PRIORITY=" + std::to_string(priority_of(record.level))};
  if (record.transaction != 0) fields.push_back("HARDEND_TRANSACTION=" + std::to_string(record.transaction));
  if (record.caller) {
    fields.push_back("HARDEND_CALLER_UID=" + std::to_string(record.caller->uid));
    fields.push_back("HARDEND_CALLER_PID=" + std::to_string(record.caller->pid));
  }
  std::vector<iovec> parts;
  for (std::string& field : fields) parts.push_back({field.data(), field.size()});
  (void)sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
}

}  // namespace harden::daemon::service
