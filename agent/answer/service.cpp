// SPDX-License-Identifier: Apache-2.0
#include "agent/answer/service.h"

#include <algorithm>
#include <boost/json/array.hpp>

#include "agent/core/calendar.h"
#include "agent/report/json.h"
#include "agent/report/terminal.h"

namespace harden::answer {
namespace {

namespace json = boost::json;

constexpr std::size_t kLabel = 17;
constexpr std::size_t kMostMistakes = 20;  // the files of a folder may all be bad

std::string_view to_string(Watcher::State state) {
  switch (state) {
    case Watcher::State::watching: return "watching";
    case Watcher::State::absent: return "absent";
    case Watcher::State::failed: return "failed";
  }
  return "";
}

std::vector<const Transaction*> of_state(const ServiceView& view, std::initializer_list<TransactionState> states) {
  std::vector<const Transaction*> some;
  for (const Transaction& one : view.standing) {
    if (std::ranges::find(states, one.state) != states.end()) some.push_back(&one);
  }
  return some;
}

std::vector<const Transaction*> stuck(const ServiceView& view) { return of_state(view, {TransactionState::stuck}); }
std::vector<const Transaction*> waiting(const ServiceView& view) { return of_state(view, {TransactionState::applied}); }
std::vector<const Transaction*> cut_short(const ServiceView& view) {
  return of_state(view, {TransactionState::begun, TransactionState::undoing});
}

// What went wrong, a sentence each.
std::vector<std::string> troubles_of(const ServiceView& view) {
  std::vector<std::string> troubles = view.service.troubles;
  for (const Watcher& watcher : view.service.watchers) {
    if (watcher.state != Watcher::State::failed) continue;
    troubles.push_back(watcher.name + " is not watched" + (watcher.note.empty() ? "" : ": " + watcher.note));
  }
  const std::size_t told = std::min(view.mistakes.size(), kMostMistakes);
  troubles.insert(troubles.end(), view.mistakes.begin(), view.mistakes.begin() + static_cast<std::ptrdiff_t>(told));
  if (told < view.mistakes.size()) {
    troubles.push_back(std::to_string(view.mistakes.size() - told) + " more mistakes; hardenctl policy lint has all");
  }
  return troubles;
}

// What a person should do next, the most pressing first.
std::vector<std::string> advice_of(const ServiceView& view) {
  std::vector<std::string> advice;
  for (const Transaction* one : stuck(view)) {
    advice.push_back("look at the transaction that is stuck: hardenctl history " + std::to_string(one->id));
  }
  for (const Transaction* one : waiting(view)) {
    advice.push_back("keep it or let it be undone in " + std::to_string(seconds_left(*one, view.now)) +
                     " s: hardenctl confirm " + std::to_string(one->id));
  }
  if (!cut_short(view).empty()) advice.emplace_back("bring what was cut short to an end: hardenctl settle");
  if (view.drifts > 0) advice.emplace_back("see what no longer holds: hardenctl drift");
  const bool exposed = view.report != nullptr && std::ranges::any_of(view.report->findings, [](const Finding& one) {
                         return one.verdict == Verdict::exposed && !one.waiver;
                       });
  if (exposed) advice.emplace_back("see what helps, and its price here: hardenctl plan");
  return advice;
}

std::string_view state_of(const ServiceView& view) {
  if (view.report == nullptr) return "starting";
  const bool well = stuck(view).empty() && cut_short(view).empty() && troubles_of(view).empty();
  return well ? "ok" : "degraded";
}

ExitStatus status_of(const ServiceView& view) {
  const std::string_view state = state_of(view);
  if (state == "ok") return ExitStatus::clean;
  return state == "starting" ? ExitStatus::undecided : ExitStatus::failed;
}

json::array ids_of(const std::vector<const Transaction*>& transactions) {
  json::array ids;
  for (const Transaction* one : transactions) ids.push_back(one->id);
  return ids;
}

json::value summary_json(const ServiceView& view) {
  if (view.report == nullptr) return nullptr;
  const Summary& summary = view.report->summary;
  return {{"exposed", summary.exposed},
          {"mitigated", summary.mitigated},
          {"not_affected", summary.not_affected},
          {"unknown", summary.unknown},
          {"waived", summary.waived}};
}

std::string as_json(const ServiceView& view) {
  json::array watchers;
  for (const Watcher& watcher : view.service.watchers) {
    watchers.push_back(json::object{
        {"name", json_text(watcher.name)}, {"state", to_string(watcher.state)}, {"note", json_text(watcher.note)}});
  }
  const std::chrono::duration<double> evaluation = view.evaluation;
  return pretty(json::object{
      {"schema", kSchemaVersion},
      {"status", state_of(view)},
      {"version", HARDEN_VERSION},
      {"mode", json_text(view.service.mode)},
      {"since", date_time_text(view.service.since / 1000)},
      {"evaluated", view.report == nullptr ? json::value() : json::value(date_time_text(view.evaluated / 1000))},
      {"evaluation_seconds", evaluation.count()},
      {"generation", view.generation},
      {"summary", summary_json(view)},
      {"drift", view.drifts},
      {"standing", view.standing.size()},
      {"waiting", ids_of(waiting(view))},
      {"cut_short", ids_of(cut_short(view))},
      {"stuck", ids_of(stuck(view))},
      {"last_event", view.last_event},
      {"watchers", std::move(watchers)},
      {"troubles", json_texts(troubles_of(view))},
      {"advice", json_texts(advice_of(view))}});
}

std::string count_of(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what);
}

std::string findings_text(const CheckReport& report) {
  const Summary& summary = report.summary;
  return std::to_string(summary.exposed) + " exposed, " + std::to_string(summary.unknown) + " unknown, " +
         std::to_string(summary.mitigated) + " mitigated, " + std::to_string(summary.not_affected) + " not affected, " +
         std::to_string(summary.waived) + " waived";
}

std::string evaluation_text(const ServiceView& view) {
  const auto took = std::chrono::round<std::chrono::milliseconds>(view.evaluation);
  return date_time_text(view.evaluated / 1000) + ", " + count_of(view.report->findings.size(), "policies in ") +
         std::to_string(took.count()) + " ms";
}

std::string transactions_text(const ServiceView& view) {
  std::string text = count_of(view.standing.size(), "applied and not undone");
  if (!waiting(view).empty()) text += ", " + count_of(waiting(view).size(), "waiting to be confirmed");
  if (!cut_short(view).empty()) text += ", " + count_of(cut_short(view).size(), "cut short");
  if (!stuck(view).empty()) text += ", " + count_of(stuck(view).size(), "stuck");
  return text;
}

std::string watchers_text(const ServiceView& view, Watcher::State state) {
  std::string text;
  for (const Watcher& watcher : view.service.watchers) {
    if (watcher.state != state) continue;
    text += (text.empty() ? "" : ", ") + watcher.name + (watcher.note.empty() ? "" : " (" + watcher.note + ")");
  }
  return text;
}

std::string as_text(const ServiceView& view, const Style& style) {
  const auto line = [&](std::string_view label, std::string_view text) {
    return paragraph(0, plain(label, kLabel), text, style);
  };
  const std::string_view state = state_of(view);
  const Paint paint = state == "ok" ? Paint::green : state == "starting" ? Paint::yellow : Paint::red;
  std::string out = plain("hardend " HARDEN_VERSION, kLabel) + painted(state, paint, style) + "\n";
  out += line("mode", view.service.mode + ", since " + date_time_text(view.service.since / 1000));
  if (view.report != nullptr) {
    out += line("last evaluation", evaluation_text(view));
    out += line("findings", findings_text(*view.report));
  }
  out += line("drift", view.drifts == 0 ? "nothing" : count_of(view.drifts, "that no longer hold"));
  out += line("transactions", transactions_text(view));
  out += line("events", "the last one is " + std::to_string(view.last_event));
  out += line("watching", watchers_text(view, Watcher::State::watching));
  out += line("not there", watchers_text(view, Watcher::State::absent));
  for (const std::string& trouble : troubles_of(view)) out += line("trouble", trouble);
  for (const std::string& advice : advice_of(view)) out += line("next", advice);
  return out;
}

}  // namespace

Answered service_answer(const ServiceView& view, const Show& show) {
  const auto json = is_json(show.format);
  if (!json) return std::unexpected(json.error());
  return shown(*json ? as_json(view) : as_text(view, show.style), show.format, status_of(view));
}

}  // namespace harden::answer
