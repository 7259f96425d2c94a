// SPDX-License-Identifier: Apache-2.0
//
// Options of dockerd, as daemon.json calls them.
#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <map>

#include "agent/core/pretty_json.h"
#include "agent/core/text.h"
#include "agent/remedy/remedy.h"

namespace harden {
namespace {

namespace json = boost::json;

constexpr const char* kFile = "/etc/docker/daemon.json";

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
  for (const auto& [key, json] : remedy.docker) out.append(" \"").append(key).append("\": ").append(json);
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

std::vector<std::string> price(const Remedy&, const Facts&) {
  return {"takes a restart of dockerd, which stops every container where live-restore is off"};
}

// The file as JSON; an object without entries where there is none, or it is
// empty. In words, why it cannot be one.
std::expected<json::object, std::string> parsed(const std::optional<std::string>& text) {
  if (!text || text::trim(*text).empty()) return json::object();
  boost::system::error_code error;
  json::value value = json::parse(*text, error);
  if (error) return std::unexpected(std::string(kFile) + " is not JSON: " + error.message());
  if (!value.is_object()) return std::unexpected(std::string(kFile) + " is not a JSON object");
  return std::move(value.as_object());
}

// A group of options, such as log-opts, keeps those that are not named.
void put(json::value& into, const json::value& wanted) {
  if (!into.is_object() || !wanted.is_object()) {
    into = wanted;
    return;
  }
  for (const auto& [key, value] : wanted.get_object()) put(into.get_object()[key], value);
}

// Whether a value is as it is wanted, whatever else its groups hold.
bool holds(const json::value& value, const json::value& wanted) {
  if (!value.is_object() || !wanted.is_object()) return value == wanted;
  return std::ranges::all_of(wanted.get_object(), [&](const auto& one) {
    const json::value* inner = value.get_object().if_contains(one.key());
    return inner != nullptr && holds(*inner, one.value());
  });
}

// dockerd takes a wrong value for a reason not to start, so two policies that
// want different ones are a conflict.
void merge(const std::vector<Chosen>& chosen, json::object& options, Draft& draft) {
  std::map<std::string, std::vector<std::pair<std::string, json::value>>> wanted_by;
  for (const Chosen& one : chosen) {
    for (const auto& [key, text] : one.remedy->docker) {
      const json::value value = json::parse(text);
      put(options[key], value);
      auto& others = wanted_by[key];
      const auto lost = std::ranges::find_if(others.rbegin(), others.rend(),
                                             [&](const auto& other) { return !holds(options[key], other.second); });
      if (lost != others.rend()) {
        draft.conflicts.push_back(one.policy + " and " + lost->first + " want different values of " + key);
      }
      others.emplace_back(one.policy, value);
    }
  }
}

// What is left to do once the file says what is wanted; it may have been
// written after dockerd had started.
std::string restart(bool changes, const std::vector<Chosen>& chosen, const Facts& facts) {
  std::vector<Answer> answers;
  answers.reserve(chosen.size());
  for (const Chosen& one : chosen) answers.push_back(in_force(*one.remedy, facts));
  const Answer has = all_of(answers);
  if (!changes && has.yes == true) return {};
  const std::string file(kFile);
  if (changes || has.yes == false) {
    return "restart docker (systemctl restart docker), which reads " + file + " only when it starts";
  }
  return "restart docker if it has not been since " + file + " was written: it does not say what it runs with";
}

Draft draft(const std::vector<Chosen>& chosen, const Situation& situation) {
  Draft draft;
  if (situation.runtime_only) {
    draft.conflicts.push_back("dockerd has no options that last until the next boot alone (--runtime-only)");
    return draft;
  }
  const auto own = read_own_file(situation.host, kFile);
  if (!own) return draft.conflicts.push_back(own.error()), draft;
  auto options = parsed(own->before);
  if (!options) return draft.conflicts.push_back(options.error()), draft;
  const json::object before = *options;
  merge(chosen, *options, draft);
  const bool changes = *options != before;
  if (changes) {
    draft.changes.push_back({{Layer::file, kFile, kFile, own->before, pretty(*options)}, "", policies_of(chosen)});
  }
  if (std::string left = restart(changes, chosen, situation.facts); !left.empty()) draft.by_hand.push_back(left);
  return draft;
}

const RegisterRemedyRules registered{{.kind = RemedyKind::docker,
                                      .action = action,
                                      .in_force = in_force,
                                      .obstacle = obstacle,
                                      .price = price,
                                      .draft = draft}};

}  // namespace
}  // namespace harden
