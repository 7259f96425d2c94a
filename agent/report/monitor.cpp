// SPDX-License-Identifier: Apache-2.0
#include "agent/report/monitor.h"

#include <algorithm>

#include "agent/core/text.h"

namespace harden::monitor {
namespace {

constexpr std::size_t kMostNames = 5;
constexpr std::size_t kMostBytes = 80;

const char* word_for(State state) {
  switch (state) {
    case State::ok: return "OK";
    case State::warning: return "WARNING";
    case State::critical: return "CRITICAL";
    case State::unknown: break;
  }
  return "UNKNOWN";
}

// A '|' ends the text and begins the performance data.
std::string harmless(std::string_view text) {
  std::string out = text::printable(text);
  for (char& c : out) c = c == '|' ? '/' : c;
  return out;
}

// ASCII alone, so that no character is cut in two.
std::string shortened(std::string text, std::size_t bytes) {
  for (char& c : text) c = static_cast<unsigned char>(c) < 0x80 ? c : '?';
  return text.substr(0, bytes - std::min<std::size_t>(bytes, 3)) + "...";
}

}  // namespace

std::string nagios_line(State state, const std::string& text, const std::vector<std::pair<const char*, int>>& numbers) {
  std::string line = std::string("HARDEND ") + word_for(state) + " - " + harmless(text) + " |";
  for (const auto& [name, number] : numbers) line += " " + std::string(name) + "=" + std::to_string(number);
  return line + "\n";
}

std::string counted(const char* word, const std::vector<std::string>& names) {
  std::string list;
  for (std::size_t i = 0; i < names.size() && i < kMostNames; ++i) list += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMostNames) list += " and " + std::to_string(names.size() - kMostNames) + " more";
  return std::to_string(names.size()) + " " + word + (list.empty() ? "" : " (" + list + ")");
}

std::string fitted(const std::string& head, const std::vector<std::string>& names) {
  std::string line = head;
  std::size_t told = 0;
  for (const std::string& each : names) {
    const std::string name = (told == 0 ? " " : ", ") + text::printable(each);
    const std::string rest = " +" + std::to_string(names.size() - told - 1);
    const bool last = told + 1 == names.size();
    const std::size_t room = kMostBytes - std::min(kMostBytes, line.size() + (last ? 0 : rest.size()));
    if (name.size() > room && told > 0) break;
    line += name.size() > room ? shortened(name, room) : name;
    ++told;
  }
  if (told < names.size()) line += " +" + std::to_string(names.size() - told);
  return line;
}

}  // namespace harden::monitor
