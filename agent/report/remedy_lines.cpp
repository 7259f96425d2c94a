// SPDX-License-Identifier: Apache-2.0
#include "agent/report/remedy_lines.h"

#include <boost/json/array.hpp>

#include "agent/report/json.h"
#include "agent/report/terminal.h"

namespace harden {
namespace {

std::string state_of(const RemedyView& remedy) {
  if (!remedy.in_force) return "cannot be told";
  return *remedy.in_force ? "yes" : "no";
}

Paint paint_of(Grade grade) {
  switch (grade) {
    case Grade::prevents:
    case Grade::removes_trigger: return Paint::green;
    case Grade::reduces: return Paint::cyan;
    case Grade::unproven: return Paint::yellow;
    case Grade::ineffective: return Paint::red;
  }
  return Paint::none;
}

}  // namespace

std::string remedy_lines(const RemedyView& remedy, const Style& style) {
  std::string out = "  " + painted(to_string(remedy.grade), paint_of(remedy.grade), style) + "  " +
                    painted(plain(remedy.name), Paint::bold, style) + "\n";
  out += paragraph(4, "do        ", remedy.action, style);
  out += paragraph(4, "because   ", remedy.because, style);
  out += paragraph(4, "in force  ", state_of(remedy), style);
  for (const std::string& impact : remedy.impacts) out += paragraph(4, "price     ", impact, style);
  for (const std::string& impact : remedy.possible_impacts) out += paragraph(4, "price?    ", impact, style);
  out += paragraph(4, "obstacle  ", remedy.obstacle, style);
  if (remedy.needs_reboot) out += paragraph(4, "takes     ", "a reboot", style);
  if (remedy.irreversible) out += paragraph(4, "takes     ", "no way back before the next boot", style);
  return out;
}

boost::json::object to_json(const RemedyView& remedy) {
  namespace json = boost::json;
  return {{"name", json_text(remedy.name)},
          {"kind", to_string(remedy.kind)},
          {"grade", to_string(remedy.grade)},
          {"action", json_text(remedy.action)},
          {"because", json_text(remedy.because)},
          {"in_force", remedy.in_force ? json::value(*remedy.in_force) : json::value()},
          {"impacts", json_texts(remedy.impacts)},
          {"possible_impacts", json_texts(remedy.possible_impacts)},
          {"obstacle", json_text(remedy.obstacle)},
          {"needs_reboot", remedy.needs_reboot},
          {"irreversible", remedy.irreversible}};
}

}  // namespace harden
