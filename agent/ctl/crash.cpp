// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/App.hpp>
#include <algorithm>

#include "agent/ctl/backend.h"
#include "agent/ctl/common.h"
#include "agent/ctl/crash_ack.h"
#include "agent/ctl/crash_reading.h"
#include "agent/ctl/state.h"
#include "agent/ctl/verb.h"
#include "agent/store/crashes.h"

namespace harden::ctl {
namespace {

constexpr const char* kFooter =
    "Exit status: 0 no crash, 2 a crash of a known bug, 3 a crash that no policy knows or only warnings,\n"
    "1 something could not be read, 64 usage, 65 bad policy, 77 not permitted.\n"
    "With --format nagios 0 none, 1 a crash that no policy knows or warnings, 2 a known bug, 3 unread;\n"
    "with npd 0 none, 1 a crash, 2 unread.";

struct Options {
  HostOption host;
  PolicyOption policies;
  StyleOption style;
  StateOption state;
  ClockOption clock;
  std::vector<std::string> files;
  std::string format = "text";
  bool scan = false;
  bool last = false;
  bool record = false;
};

// What is known outweighs what could not be read, and that outweighs what
// nobody knows: each is also told in words.
ExitStatus status_of(const CrashView& view) {
  if (std::ranges::any_of(view.crashes, is_known)) return ExitStatus::findings;
  const auto denied = [](const Error& error) { return error.code == Errc::denied; };
  if (std::ranges::any_of(view.unread, denied)) return ExitStatus::not_permitted;
  if (!view.unread.empty()) return ExitStatus::failed;
  if (!view.complete) return ExitStatus::bad_data;
  return view.crashes.empty() && view.warnings.empty() ? ExitStatus::clean : ExitStatus::undecided;
}

// Where there is nothing to note no store is made.
Result<> record(const CrashView& view, const Options& options, const Host& host) {
  if (view.crashes.empty()) return {};
  const auto path = options.state.path(host, options.host);
  if (!path) return std::unexpected(path.error());
  const auto store = open_store(*path);
  if (!store) return std::unexpected(store.error());
  std::vector<CrashSighting> sightings;
  for (const ShownCrash& crash : view.crashes) {
    const std::int64_t time = crash.time == 0 ? options.clock.now() : crash.time;
    sightings.push_back({crash.record, crash.matches, crash.source, crash.boot_id, time});
  }
  const auto added = StoredCrashes(**store).add_all(sightings);
  if (!added) return std::unexpected(added.error());
  // Where the daemon is there it is to know now, not with its next sweep.
  (void)DaemonOption().ask({"POST", "/v1/evaluate", {}, "", false}, is_own(options.host, options.state, options.clock));
  return {};
}

ExitStatus show(const Options& options) {
  if (options.files.empty() != (options.scan || options.last)) {
    complain("name a file, or - for the standard input, or say --scan or --last");
    return ExitStatus::usage;
  }
  const auto host = options.host.open();
  if (!host) return give_up(host.error());
  const auto loaded = options.policies.load();
  if (!loaded) return give_up(loaded.error());
  CrashView view = options.files.empty() ? read_host(**host, loaded->policies, options.last)
                                         : read_files(options.files, loaded->policies);
  view.complete = loaded->complete;
  judge_bugs(view, *host, loaded->policies);
  if (options.record) {
    if (auto done = record(view, options, **host); !done) return give_up(done.error());
  }
  // On a terminal the text says so.
  if (options.format != "text" || ::isatty(STDOUT_FILENO) == 0) {
    for (const Error& error : view.unread) complain(describe(error));
  }
  const auto format = std::ranges::find(crash_formats(), options.format, &CrashFormat::name);
  const auto own = format->status == nullptr ? status_of(view) : static_cast<ExitStatus>(format->status(view));
  return print(format->render(view, options.style.style()), own);
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->host.add(command);
  options->policies.add(command);
  options->style.add(command);
  options->state.add(command);
  options->clock.add(command);
  command.footer(kFooter);
  command.add_option("FILE", options->files, "Kernel text (a log, a console) or a vmcore; - reads the standard input");
  command.add_flag("--scan", options->scan, "Look at pstore, kdump's folders and the journal of earlier boots");
  command.add_flag("--last", options->last, "The same, and only the newest that has a crash");
  command.add_flag("--record", options->record, "Note what is found in the store, so that 'check' knows of it");
  std::vector<std::string> formats;
  for (const CrashFormat& format : crash_formats()) formats.push_back(format.name);
  command.add_option("--format", options->format, "How to show the crashes")->check(CLI::IsMember(formats));
  const CrashAck ack = add_crash_ack(command);
  return [options, ack] { return ack.verb->parsed() ? ack.run() : show(*options); };
}

const RegisterVerb registered({"crash", "Say what crashed, which known bug it is and what helps", add});

}  // namespace
}  // namespace harden::ctl
