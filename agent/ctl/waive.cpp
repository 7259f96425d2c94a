// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <algorithm>
#include <boost/json/array.hpp>

#include "agent/core/calendar.h"
#include "agent/core/text.h"
#include "agent/ctl/verb.h"
#include "agent/ctl/waivers.h"
#include "agent/report/json.h"
#include "agent/report/terminal.h"
#include "agent/store/waivers.h"

namespace harden::ctl {
namespace {

struct Options {
  HostOption host;
  PolicyOption policies;
  StateOption state;
  ClockOption clock;
  StyleOption style;
  std::string id;
  std::string reason;
  std::string until;
  std::string length;
  std::string owner;
  std::string format = "text";
};

ExitStatus misuse(const std::string& message) {
  complain(message);
  return ExitStatus::usage;
}

Result<std::int64_t> end_of(const Options& options) {
  if (!options.until.empty()) return parse_until(options.until);
  const auto length = parse_duration(options.length);
  if (!length) return length;
  return options.clock.now() + *length;
}

Result<std::unique_ptr<Store>> writable(const Options& options, const Host& host) {
  const auto path = options.state.path(host, options.host);
  if (!path) return std::unexpected(path.error());
  return open_store(*path);
}

ExitStatus add(const Options& options) {
  const std::int64_t now = options.clock.now();
  if (options.until.empty() == options.length.empty()) return misuse("say --until DATE or --for TIME, one of them");
  const auto until = end_of(options);
  if (!until) return misuse(until.error().message);
  if (*until <= now) return misuse("until " + until_text(*until) + " is in the past");
  if (text::trim(options.reason).empty()) return misuse("--reason says nothing");
  const auto loaded = options.policies.load();
  if (!loaded) return give_up(loaded.error());
  if (find_policy(loaded->policies, options.id) == nullptr) return ExitStatus::usage;
  const auto host = options.host.open();
  if (!host) return give_up(host.error());
  const auto store = writable(options, **host);
  if (!store) return give_up(store.error());
  const Waiver waiver{options.id, options.reason, options.owner, *until, now, ""};
  if (auto added = add_waiver(**store, waiver, now); !added) return give_up(added.error());
  return print(plain(options.id + " is waived " + describe(waiver)) + "\n");
}

std::string list_json(const std::vector<Waiver>& waivers, std::int64_t now) {
  boost::json::array array;
  for (const Waiver& waiver : waivers) {
    auto object = to_json(waiver);
    object["expired"] = waiver.until <= now;
    array.push_back(std::move(object));
  }
  return pretty(boost::json::object{{"schema", kSchemaVersion}, {"waivers", std::move(array)}});
}

std::string list_text(const std::vector<Waiver>& waivers, std::int64_t now, const Style& style) {
  std::size_t width = 0;
  for (const Waiver& waiver : waivers) width = std::max(width, cells(plain(waiver.policy)));
  std::string out;
  for (const Waiver& waiver : waivers) {
    const std::string label = plain(waiver.policy, width) + (waiver.until <= now ? "  over   " : "  waived ");
    out += paragraph(0, label, describe(waiver), style);
  }
  return out.empty() ? "nothing is waived\n" : out;
}

ExitStatus list(const Options& options) {
  const auto host = options.host.open();
  if (!host) return give_up(host.error());
  const auto kept = stored_waivers(**host, options.host, options.state);
  if (!kept) return give_up(kept.error());
  LoadedWaivers files = waivers_of_files(**host);
  std::vector<Waiver> all = std::move(files.waivers);
  all.insert(all.end(), kept->begin(), kept->end());
  std::ranges::stable_sort(all, {}, &Waiver::policy);
  const std::int64_t now = options.clock.now();
  const bool json = options.format == "json";
  return print(json ? list_json(all, now) : list_text(all, now, options.style.style()),
               files.complete ? ExitStatus::clean : ExitStatus::bad_data);
}

// "/etc/hardend/waivers.d/x.toml, …": where files waive it.
std::string files_with(const Options& options, const Host& host) {
  std::string files;
  for (const Waiver& waiver : load_waivers(host, kWaiverFiles).waivers) {
    if (waiver.policy == options.id) files += (files.empty() ? "" : ", ") + waiver.source;
  }
  return files;
}

ExitStatus no_waiver(const Options& options, const std::vector<Waiver>& kept, const std::string& files) {
  if (!files.empty()) {
    complain("the waiver of '" + options.id + "' stands in " + files + "; take it out there");
    return ExitStatus::failed;
  }
  std::vector<std::string> ids;
  for (const Waiver& waiver : kept) ids.push_back(waiver.policy);
  const std::string near = nearest(options.id, ids);
  complain("there is no waiver of '" + options.id + "'" + (near.empty() ? "" : "; did you mean '" + near + "'?"));
  return ExitStatus::failed;
}

ExitStatus remove(const Options& options) {
  const auto host = options.host.open();
  if (!host) return give_up(host.error());
  const auto kept = stored_waivers(**host, options.host, options.state);
  if (!kept) return give_up(kept.error());
  const std::string files = files_with(options, **host);
  if (std::ranges::find(*kept, options.id, &Waiver::policy) == kept->end()) return no_waiver(options, *kept, files);
  const auto store = writable(options, **host);
  if (!store) return give_up(store.error());
  if (auto removed = remove_waiver(**store, options.id); !removed) return give_up(removed.error());
  if (!files.empty()) complain("'" + options.id + "' is still waived in " + files);
  return print(plain(options.id + " is waived no more" + (files.empty() ? "" : " by the store")) + "\n");
}

void add_options_of_add(CLI::App& verb, Options& options) {
  options.policies.add(verb);
  verb.add_option("ID", options.id, "A policy")->required();
  verb.add_option("--reason", options.reason, "Why it is left as it is")->required();
  verb.add_option("--until", options.until, "2026-12-31 (that day included), or 2026-12-31T12:00:00Z");
  verb.add_option("--for", options.length, "30d, 12h, 5m, 90s or 2w from now");
  verb.add_option("--owner", options.owner, "Who answers for it");
}

Action add_verb(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  const auto action = std::make_shared<ExitStatus (*)(const Options&)>(nullptr);
  command.require_subcommand(1);
  const auto sub = [&](const char* name, const char* summary, ExitStatus (*run)(const Options&)) {
    CLI::App* verb = command.add_subcommand(name, summary);
    options->host.add(*verb);
    options->state.add(*verb);
    options->clock.add(*verb);
    verb->callback([action, run] { *action = run; });
    return verb;
  };
  add_options_of_add(*sub("add", "Leave a finding as it is until a day; it is still shown", add), *options);
  CLI::App* listing = sub("list", "Show every waiver, of the store and of /etc/hardend/waivers.d", list);
  options->style.add(*listing);
  listing->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  sub("remove", "Take a waiver back", remove)->add_option("ID", options->id, "A policy")->required();
  return [options, action] { return (*action)(*options); };
}

const RegisterVerb registered({"waive", "Answer for leaving a finding as it is", add_verb});

}  // namespace
}  // namespace harden::ctl
