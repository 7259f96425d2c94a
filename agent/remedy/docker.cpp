// SPDX-License-Identifier: Apache-2.0
//
// Options of dockerd, as daemon.json calls them.
#include <array>

#include "agent/remedy/remedy.h"

namespace harden {
namespace {

struct Option {
  std::string_view key;  // of daemon.json
  const char* field;     // of docker.engines
};

// The options whose present value the collector can see.
constexpr std::array<Option, 3> kSeen{{
    {"userland-proxy", "userland_proxy"},
    {"live-restore", "live_restore"},
    {"ipv6", "ipv6"},
}};

bool is_docker(const Value& engine) {
  const Value* name = engine.is(Value::Kind::map) ? engine.map().find("engine") : nullptr;
  return name != nullptr && *name == Value("docker");
}

Answer has_option(const Value& engine, const std::string& key, const std::string& json) {
  for (const Option& option : kSeen) {
    if (option.key != key) continue;
    const Value* seen = engine.map().find(option.field);
    if (seen == nullptr) break;
    if (seen->is(Value::Kind::unknown)) return Answer::unknown(seen->missing());
    return Answer::of(to_text(*seen) == json);
  }
  return Answer::unknown({{"docker.engines", {Errc::unsupported, "the engine does not say its " + key, key}}});
}

std::string action(const Remedy& remedy) {
  std::string out = "daemon.json:";
  for (const auto& [key, json] : remedy.docker) out += " \"" + key + "\": " + json;
  return out;
}

Answer in_force(const Remedy& remedy, const Facts& facts) {
  const Value* engines = facts.value("docker.engines");
  if (engines == nullptr) return Answer::unknown({{"docker.engines", {Errc::failed, "not collected", ""}}});
  if (!engines->is(Value::Kind::list)) return Answer::unknown(engines->missing());
  std::vector<Answer> answers;
  for (const Value& engine : engines->list()) {
    if (!is_docker(engine)) continue;
    for (const auto& [key, json] : remedy.docker) answers.push_back(has_option(engine, key, json));
  }
  return answers.empty() ? Answer::of(false) : all_of(answers);
}

std::string obstacle(const Remedy&, const Facts& facts) {
  const Value* engines = facts.value("docker.engines");
  if (engines == nullptr || !engines->is(Value::Kind::list)) return {};
  for (const Value& engine : engines->list()) {
    if (is_docker(engine)) return {};
  }
  return "there is no Docker engine on this host";
}

std::vector<std::string> price(const Remedy&) {
  return {"takes a restart of dockerd, which stops every container where live-restore is off"};
}

const RegisterRemedyRules registered{
    {.kind = RemedyKind::docker, .action = action, .in_force = in_force, .obstacle = obstacle, .price = price}};

}  // namespace
}  // namespace harden
