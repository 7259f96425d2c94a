// SPDX-License-Identifier: Apache-2.0
//
// What the formats for monitors share: Nagios, Icinga and their kin
// (nagios-plugins.org, "Development Guidelines"), and custom plugins of
// Kubernetes' node-problem-detector.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace harden::monitor {

// Their exit statuses.
enum class State { ok, warning, critical, unknown };

// "HARDEND CRITICAL - TEXT | a=1 b=2", one line. The text may hold anything.
std::string nagios_line(State state, const std::string& text, const std::vector<std::pair<const char*, int>>& numbers);

// "2 exposed (a, b)": of many names the first five.
std::string counted(const char* word, const std::vector<std::string>& names);

// "HEAD a, b +3": the names as far as they fit into the 80 bytes that
// node-problem-detector keeps of a message (max_output_length of
// docs/custom_plugin_monitor.md), the first one shortened if need be, and how
// many more there are.
std::string fitted(const std::string& head, const std::vector<std::string>& names);

}  // namespace harden::monitor
