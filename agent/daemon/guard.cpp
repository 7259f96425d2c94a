// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/guard.h"

#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "agent/core/text.h"
#include "agent/engine/carry.h"
#include "agent/report/json.h"

namespace harden::daemon {
namespace {

namespace json = boost::json;
using Content = std::optional<std::string>;

constexpr std::size_t kMostOthers = 4096;
constexpr std::size_t kLongestShown = 1024;

bool stands(TransactionState state) {
  return state == TransactionState::applied || state == TransactionState::confirmed;
}

bool is_enforced(const Transaction& transaction, const Config& config) {
  return std::ranges::any_of(
      transaction.items, [&](const Transaction::Item& item) { return config.mode_of(item.policy) == Mode::enforce; });
}

json::value shown(const Content& content) {
  if (!content) return nullptr;
  if (content->size() <= kLongestShown) return json_text(*content);
  return json_text(std::string_view(*content).substr(0, kLongestShown));
}

void add_who(json::object& object, const Sighting* sighting) {
  const bool known = sighting != nullptr && sighting->pid > 0;
  object["pid"] = known ? json::value(sighting->pid) : json::value();
  object["comm"] = known ? json::value(json_text(sighting->comm)) : json::value();
}

// What a fact of sysctls has of a key, as the kernel writes it.
Content value_in(const Facts* facts, const std::string& key) {
  const Value* all = facts == nullptr ? nullptr : facts->value("sysctl");
  if (all == nullptr || !all->is(Value::Kind::map)) return std::nullopt;
  for (const auto& [name, value] : all->map().entries()) {
    if (!name.is(Value::Kind::string) || name.string() != key) continue;
    if (value.is(Value::Kind::string)) return value.string();
    if (value.is(Value::Kind::integer)) return std::to_string(value.integer());
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

void Guard::expect(const std::vector<Transaction>& standing, const Config& config) {
  std::map<std::string, Ours, std::less<>> fresh;
  for (const Transaction& transaction : standing) {
    if (!stands(transaction.state)) continue;
    const bool enforced = is_enforced(transaction, config);
    for (const Change& change : transaction.changes) {
      // What was only kept as it was is not ours to watch.
      if (change.before == change.after) continue;
      Ours& ours = fresh[change.path];
      ours.transaction = transaction.id;
      ours.change = change;
      ours.enforced = enforced;
      ours.seen = change.after;
    }
  }
  for (auto& [path, ours] : fresh) {
    const auto old = ours_.find(path);
    if (old == ours_.end() || old->second.change.after != ours.change.after) continue;
    ours.seen = old->second.seen;
    ours.drifted = old->second.drifted;
    ours.fight = old->second.fight;
    if (ours.enforced) ours.put_back = old->second.put_back;
    if (ours.enforced && ours.drifted && !ours.put_back) ours.put_back = ours.fight.due(clock_.boot());
  }
  ours_ = std::move(fresh);
}

void Guard::remember(std::string_view type, std::string_view data) {
  if (type != "drift" && type != "drift.cleared") return;
  boost::system::error_code error;
  const json::value parsed = json::parse(json::string_view(data.data(), data.size()), error);
  const json::object* object = error ? nullptr : parsed.if_object();
  const json::value* path = object == nullptr ? nullptr : object->if_contains("path");
  if (path == nullptr || !path->is_string()) return;
  const auto found = ours_.find(std::string_view(path->get_string()));
  const json::value* now = object->if_contains("now");
  if (found == ours_.end() || now == nullptr) return;
  Ours& ours = found->second;
  ours.drifted = type == "drift";
  ours.seen = now->is_string() ? Content(std::string(now->get_string())) : std::nullopt;
  // Of a long one only the beginning was told.
  if (!ours.drifted) ours.seen = ours.change.after;
}

void Guard::look(const Sighting& sighting, const Facts* facts) {
  // What hardend writes itself it has verified, and somebody may have written
  // since: that is another sighting, with another's name.
  if (sighting.pid == ::getpid()) {
    others_.erase(sighting.what);
    return;
  }
  const std::string path = "/proc/sys/" + text::separators_swapped(sighting.what);
  const auto found = ours_.find(path);
  if (found != ours_.end()) return look(found->second, &sighting);
  look_at_other(sighting, path, facts);
}

void Guard::look_everywhere() {
  for (auto& [path, ours] : ours_) look(ours, nullptr);
}

void Guard::look(Ours& ours, const Sighting* sighting) {
  const auto now = content_of(*host_, ours.change.layer, ours.change.path);
  if (now) settle(ours, *now, sighting);
}

void Guard::settle(Ours& ours, const Content& now, const Sighting* sighting) {
  // A key that went with its interface or module has not drifted.
  const bool gone = !now && ours.change.layer == Layer::runtime;
  const bool holds = gone || same_content(ours.change.layer, now, ours.change.after);
  if (holds) ours.put_back.reset();
  if (!holds && ours.enforced && !ours.put_back) ours.put_back = ours.fight.due(clock_.boot());
  const bool same = same_content(ours.change.layer, now, ours.seen) || shown(now) == shown(ours.seen);
  if (holds == !ours.drifted && (holds || same)) return;
  json::object object{{"what", json_text(ours.change.what)},
                      {"path", json_text(ours.change.path)},
                      {"layer", to_string(ours.change.layer)},
                      {"transaction", ours.transaction},
                      {"wanted", shown(ours.change.after)},
                      {"before", shown(ours.seen)},
                      {"now", shown(now)}};
  add_who(object, sighting);
  ours.seen = now;
  ours.drifted = !holds;
  tell_(holds ? "drift.cleared" : "drift", json::serialize(object));
}

void Guard::look_at_other(const Sighting& sighting, const std::string& path, const Facts* facts) {
  const auto now = content_of(*host_, Layer::runtime, path);
  if (!now || !*now) return;
  const auto known = others_.find(sighting.what);
  const Content before = known == others_.end() ? value_in(facts, sighting.what) : Content(known->second);
  if (known == others_.end() && others_.size() >= kMostOthers) others_.clear();
  others_[sighting.what] = **now;
  if (same_content(Layer::runtime, before, *now)) return;
  json::object object{{"key", json_text(sighting.what)}, {"before", shown(before)}, {"now", shown(*now)}};
  add_who(object, &sighting);
  tell_("sysctl", json::serialize(object));
}

std::optional<BootTime> Guard::due() const {
  std::optional<BootTime> first;
  for (const auto& [path, ours] : ours_) {
    if (ours.put_back && (!first || *ours.put_back < *first)) first = ours.put_back;
  }
  return first;
}

std::vector<Guard::Ours*> Guard::take_due(BootTime now) {
  std::vector<Ours*> due;
  for (auto& [path, ours] : ours_) {
    if (!ours.put_back || *ours.put_back > now) continue;
    due.push_back(&ours);
    ours.put_back.reset();
  }
  return due;
}

bool Guard::struck(Ours& ours, BootTime now) {
  const bool fight = ours.fight.strike(now);
  look(ours, nullptr);
  return fight;
}

std::vector<std::int64_t> Guard::drifted() const {
  std::vector<std::int64_t> transactions;
  for (const auto& [path, ours] : ours_) {
    if (ours.drifted) transactions.push_back(ours.transaction);
  }
  return transactions;
}

std::vector<std::string> Guard::contested(BootTime now) const {
  std::vector<std::string> names;
  for (const auto& [path, ours] : ours_) {
    if (ours.fight.contested(now)) names.push_back(ours.change.what);
  }
  return names;
}

}  // namespace harden::daemon
