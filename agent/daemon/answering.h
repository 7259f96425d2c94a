// SPDX-License-Identifier: Apache-2.0
//
// What the routes share: from a request to what it asks for, and from an answer
// (agent/answer) to HTTP. The body is the answer's text; its status and warnings
// are the fields Hardend-Exit-Status and Hardend-Warning, for hardenctl.
#pragma once

#include <expected>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/answer/answer.h"
#include "agent/daemon/operations.h"
#include "agent/daemon/route.h"

namespace harden::daemon {

// ?format=&color=&width=, which every answer takes.
std::expected<answer::Show, Response> show_of(const Request& request);

// The same for a change, which takes no other parameter and is text or JSON.
std::expected<answer::Show, Response> show_of_change(const Request& request);

// A problem where the query has a parameter besides these and those of `show_of`.
std::optional<Response> odd_parameter(const Request& request, std::initializer_list<std::string_view> known);

// The parameter, or "".
std::string_view parameter(const Request& request, std::string_view name);

// "a,b" to its parts; a comma within quotes parts nothing.
std::vector<std::string> list_of(std::string_view text);

// A problem about a parameter, and what it should be.
Response bad_parameter(std::string_view name, std::string_view value, std::string_view wanted);

Response response_of(const answer::Answered& answered);
Response response_of(const answer::Refusal& refusal);
// Of an operation. What makes no sense now (Errc::invalid) conflicts with how
// things stand: 409.
Response response_of(const Error& error);

// Whoever made the request.
Caller caller_of(const Request& request);

// This moment on the running host.
Moment this_moment();

// The snapshot, or a problem where there is none yet.
std::expected<std::shared_ptr<const Snapshot>, Response> snapshot_of(const Call& call);

// What is wrong with the files behind a snapshot, and what is unsettled.
std::vector<std::string> mistakes_of(const Snapshot& snapshot);
std::vector<std::string> warnings_of(const Snapshot& snapshot);

// A GET that a snapshot alone answers: with an ETag, and from the cache where it
// has been made before.
// Where `make` refuses with Errc::unsupported the snapshot does not hold it, and
// `otherwise` is called instead of the reply.
using FromSnapshot = answer::Answered (*)(const Snapshot& snapshot, const Request& request, const answer::Show& show);
using Otherwise = void (*)(const Call& call, const Reply& reply, const answer::Show& show);
void answer_from_snapshot(const Call& call, const Reply& reply, std::initializer_list<std::string_view> parameters,
                          FromSnapshot make, Otherwise otherwise = nullptr);

}  // namespace harden::daemon
