// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>
#include <tuple>

#include "agent/core/text.h"
#include "agent/daemon/problem.h"
#include "agent/daemon/route.h"
#include "harden/diagnostic.h"

namespace harden::daemon {
namespace {

std::vector<Route>& registry() {
  static std::vector<Route> all;
  return all;
}

// What stands for each {…}, or nothing where the path is not of this pattern.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  const auto wanted = text::split(pattern, '/');
  const auto given = text::split(path, '/');
  if (wanted.size() != given.size()) return std::nullopt;
  std::vector<std::string> parameters;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const bool open = wanted[i].starts_with('{') && !given[i].empty();
    if (!open && wanted[i] != given[i]) return std::nullopt;
    if (open) parameters.emplace_back(given[i]);
  }
  return parameters;
}

// "GET, HEAD, OPTIONS"
std::string allow_of(const std::set<std::string_view>& methods) {
  std::string list;
  for (const auto method : methods) list.append(method).append(method == "GET" ? ", HEAD, " : ", ");
  return list + "OPTIONS";
}

Response with_allow(Response response, const std::set<std::string_view>& methods) {
  response.headers.emplace_back("Allow", allow_of(methods));
  return response;
}

Response no_such_path(const std::vector<Route>& table, std::string_view path) {
  std::vector<std::string> known;
  for (const auto& route : table) known.emplace_back(route.pattern);
  const std::string near = nearest(path, known);
  return problem(404, "there is no " + text::quote(path.substr(0, 200)),
                 near.empty() ? "GET /v1/health shows whether the daemon is well; the OpenAPI file has every path"
                              : "did you mean " + near + "?");
}

bool is_json(std::string_view type) {
  std::string name(text::trim(type.substr(0, type.find(';'))));
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; });
  return name == "application/json";
}

// A body is read as JSON whether or not its type is said; one that is said to be
// something else was meant for somebody else (curl's -d says it is a form).
std::optional<Response> body_problem(const Request& request) {
  const auto type = request.headers.find("content-type");
  if (request.body.empty() || type == request.headers.end() || is_json(type->second)) return std::nullopt;
  return problem(415, "the body is said to be " + text::quote(type->second.substr(0, 100)),
                 "send JSON, with the header Content-Type: application/json");
}

}  // namespace

const std::vector<Route>& routes() { return registry(); }

RegisterRoutes::RegisterRoutes(std::vector<Route> routes) {
  auto& all = registry();
  all.insert(all.end(), routes.begin(), routes.end());
  const auto order = [](const Route& route) { return std::tie(route.pattern, route.method); };
  std::ranges::sort(all, {}, order);
  if (std::ranges::adjacent_find(all, {}, order) != all.end()) std::abort();
}

Router::Router(Services services, Access access, const std::vector<Route>& table)
    : services_(std::move(services)), access_(std::move(access)), table_(table) {}

void Router::operator()(Request request, Reply reply) {
  if (request.metrics_only && request.path != "/metrics") {
    return reply(problem(404, "this listener has /metrics alone", "the rest of the API is on the unix socket"));
  }
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  std::set<std::string_view> methods;
  for (const auto& route : table_) {
    auto parameters = match(route.pattern, request.path);
    if (!parameters) continue;
    if (method == route.method) return take(route, {std::move(request), std::move(*parameters), services_}, reply);
    methods.insert(route.method);
  }
  const bool asks_options = request.method == "OPTIONS";
  if (asks_options && request.path == "*") return reply(with_allow({204, {}, nullptr, nullptr}, {"GET", "POST"}));
  if (methods.empty()) return reply(no_such_path(table_, request.path));
  if (asks_options) return reply(with_allow({204, {}, nullptr, nullptr}, methods));
  reply(with_allow(problem(405, text::printable(request.path) + " does not take " + text::printable(request.method),
                           "it takes " + allow_of(methods)),
                   methods));
}

void Router::take(const Route& route, Call call, const Reply& reply) {
  if (!call.request.metrics_only) {
    const auto decision = access_.decide(call.request.peer, route.role);
    if (!decision.allowed) return reply(problem(403, decision.why, ""));
  }
  if (auto wrong = body_problem(call.request)) return reply(std::move(*wrong));
  route.run(std::move(call), reply);
}

}  // namespace harden::daemon
