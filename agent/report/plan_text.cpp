// SPDX-License-Identifier: Apache-2.0
//
// A plan for a person: what is done for which finding and why, what it costs
// here, every change with what is there now, and what is left to do by hand.
#include <algorithm>

#include "agent/core/text.h"
#include "agent/report/report.h"
#include "agent/report/terminal.h"

namespace harden {
namespace {

constexpr std::size_t kMargin = 2;

std::string flags(const RemedyView& view) {
  std::string out;
  if (view.needs_reboot) out += ", takes a reboot";
  if (view.irreversible) out += ", cannot be taken back before the next boot";
  return out;
}

std::string remedy_text(const PlannedRemedy& planned, const Style& style) {
  const RemedyView& view = planned.view;
  std::string out = painted(plain(planned.policy), Paint::bold, style) + "  " + plain(view.name) + " (" +
                    std::string(to_string(view.kind)) + ", " + std::string(to_string(view.grade)) + flags(view) + ")\n";
  out += paragraph(kMargin, "does   ", view.action, style);
  out += paragraph(kMargin, "worth  ", view.because, style);
  out += paragraph(kMargin, "why    ", planned.why, style);
  for (const std::string& text : view.impacts) out += paragraph(kMargin, "price  ", text, style);
  for (const std::string& text : view.possible_impacts) out += paragraph(kMargin, "price? ", text, style);
  for (const std::string& text : planned.passed_over) out += paragraph(kMargin, "not    ", text, style);
  return out + "\n";
}

std::string shown(const std::optional<std::string>& content) {
  if (!content) return "not there";
  return content->empty() ? "empty" : plain(*content);
}

std::string change_text(const PlannedChange& planned, std::size_t number, const Style& style) {
  const Change& change = planned.change;
  std::string out = plain(std::to_string(number) + ".", 4);
  switch (change.layer) {
    case Layer::runtime:
      out += plain(change.what) + ": " + shown(change.before) + " -> " + shown(change.after);
      if (change.before == change.after) out += " (kept as it is)";
      break;
    case Layer::folder: out += "make the folder " + plain(change.path); break;
    case Layer::module: out += "unload " + plain(change.what); break;
    case Layer::file: {
      const char* verb = !change.before ? "make " : !change.after ? "take away " : "replace ";
      out += verb + plain(change.path);
      break;
    }
  }
  out += "\n";
  // A place is one; all else is a sentence of its own.
  out += paragraph(4, planned.source.starts_with('/') ? "now from " : "", planned.source, style);
  if (change.layer != Layer::file || !change.after) return out;
  for (const std::string_view line : text::lines(*change.after)) {
    if (!line.starts_with('#')) out += "      " + plain(line) + "\n";
  }
  return out;
}

std::string list_of(const char* title, const std::vector<std::string>& texts, Paint paint, const Style& style) {
  if (texts.empty()) return {};
  std::string out = painted(title, paint, style) + "\n";
  for (const std::string& text : texts) out += paragraph(kMargin, "- ", text, style);
  return out + "\n";
}

std::string rest(const Plan& plan) {
  std::string out;
  if (plan.has_impact) out += " --accept-impact";
  if (plan.irreversible) out += " --accept-irreversible";
  return out;
}

std::string closing(const Plan& plan) {
  if (!plan.conflicts.empty()) return "This plan cannot be applied: see the conflicts.\n";
  if (plan.changes.empty()) return plan.by_hand.empty() ? "Nothing to do.\n" : "Nothing that hardend can change.\n";
  const std::size_t count = plan.changes.size();
  return std::to_string(count) + (count == 1 ? " change" : " changes") + (plan.needs_reboot ? ", takes a reboot" : "") +
         ". digest " + plan.digest + "\n" + "hardenctl apply with the same arguments carries it out" +
         (rest(plan).empty() ? "" : "; it asks for" + rest(plan)) + ".\n";
}

std::string render(const Plan& plan, const Style& style) {
  std::string out;
  for (const PlannedRemedy& planned : plan.remedies) out += remedy_text(planned, style);
  if (!plan.changes.empty()) out += painted("Changes, in this order", Paint::bold, style) + "\n";
  for (std::size_t i = 0; i < plan.changes.size(); ++i) out += change_text(plan.changes[i], i + 1, style);
  if (!plan.changes.empty()) out += "\n";
  std::vector<std::string> pending;
  for (const PendingKey& one : plan.pending) {
    pending.push_back(one.key + " does not exist until the module " + one.module +
                      " is loaded; the file sets it when something applies it then");
  }
  std::vector<std::string> unplanned;
  for (const Unplanned& one : plan.unplanned) unplanned.push_back(one.policy + ": " + one.because);
  out += list_of("Pending", pending, Paint::yellow, style);
  out += list_of("Warnings", plan.warnings, Paint::yellow, style);
  out += list_of("Conflicts", plan.conflicts, Paint::red, style);
  out += list_of("Not planned", unplanned, Paint::none, style);
  out += list_of("By hand, afterwards", plan.by_hand, Paint::bold, style);
  return out + closing(plan);
}

const RegisterFormat registered(PlanFormat{"text", render});

}  // namespace
}  // namespace harden
