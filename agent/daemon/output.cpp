// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/output.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "agent/core/text.h"
#include "agent/daemon/service.h"
#include "harden/exit_status.h"

namespace harden::daemon {
namespace {

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::debug: return spdlog::level::debug;
  }
  return spdlog::level::info;
}

bool is_change(Message message) {
  switch (message) {
    case Message::changed:
    case Message::change_refused:
    case Message::noted:
    case Message::settled:
    case Message::put_back: return true;
    case Message::started:
    case Message::stopping:
    case Message::reloaded:
    case Message::reload_refused:
    case Message::drifted:
    case Message::contested:
    case Message::finding:
    case Message::crashed:
    case Message::trouble:
    case Message::notice: return false;
  }
  return false;
}

}  // namespace

Output::Output(LogLevel least) : least_(least), journal_(service::is_journal()) {
  stderr_ = std::make_shared<spdlog::logger>("hardend", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  stderr_->set_pattern("%n: %l: %v");
  stderr_->set_level(spdlog::level::trace);
  set_log([this](const Record& record) { write(record); });
}

Output::~Output() { set_log({}); }

void Output::write(const Record& record) {
  show(record);
  if (!is_change(record.message)) return;
  std::string trouble;
  {
    const std::lock_guard lock(mutex_);
    trouble = audit_.write(record);
  }
  if (!trouble.empty()) show({LogLevel::info, Message::notice, trouble, {}, 0, false});
}

void Output::show(const Record& record) {
  if (record.level > least_) return;
  if (journal_) return service::to_journal(record);
  stderr_->log(level_of(record.level), "{}", text::printable(record.text));
}

int Output::give_up(const Error& error) {
  show({LogLevel::error, Message::trouble, describe(error), {}, 0, false});
  return static_cast<int>(error.code == Errc::denied ? ExitStatus::not_permitted : ExitStatus::failed);
}

}  // namespace harden::daemon
