// SPDX-License-Identifier: Apache-2.0
//
// What the daemon says to whoever runs it: one sentence, what it is about, and
// for a change who asked for it. Where it goes is for `main` to say; before
// that, and in tests, nowhere.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agent/daemon/config.h"
#include "agent/daemon/operations.h"

namespace harden::daemon {

// Each has an id that the journal's catalog (dist/catalog) explains.
enum class Message {
  started,
  stopping,
  reloaded,
  reload_refused,
  changed,         // something on the host, by a transaction
  change_refused,  // asked for, and not begun
  noted,           // a waiver or an acknowledgement, by somebody: the host is as it was
  settled,
  drifted,
  put_back,
  contested,
  finding,
  crashed,  // the kernel, now or in an earlier boot
  trouble,
  notice,
};

// 32 hex digits, as sd-id128(3) has them.
std::string_view message_id(Message message);

struct Record {
  LogLevel level = LogLevel::info;
  Message message = Message::notice;
  std::string text;  // a sentence, not escaped
  std::optional<Caller> caller;
  std::int64_t transaction = 0;  // 0: about none
  bool succeeded = true;         // of a change
};

// May be called by several threads.
void log(const Record& record);

// Replaces what records are given to. To be called before other threads are.
void set_log(std::function<void(const Record&)> sink);

}  // namespace harden::daemon
