// SPDX-License-Identifier: Apache-2.0
//
// What the API is, and /metrics. The references of the OpenAPI document lead to
// /schema/NAME from where it is served, as they lead to dist/schema in the source.
#include <vector>

#include "agent/core/text.h"
#include "agent/daemon/documents.h"
#include "agent/daemon/problem.h"
#include "agent/daemon/route.h"

namespace harden::daemon {
namespace {

void metrics(Call call, Reply reply) {
  reply(answer(200, call.services.metrics(), "text/plain; version=0.0.4; charset=utf-8"));
}

void openapi(Call, Reply reply) { reply(answer(200, std::string(document("hardend.json")))); }

void schema(Call call, Reply reply) {
  const std::string& name = call.parameters.front();
  const std::string_view text = name == "hardend.json" ? "" : document(name);
  if (text.empty()) {
    return reply(problem(404, "there is no schema " + text::quote(name.substr(0, 100)),
                         "GET /v1/openapi.json refers to each of them"));
  }
  reply(answer(200, std::string(text), "application/schema+json"));
}

const RegisterRoutes registered({{"GET", "/metrics", Role::read, metrics},
                                 {"GET", "/v1/openapi.json", Role::read, openapi},
                                 {"GET", "/schema/{name}", Role::read, schema}});

}  // namespace
}  // namespace harden::daemon
