// SPDX-License-Identifier: Apache-2.0
//
// The documents that dist/schema/policies.schema.json and host.schema.json
// describe.
#include "agent/answer/policies.h"

#include <algorithm>
#include <boost/json/array.hpp>

#include "agent/report/json.h"
#include "agent/report/terminal.h"

namespace harden::answer {
namespace {

namespace json = boost::json;

std::string list_json(const std::vector<Policy>& policies) {
  json::array array;
  for (const Policy& policy : policies) {
    array.push_back(json::object{{"id", json_text(policy.id)},
                                 {"kind", to_string(policy.kind)},
                                 {"severity", to_string(policy.severity)},
                                 {"title", json_text(policy.title)},
                                 {"file", json_text(policy.file)}});
  }
  return pretty(json::object{{"schema", kSchemaVersion}, {"policies", std::move(array)}});
}

std::string list_text(const std::vector<Policy>& policies, const Style& style) {
  std::size_t width = 0;
  for (const Policy& policy : policies) width = std::max(width, cells(policy.id));
  std::string out;
  for (const Policy& policy : policies) {
    const std::size_t used = width + 2 + 10 + 9;
    const auto columns = static_cast<std::size_t>(style.width);
    out += plain(policy.id, width + 2) + plain(to_string(policy.severity), 10) + plain(to_string(policy.kind), 9) +
           shortened(policy.title, columns > used + 20 ? columns - used : 20) + "\n";
  }
  return out;
}

std::string host_text(const HostSummary& host) {
  std::string out;
  for (const auto& [label, value] : {std::pair("system", &host.os), std::pair("kernel", &host.kernel),
                                     std::pair("package", &host.package), std::pair("root", &host.root)}) {
    if (!value->empty()) out += plain(label, 9) + plain(*value) + "\n";
  }
  return out;
}

}  // namespace

Answered policies_answer(const std::vector<Policy>& policies, bool complete, const Show& show) {
  const auto json = is_json(show.format);
  if (!json) return std::unexpected(json.error());
  return shown(*json ? list_json(policies) : list_text(policies, show.style), show.format,
               complete ? ExitStatus::clean : ExitStatus::bad_data);
}

Answered host_answer(const HostSummary& host, const Show& show) {
  const auto json = is_json(show.format);
  if (!json) return std::unexpected(json.error());
  return shown(*json ? pretty(json::object{{"schema", kSchemaVersion}, {"host", to_json(host)}}) : host_text(host),
               show.format);
}

}  // namespace harden::answer
