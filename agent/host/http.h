// SPDX-License-Identifier: Apache-2.0
//
// A bounded HTTP GET over a unix socket. The request is HTTP/1.0 (RFC 1945):
// the server then neither chunks its answer nor keeps the connection, so the
// body ends where the stream ends and there is little that a hostile server
// can vary.
#pragma once

#include <string>
#include <string_view>

#include "agent/host/file.h"
#include "harden/host.h"

namespace harden {

// Connects to a unix socket, without blocking. Errors as UnixClient::connect has them.
Result<Descriptor> connect_unix(const std::string& socket, Deadline deadline);

Result<> send_all(const Descriptor& connection, std::string_view data, Deadline deadline, const std::string& place);

// The whole stream that a server sent, taken apart. Errc::malformed where it
// is not an HTTP response, or shorter than its Content-Length says.
Result<HttpResponse> parse_http_response(std::string_view stream, const std::string& place);

Result<HttpResponse> unix_get(const std::string& socket, const std::string& target, const Limit& limit);

}  // namespace harden
