// SPDX-License-Identifier: Apache-2.0
//
// What the service manager and the journal are told (sd_notify(3),
// sd_watchdog_enabled(3), sd_listen_fds(3), sd_journal_send(3)). Without them
// each of these does nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "agent/daemon/log.h"
#include "agent/host/descriptor.h"

namespace harden::daemon::service {

void ready(const std::string& status);
void status(const std::string& text);
// The two ends of a reload; the second is `ready`.
void reloading();
void stopping();
void alive();

// How often `alive` has to be said at least; nothing: never.
std::optional<std::chrono::microseconds> watchdog();

// The sockets that the service manager has opened for us.
std::vector<Descriptor> sockets();

// Whether standard error is connected to the journal (JOURNAL_STREAM).
bool is_journal();
// Writes a record with its fields: MESSAGE_ID, PRIORITY, HARDEND_TRANSACTION,
// HARDEND_CALLER_UID, HARDEND_CALLER_PID.
void to_journal(const Record& record);

}  // namespace harden::daemon::service
