// SPDX-License-Identifier: Apache-2.0
//
// The table of what can be asked. A route is declared in a file
// agent/daemon/routes_*.cpp, which registers it; nothing else names it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/daemon/access.h"
#include "agent/daemon/answer_cache.h"
#include "agent/daemon/http.h"

namespace harden::daemon {

class Operations;

// What a route's function may use; the parts outlive every call.
struct Services {
  Operations& operations;
  // The text of `GET /metrics` as it is now; never null.
  std::function<std::shared_ptr<const std::string>()> metrics;
  AnswerCache cache{};
};

// One request, once its route has been found and its caller may do it.
struct Call {
  Request request;
  std::vector<std::string> parameters;  // what stood for each {…} of the pattern, decoded, never ""
  Services& services;
};

struct Route {
  std::string_view method;   // "GET", "POST" or "DELETE"; HEAD is answered from GET
  std::string_view pattern;  // "/v1/transactions/{id}/undo": {…} stands for one component
  Role role = Role::read;
  void (*run)(Call call, Reply reply) = nullptr;  // answers once, now or later, on the I/O thread
};

// Every route linked into this program, by pattern and method.
const std::vector<Route>& routes();

// At namespace scope in the routes' file. Two routes of one method and pattern
// end the program at start: that is a mistake of the build.
struct RegisterRoutes {
  explicit RegisterRoutes(std::vector<Route> routes);
};

// Finds the route of a request and asks whether its caller may take it. Answers
// 403, 404, 405 (with Allow), 415 (a body that is not JSON) and OPTIONS itself.
// By the TCP listener only GET /metrics is to be had, by anybody.
class Router {
 public:
  // `table` for tests; access can be exchanged on a reload.
  Router(Services services, Access access, const std::vector<Route>& table = routes());

  void operator()(Request request, Reply reply);
  void set_access(Access access) { access_ = std::move(access); }

 private:
  void take(const Route& route, Call call, const Reply& reply);

  Services services_;
  Access access_;
  const std::vector<Route>& table_;
};

}  // namespace harden::daemon
