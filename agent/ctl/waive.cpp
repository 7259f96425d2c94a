// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "agent/answer/waivers.h"
#include "agent/ctl/backend.h"
#include "agent/ctl/verb.h"
#include "agent/ctl/waivers.h"
#include "agent/report/json.h"
#include "agent/store/waivers.h"

namespace harden::ctl {
namespace {

struct Options {
  HostOption host;
  PolicyOption policies;
  StateOption state;
  ClockOption clock;
  StyleOption style;
  DaemonOption daemon;
  std::string id;
  std::string reason;
  std::string until;
  std::string length;
  std::string owner;
  std::string format = "text";
};

bool own(const Options& options) {
  return is_own(options.host, options.state, options.clock) || options.policies.named();
}

answer::Show show_of(const Options& options) { return {options.format, options.style.style()}; }

Result<std::unique_ptr<Store>> writable(const Options& options, const Host& host) {
  const auto path = options.state.path(host, options.host);
  if (!path) return std::unexpected(path.error());
  return open_store(*path);
}

Question adding(const answer::WaiverRequest& request) {
  boost::json::object body{{"policy", json_text(request.policy)}, {"reason", json_text(request.reason)}};
  if (!request.owner.empty()) body["owner"] = json_text(request.owner);
  if (!request.until.empty()) body["until"] = json_text(request.until);
  if (!request.length.empty()) body["for"] = json_text(request.length);
  return {"POST", "/v1/waivers", {}, boost::json::serialize(body), true};
}

ExitStatus add(const Options& options) {
  const std::int64_t now = options.clock.now();
  const answer::WaiverRequest request{options.id, options.reason, options.owner, options.until, options.length};
  const auto waiver = answer::waiver_of(request, now);
  if (!waiver) return give_up(waiver.error());
  const auto asked = options.daemon.answer(adding(request).shown(options.format, options.style), own(options));
  if (asked) return *asked;
  const auto loaded = options.policies.load();
  if (!loaded) return give_up(loaded.error());
  if (find_policy(loaded->policies, options.id) == nullptr) return ExitStatus::usage;
  const auto host = options.host.open();
  if (!host) return give_up(host.error());
  const auto store = writable(options, **host);
  if (!store) return give_up(store.error());
  if (auto added = add_waiver(**store, *waiver, now); !added) return give_up(added.error());
  return print(answer::waived_answer(*waiver, now, show_of(options)));
}

ExitStatus list(const Options& options) {
  const Question question = Question{"GET", "/v1/waivers", {}, "", false}.shown(options.format, options.style);
  if (const auto asked = options.daemon.answer(question, own(options))) return *asked;
  const auto host = options.host.open();
  if (!host) return give_up(host.error());
  const auto kept = stored_waivers(**host, options.host, options.state);
  if (!kept) return give_up(kept.error());
  LoadedWaivers files = waivers_of_files(**host);
  std::vector<Waiver> all = std::move(files.waivers);
  all.insert(all.end(), kept->begin(), kept->end());
  return print(answer::waivers_answer(std::move(all), options.clock.now(), files.complete, show_of(options)));
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
  Question question{"DELETE", "/v1/waivers/" + encoded(options.id), {}, "", true};
  const auto asked = options.daemon.answer(std::move(question).shown(options.format, options.style), own(options));
  if (asked) return *asked;
  const auto host = options.host.open();
  if (!host) return give_up(host.error());
  const auto kept = stored_waivers(**host, options.host, options.state);
  if (!kept) return give_up(kept.error());
  const std::string files = files_with(options, **host);
  if (std::ranges::find(*kept, options.id, &Waiver::policy) == kept->end()) return no_waiver(options, *kept, files);
  const auto store = writable(options, **host);
  if (!store) return give_up(store.error());
  if (auto removed = remove_waiver(**store, options.id); !removed) return give_up(removed.error());
  return print(answer::unwaived_answer(options.id, files, show_of(options)));
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
    options->style.add(*verb);
    options->daemon.add(*verb);
    verb->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
    verb->callback([action, run] { *action = run; });
    return verb;
  };
  add_options_of_add(*sub("add", "Leave a finding as it is until a day; it is still shown", add), *options);
  sub("list", "Show every waiver, of the store and of /etc/hardend/waivers.d", list);
  sub("remove", "Take a waiver back", remove)->add_option("ID", options->id, "A policy")->required();
  return [options, action] { return (*action)(*options); };
}

const RegisterVerb registered({"waive", "Answer for leaving a finding as it is", add_verb});

}  // namespace
}  // namespace harden::ctl
