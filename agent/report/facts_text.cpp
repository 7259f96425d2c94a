// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "agent/core/text.h"
#include "agent/report/report.h"
#include "agent/report/terminal.h"

namespace harden {
namespace {

constexpr std::size_t kMostEntries = 12;  // of a map or list, unless it was named
constexpr std::size_t kWidestName = 40;

std::string error_text(const Value& value) {
  const Error& error = value.missing().front().error;
  return "unknown, " + std::string(to_string(error.code)) + ": " + error.message;
}

std::string value_text(const Value& value) {
  return value.is(Value::Kind::unknown) ? error_text(value) : to_text(value);
}

std::string row(std::string_view name, std::size_t name_width, const Value& value, std::string_view source,
                const Style& style) {
  const bool unknown = value.is(Value::Kind::unknown);
  const std::string text = text::printable(value_text(value));
  std::string out = plain(name, name_width) + "  " + painted(text, unknown ? Paint::yellow : Paint::none, style);
  if (!source.empty()) out += painted("  <- " + plain(source), Paint::dim, style);
  return out + "\n";
}

std::string hidden(std::size_t count, const Fact& fact) {
  return "  … " + std::to_string(count) + " more: hardenctl facts " + plain(fact.name) + "\n";
}

std::string map_rows(const Fact& fact, bool whole, const Style& style) {
  const auto& entries = fact.value.map().entries();
  std::string out = plain(fact.name) + "  " + std::to_string(entries.size()) + " entries" +
                    painted("  <- " + plain(fact.source), Paint::dim, style) + "\n";
  std::size_t width = 0;
  for (const auto& [key, value] : entries)
    width = std::max(width, key.is(Value::Kind::string) ? cells(plain(key.string())) : 8);
  std::size_t shown = 0;
  for (const auto& [key, value] : entries) {
    if (!whole && shown++ == kMostEntries) return out + hidden(entries.size() - kMostEntries, fact);
    const std::string name = key.is(Value::Kind::string) ? key.string() : to_text(key);
    const auto source = fact.entry_sources.find(name);
    out += "  " + row(name, std::min(width, kWidestName), value,
                      source == fact.entry_sources.end() ? "" : std::string_view(source->second), style);
  }
  return out;
}

std::string list_rows(const Fact& fact, bool whole, const Style& style) {
  const List& list = fact.value.list();
  std::string out = plain(fact.name) + "  " + std::to_string(list.size()) + " entries" +
                    painted("  <- " + plain(fact.source), Paint::dim, style) + "\n";
  std::size_t shown = 0;
  for (const Value& element : list) {
    if (!whole && shown++ == kMostEntries) return out + hidden(list.size() - kMostEntries, fact);
    out += "  " + text::printable(to_text(element)) + "\n";
  }
  return out;
}

bool is_record_list(const Value& value) {
  return value.is(Value::Kind::list) && !value.list().empty() && value.list().front().is(Value::Kind::map);
}

std::string timings(const Facts& facts, const Style& style) {
  std::string text;
  for (const CollectorRun& run : facts.runs()) {
    if (!text.empty()) text += ", ";
    text += run.collector + " " + std::to_string(run.duration.count()) + " µs" + (run.timed_out ? " (timed out)" : "");
  }
  return text.empty() ? "" : "\n" + paragraph(0, "collected in: ", text, style);
}

std::string render(const FactsView& view, const Style& style) {
  std::size_t width = 0;
  for (const auto& [name, fact] : view.facts.all()) width = std::max(width, name.size());
  std::string out;
  for (const auto& [name, fact] : view.facts.all()) {
    if (fact.value.is(Value::Kind::map)) {
      out += map_rows(fact, view.whole, style);
    } else if (is_record_list(fact.value)) {
      out += list_rows(fact, view.whole, style);
    } else {
      out += row(name, width, fact.value, fact.source, style);
    }
  }
  return out + timings(view.facts, style);
}

const RegisterFormat registered(FactsFormat{"text", render});

}  // namespace
}  // namespace harden
