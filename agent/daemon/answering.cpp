// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/answering.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "agent/answer/check.h"
#include "agent/answer/transactions.h"
#include "agent/core/calendar.h"
#include "agent/core/text.h"
#include "agent/daemon/problem.h"

namespace harden::daemon {
namespace {

constexpr std::size_t kMostWarnings = 20;
constexpr std::size_t kLongestWarning = 1000;
constexpr int kNarrowest = 20;
constexpr int kWidest = 1000;

void add_status(Response& response, ExitStatus status) {
  response.headers.emplace_back("Hardend-Exit-Status", std::to_string(static_cast<int>(status)));
}

// Cut between two code points: half of one would be no UTF-8.
std::string cut(std::string text) {
  if (text.size() <= kLongestWarning) return text;
  std::size_t end = kLongestWarning;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80) --end;
  return text.substr(0, end) + "…";
}

// A line each: a field cannot hold more.
void add_warnings(Response& response, const std::vector<std::string>& warnings) {
  std::size_t told = 0;
  std::size_t untold = 0;
  for (const std::string& warning : warnings) {
    for (const std::string_view line : text::lines(warning)) {
      if (told++ < kMostWarnings) {
        response.headers.emplace_back("Hardend-Warning", cut(text::printable(line)));
      } else {
        ++untold;
      }
    }
  }
  if (untold > 0) response.headers.emplace_back("Hardend-Warning", "and " + std::to_string(untold) + " more warnings");
}

int http_of(const answer::Refusal& refusal) {
  switch (refusal.code) {
    case Errc::absent:
    case Errc::unsupported: return 404;
    case Errc::invalid: return refusal.status == ExitStatus::usage ? 422 : 409;
    case Errc::too_large: return 422;
    case Errc::unavailable:
    case Errc::timeout: return 503;
    case Errc::denied:
    case Errc::malformed:
    case Errc::failed: break;
  }
  return 500;
}

// Of one snapshot in all processes that ever publish one.
std::string etag_of(const Snapshot& snapshot) {
  return "\"" + std::to_string(snapshot.time) + "-" + std::to_string(snapshot.generation) + "\"";
}

// RFC 9110, 13.1.2: a list, or "*"; weak tags compare as strong ones do here.
bool has_it(const Request& request, std::string_view etag) {
  const auto found = request.headers.find("if-none-match");
  if (found == request.headers.end()) return false;
  for (std::string_view one : text::split(found->second, ',')) {
    one = text::trim(one);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == etag || one == "*") return true;
  }
  return false;
}

// Another query is another answer; the parameters stand in the order of their names.
std::string key_of(const Request& request) {
  std::string key = request.path;
  for (const auto& [name, value] : request.query) key.append("\n").append(name).append("=").append(value);
  return key;
}

}  // namespace

std::string_view parameter(const Request& request, std::string_view name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::string_view() : std::string_view(found->second);
}

Response bad_parameter(std::string_view name, std::string_view value, std::string_view wanted) {
  Response response = problem(
      400, "?" + std::string(name) + "=" + text::printable(value.substr(0, 100)) + ": " + std::string(wanted), "");
  add_status(response, ExitStatus::usage);
  return response;
}

std::expected<answer::Show, Response> show_of(const Request& request) {
  answer::Show show;
  if (const auto format = parameter(request, "format"); !format.empty()) show.format = format;
  const std::string_view color = parameter(request, "color");
  if (!color.empty() && color != "always" && color != "never") {
    return std::unexpected(bad_parameter("color", color, "always or never"));
  }
  show.style.color = color == "always";
  if (const auto width = parameter(request, "width"); !width.empty()) {
    const auto number = text::to_int(width);
    if (!number || *number < kNarrowest || *number > kWidest) {
      return std::unexpected(bad_parameter("width", width, "a number of columns from 20 to 1000"));
    }
    show.style.width = static_cast<int>(*number);
  }
  return show;
}

std::expected<answer::Show, Response> show_of_change(const Request& request) {
  if (auto odd = odd_parameter(request, {})) return std::unexpected(std::move(*odd));
  auto show = show_of(request);
  if (show && show->format != "json" && show->format != "text") {
    return std::unexpected(bad_parameter("format", show->format, "json or text"));
  }
  return show;
}

std::optional<Response> odd_parameter(const Request& request, std::initializer_list<std::string_view> known) {
  std::vector<std::string> names{"format", "color", "width"};
  names.insert(names.end(), known.begin(), known.end());
  for (const auto& [name, value] : request.query) {
    if (std::ranges::find(names, name) != names.end()) continue;
    const std::string near = nearest(name, names);
    Response response = problem(400, "there is no parameter " + text::quote(name.substr(0, 100)) + " here",
                                near.empty() ? "" : "did you mean " + near + "?");
    add_status(response, ExitStatus::usage);
    return response;
  }
  return std::nullopt;
}

std::vector<std::string> list_of(std::string_view text) {
  std::vector<std::string> list;
  std::string one;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (c == ',' && !quoted) {
      if (!one.empty()) list.push_back(std::move(one));
      one.clear();
    } else {
      one += c;
    }
  }
  if (!one.empty()) list.push_back(std::move(one));
  return list;
}

Response response_of(const answer::Answered& answered) {
  if (!answered) return response_of(answered.error());
  Response response = answer(200, answered->text, answered->content_type);
  add_status(response, answered->status);
  add_warnings(response, answered->warnings);
  return response;
}

Response response_of(const answer::Refusal& refusal) {
  const std::string code = "\"code\":\"" + std::string(to_string(refusal.code)) + "\"";
  Response response = problem(http_of(refusal), refusal.message, "", code);
  add_status(response, refusal.status);
  if (response.status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response response_of(const Error& error) { return response_of(answer::refusal_of(error)); }

Caller caller_of(const Request& request) { return {request.peer.uid, request.peer.pid}; }

Moment this_moment() {
  static const auto host = live_host();
  return moment_of(*host, wall_clock());
}

std::expected<std::shared_ptr<const Snapshot>, Response> snapshot_of(const Call& call) {
  auto snapshot = call.services.operations.snapshot();
  if (snapshot) return snapshot;
  Response response =
      problem(503, "the daemon has only just started and is still reading the host", "ask again in a second");
  response.headers.emplace_back("Retry-After", "1");
  return std::unexpected(std::move(response));
}

std::vector<std::string> mistakes_of(const Snapshot& snapshot) {
  std::vector<std::string> mistakes;
  for (const Diagnostics* list : {&snapshot.policy_mistakes, &snapshot.waiver_mistakes}) {
    for (const Diagnostic& one : *list) mistakes.emplace_back(text::trim(render(one)));
  }
  if (!snapshot.store_trouble.empty()) {
    mistakes.push_back("its waivers cannot be read and count as absent: " + snapshot.store_trouble);
  }
  return mistakes;
}

std::vector<std::string> warnings_of(const Snapshot& snapshot) {
  std::vector<std::string> warnings = mistakes_of(snapshot);
  std::ranges::move(answer::warnings_of(snapshot.standing), std::back_inserter(warnings));
  if (!snapshot.policy_mistakes.empty()) return warnings;  // a waiver may be of one that was not read
  std::ranges::move(answer::warnings_of_nothing(snapshot.waivers, *snapshot.policies), std::back_inserter(warnings));
  return warnings;
}

void answer_from_snapshot(const Call& call, const Reply& reply, std::initializer_list<std::string_view> parameters,
                          FromSnapshot make, Otherwise otherwise) {
  const auto snapshot = snapshot_of(call);
  if (!snapshot) return reply(snapshot.error());
  const std::string etag = etag_of(**snapshot);
  if (has_it(call.request, etag)) return reply({304, {{"ETag", etag}}, nullptr, nullptr});
  std::string key = key_of(call.request);
  if (const Response* kept = call.services.cache.find(*snapshot, key)) return reply(*kept);
  if (auto odd = odd_parameter(call.request, parameters)) return reply(std::move(*odd));
  const auto show = show_of(call.request);
  if (!show) return reply(show.error());
  const answer::Answered made = make(**snapshot, call.request, *show);
  if (otherwise != nullptr && !made && made.error().code == Errc::unsupported) return otherwise(call, reply, *show);
  Response response = response_of(made);
  if (response.status != 200) return reply(std::move(response));
  response.headers.emplace_back("ETag", etag);
  response.headers.emplace_back("Cache-Control", "no-cache");
  call.services.cache.keep(std::move(key), response);
  reply(std::move(response));
}

}  // namespace harden::daemon
