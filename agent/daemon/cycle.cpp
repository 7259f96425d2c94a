// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/cycle.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "agent/answer/events.h"
#include "agent/daemon/differences.h"
#include "agent/daemon/log.h"
#include "agent/report/json.h"
#include "agent/store/verdicts.h"
#include "agent/store/waivers.h"

namespace harden::daemon {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

// A burst is one look: after so long without a sighting, or since the first.
constexpr milliseconds kCalm(20);
constexpr milliseconds kLongestBurst(500);
constexpr seconds kLines(10);
constexpr int kMostLines = 20;  // about drift, in so long a time
constexpr std::size_t kMostDoubts = 4096;
constexpr std::size_t kAllEvents = 1'000'000;

std::string transaction_json(const Transaction& one) {
  json::array policies;
  for (const Transaction::Item& item : one.items) policies.push_back(json_text(item.policy));
  return json::serialize(json::object{{"id", one.id},
                                      {"state", to_string(one.state)},
                                      {"uid", one.uid},
                                      {"policies", std::move(policies)},
                                      {"changes", one.changes.size()},
                                      {"note", json_text(one.note)}});
}

std::optional<BootTime> earliest(std::optional<BootTime> one, std::optional<BootTime> other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

}  // namespace

Cycle::Cycle(const Place& place, Clock clock, EventLog& events, std::shared_ptr<const Config> config, Publish publish)
    : place_(place),
      clock_(clock),
      events_(events),
      config_(std::move(config)),
      publish_(std::move(publish)),
      ledger_(place, clock),
      judge_(place.host),
      guard_(place.host, clock, [this](std::string type, std::string data) { tell(std::move(type), std::move(data)); }),
      crashes_(place.host, clock,
               [this](std::string type, std::string data) { tell(std::move(type), std::move(data)); }) {}

void Cycle::tell(std::string type, std::string data) {
  const auto say = [&](LogLevel level, Message message) {
    log({level, message, answer::event_sentence(type, data), {}, 0, false});
  };
  if (type == "crash") say(LogLevel::error, Message::crashed);
  if (type == "drift" && may_say_drift()) say(LogLevel::warning, Message::drifted);
  events_.tell(std::move(type), std::move(data), clock_.wall());
}

// Of a key that somebody turns over all the time the journal is told now and
// then; the events have all of it.
bool Cycle::may_say_drift() {
  const BootTime now = clock_.boot();
  if (now >= drift_lines_.until) drift_lines_ = {now + kLines, kMostLines};
  if (drift_lines_.left == 0) return false;
  if (--drift_lines_.left > 0) return true;
  log({LogLevel::warning,
       Message::notice,
       "so much drifts that the journal is told no more of it for some seconds; hardenctl watch --after 0 has all of "
       "it",
       {},
       0,
       false});
  return false;
}

void Cycle::start() {
  settle();
  recall_standing();
  remember_what_was_told();
  read_policies();
  scan_crashes();
  sweep();
}

void Cycle::settle() {
  const auto outcomes = ledger_.settle();
  if (!outcomes) {
    log({LogLevel::error, Message::trouble, describe(outcomes.error()), {}, 0, false});
    return;
  }
  for (const Outcome& outcome : *outcomes) {
    log({LogLevel::warning, Message::settled,
         "transaction " + std::to_string(outcome.id) + " was settled: " + std::string(to_string(outcome.state)) +
             (outcome.note.empty() ? "" : " (" + outcome.note + ")"),
         Caller{}, outcome.id, outcome.state == TransactionState::undone});
  }
}

void Cycle::remember_what_was_told() {
  const auto store = ledger_.store();
  const auto kept = store ? kept_verdicts(**store) : std::unexpected(store.error());
  if (kept) told_ = kept->verdicts;
  told_kept_ = kept.has_value();
  for (const Event& event : events_.after(0, kAllEvents)) {
    guard_.remember(event.type, event.data);
    if (kept && event.id > kept->event) remember({event.type, event.data}, told_);
  }
}

void Cycle::sweep(const std::function<void()>& between) {
  next_sweep_ = clock_.boot() + config_->sweep;
  read_policies();
  read_waivers();
  dirt_ = {};
  look_at_what_stands();
  recall_crashes();
  look_at_host(between);
  conclude();
  enforce();
}

// A store that cannot be had is said where waivers are read.
void Cycle::scan_crashes() {
  if (const auto store = ledger_.store()) crashes_.scan(**store, *judge_.policies());
}

void Cycle::recall_crashes() {
  if (const auto store = ledger_.store()) crashes_.recall(**store);
}

void Cycle::read_policies() {
  judge_.load_policies(config_->policies);
  for (const Diagnostic& mistake : judge_.policy_mistakes()) {
    log({LogLevel::warning, Message::trouble, render(mistake), {}, 0, false});
  }
}

void Cycle::read_waivers() {
  const auto store = ledger_.store();
  auto stored = store ? waivers(**store) : std::unexpected(store.error());
  if (!stored) {
    const Error error = with_context(stored.error(), "its waivers cannot be read and count as absent");
    log({LogLevel::warning, Message::trouble, describe(error), {}, 0, false});
  }
  judge_.load_waivers(stored ? *stored : std::vector<Waiver>());
}

// What drifted is put back before anything is judged: it is our transaction
// that holds again, and no other one is needed.
void Cycle::look_at_what_stands() {
  guard_.look_everywhere();
  put_back();
}

void Cycle::look_at_host(const std::function<void()>& between) {
  judge_.collect(between);
  judge_.evaluate(clock_.wall() / 1000);
  evaluated_ = clock_.wall();
}

void Cycle::sight(const std::vector<Sighting>& sightings) {
  if (sightings.empty()) return;
  recall_standing();
  for (const Sighting& sighting : sightings) note(sighting);
  dirt_.last = clock_.boot();
  if (dirt_.first == BootTime()) dirt_.first = dirt_.last;
  put_back();
}

// Facts that are in doubt; of very many, all.
void Cycle::doubt(const Sighting& sighting) {
  if (dirt_.changed.facts.size() > kMostDoubts) dirt_.host = true;
  // What a key's change puts in doubt is the same however often it changes.
  if (sighting.kind == Sighting::Kind::sysctl && !dirt_.keys.insert(sighting.what).second) return;
  if (!dirt_.host) dirt_.changed.facts.merge(judge_.changed_by(sighting).facts);
}

void Cycle::note(const Sighting& sighting) {
  const auto told = [&](const char* type) {
    tell(type, json::serialize(json::object{{"what", json_text(sighting.what)}}));
  };
  switch (sighting.kind) {
    case Sighting::Kind::sysctl:
      guard_.look(sighting, judge_.facts().get());
      doubt(sighting);
      break;
    case Sighting::Kind::engine: told("engine"); [[fallthrough]];
    case Sighting::Kind::interface:
    case Sighting::Kind::module: doubt(sighting); break;
    case Sighting::Kind::policies: dirt_.policies = true; break;
    case Sighting::Kind::waivers: dirt_.waivers = true; break;
    case Sighting::Kind::sysctl_d:
    case Sighting::Kind::modprobe_d:
      doubt(sighting);
      dirt_.drift = true;
      break;
    case Sighting::Kind::crash:
      dirt_.crashes = true;
      doubt(sighting);
      break;
    case Sighting::Kind::kmsg:
      if (const auto store = ledger_.store()) crashes_.take(sighting.what, **store, *judge_.policies());
      dirt_.waivers = true;  // the report is ranked anew
      break;
    case Sighting::Kind::lost:
      told("watch.lost");
      dirt_.host = dirt_.drift = dirt_.policies = dirt_.waivers = true;
      break;
  }
}

void Cycle::look_again(const std::function<void()>& between) {
  const Dirt dirt = std::exchange(dirt_, {});
  if (dirt.policies) {
    read_policies();
    tell("policies", json::serialize(json::object{{"count", judge_.policies()->size()},
                                                  {"mistakes", judge_.policy_mistakes().size()}}));
  }
  if (dirt.policies || dirt.waivers) read_waivers();
  if (dirt.drift) look_at_what_stands();
  if (dirt.crashes) scan_crashes();
  const std::int64_t now = clock_.wall() / 1000;
  if (dirt.host || dirt.policies) {
    look_at_host(between);
  } else if (!dirt.changed.facts.empty()) {
    if (dirt.waivers) judge_.waive(now);
    judge_.refresh(dirt.changed, now);
  } else {
    judge_.waive(now);
  }
  conclude();
  enforce();
}

void Cycle::reconfigure(const std::shared_ptr<const Config>& config) {
  config_ = config;
  guard_.expect(ledger_.standing(), *config_);
  sweep();
}

std::optional<BootTime> Cycle::due() const {
  std::optional<BootTime> due = earliest(next_sweep_, guard_.due());
  if (dirt_.any()) due = earliest(due, std::min(dirt_.last + kCalm, dirt_.first + kLongestBurst));
  return earliest(due, standing_due());
}

// A confirmation that is waited for, and the end of a waiver.
std::optional<BootTime> Cycle::standing_due() const {
  std::optional<BootTime> due;
  const Moment moment = ledger_.now();
  for (const Transaction& one : ledger_.standing()) {
    if (one.state != TransactionState::applied || !one.confirm_within) continue;
    due = earliest(due, clock_.boot() + seconds(seconds_left(one, moment)) + milliseconds(1));
  }
  for (const Waiver& waiver : judge_.waivers()) {
    if (waiver.until > moment.wall) due = earliest(due, clock_.boot() + seconds(waiver.until - moment.wall));
  }
  return due;
}

void Cycle::on_time(const std::function<void()>& between) {
  const BootTime now = clock_.boot();
  put_back();
  const auto overdue = std::ranges::any_of(ledger_.standing(), [&](const Transaction& one) {
    return one.state == TransactionState::applied && is_overdue(one, ledger_.now());
  });
  if (overdue) {
    settle();
    recall_standing();
    dirt_.host = true;
    dirt_.first = dirt_.last = now - kCalm;
  }
  const bool lapsed = std::ranges::any_of(
      judge_.report() ? judge_.report()->findings : std::vector<Finding>(),
      [&](const Finding& finding) { return finding.waiver && finding.waiver->until <= clock_.wall() / 1000; });
  if (lapsed) dirt_.waivers = true;
  if (now >= next_sweep_) return sweep(between);
  if (dirt_.any() && (now >= dirt_.last + kCalm || now >= dirt_.first + kLongestBurst)) look_again(between);
}

// What hardenctl has done on its own counts too.
void Cycle::recall_standing() {
  ledger_.refresh();
  guard_.expect(ledger_.standing(), *config_);
  tell_transactions();
}

void Cycle::tell_transactions() {
  for (const Transaction& one : ledger_.take_moved()) tell("transaction", transaction_json(one));
}

std::vector<Drift> Cycle::drifts() {
  const auto store = ledger_.store();
  if (!store || !ledger_.trouble().empty()) return {};
  auto found = find_drift(*place_.host, **store);
  return found ? std::move(*found) : std::vector<Drift>();
}

std::shared_ptr<const CheckReport> Cycle::report_with_strikes() const {
  if (crashes_.strikes().empty()) return judge_.report();
  auto report = std::make_shared<CheckReport>(*judge_.report());
  apply_strikes(*report, crashes_.strikes(), clock_.wall() / 1000);
  return report;
}

void Cycle::conclude() {
  recall_standing();
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->generation = ++generation_;
  snapshot->time = clock_.wall();
  snapshot->policies = judge_.policies();
  snapshot->policy_mistakes = judge_.policy_mistakes();
  snapshot->facts = judge_.facts();
  snapshot->report = report_with_strikes();
  snapshot->crashes = crashes_.kept();
  snapshot->waivers = judge_.waivers();
  snapshot->waiver_mistakes = judge_.waiver_mistakes();
  snapshot->standing = ledger_.standing();
  snapshot->drifts = drifts();
  snapshot->contested = guard_.contested(clock_.boot());
  snapshot->store_trouble = ledger_.trouble();
  snapshot->evaluation = judge_.evaluation();
  snapshot->evaluated = evaluated_;
  snapshot_ = std::move(snapshot);
  publish_(snapshot_);
  tell_differences();
}

void Cycle::tell_differences() {
  for (const Telling& telling : differences(told_, *judge_.report())) {
    log({LogLevel::info, Message::finding, answer::event_sentence(telling.type, telling.data), {}, 0, true});
    tell(telling.type, telling.data);
  }
  auto verdicts = verdicts_of(*judge_.report());
  if (told_kept_ && verdicts == told_) return;
  told_ = std::move(verdicts);
  const auto store = ledger_.store();
  told_kept_ = store && keep_verdicts(**store, {told_, events_.last()});
}

}  // namespace harden::daemon
