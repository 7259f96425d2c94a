// SPDX-License-Identifier: Apache-2.0
#include "agent/report/sarif.h"

#include <algorithm>

#include "agent/report/json.h"

namespace harden::sarif {
namespace {

namespace json = boost::json;

constexpr const char* kSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

std::string encoded(std::string_view path) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string uri;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").contains(c);
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      uri += c;
    } else {
      uri += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return uri;
}

json::object invocation(const Run& run) {
  json::object object{{"executionSuccessful", run.complete && run.unread.empty()}};
  json::array told;
  for (const std::string& sentence : run.unread) {
    told.push_back({{"level", "error"}, {"message", text_object(sentence)}});
  }
  if (!told.empty()) object["toolExecutionNotifications"] = std::move(told);
  return object;
}

}  // namespace

json::object text_object(std::string_view text) { return {{"text", json_text(text)}}; }

const char* security_severity(Severity severity) {
  switch (severity) {
    case Severity::low: return "2.0";
    case Severity::medium: return "5.5";
    case Severity::high: return "8.0";
    case Severity::critical: break;
  }
  return "9.5";
}

json::object rule(std::string_view id, std::string_view title, json::object properties) {
  return {{"id", json_text(id)},
          {"shortDescription", text_object(title)},
          {"defaultConfiguration", {{"level", "error"}}},
          {"properties", std::move(properties)}};
}

json::array locations(std::string_view path, std::int64_t line) {
  const bool rooted = path.starts_with('/');
  json::object artifact{{"uri", encoded(path.substr(rooted ? 1 : 0))}};
  if (rooted) artifact["uriBaseId"] = "ROOT";
  json::object place{{"artifactLocation", std::move(artifact)},
                     {"region", {{"startLine", std::max<std::int64_t>(line, 1)}}}};
  return {{{"physicalLocation", std::move(place)}}};
}

std::string document(Run run) {
  json::object driver{
      {"name", "hardend"}, {"version", HARDEN_VERSION}, {"semanticVersion", HARDEN_VERSION}, {"rules", {}}};
  driver["rules"] = std::move(run.rules);
  json::object object{
      {"tool", {{"driver", std::move(driver)}}},
      {"invocations", json::array{invocation(run)}},
      {"originalUriBaseIds", {{"ROOT", {{"description", text_object("the root of the host looked at")}}}}},
      {"columnKind", "utf16CodeUnits"},
      {"properties", {{"host", to_json(run.host)}}},
      {"results", std::move(run.results)}};
  return pretty(json::object{{"$schema", kSchema}, {"version", "2.1.0"}, {"runs", json::array{std::move(object)}}});
}

}  // namespace harden::sarif
