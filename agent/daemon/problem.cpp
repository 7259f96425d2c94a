// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/problem.h"

#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "agent/core/text.h"

namespace harden::daemon {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 26> kReasons{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
}};

// A JSON string; what the caller sent may be no UTF-8 at all.
std::string quoted(std::string_view text) { return boost::json::serialize(boost::json::string(text::printable(text))); }

}  // namespace

std::string_view reason_of(int status) {
  for (const auto& [number, reason] : kReasons) {
    if (number == status) return reason;
  }
  return "";
}

Response problem(int status, std::string_view detail, std::string_view hint, std::string_view members) {
  std::string body = R"({"type":"about:blank","title":)" + quoted(reason_of(status)) +
                     ",\"status\":" + std::to_string(status) + ",\"detail\":" + quoted(detail);
  if (!hint.empty()) body += ",\"hint\":" + quoted(hint);
  if (!members.empty()) body.append(",").append(members);
  body += "}\n";
  return answer(status, std::move(body), "application/problem+json");
}

Response answer(int status, std::string body, std::string_view type) {
  return answer(status, std::make_shared<const std::string>(std::move(body)), type);
}

Response answer(int status, std::shared_ptr<const std::string> body, std::string_view type) {
  Response response;
  response.status = status;
  response.headers.emplace_back("Content-Type", type);
  response.body = std::move(body);
  return response;
}

}  // namespace harden::daemon
