// SPDX-License-Identifier: Apache-2.0
//
// What of an answer goes over the wire before its body (RFC 9112).
#pragma once

#include <cstdint>
#include <string>

#include "agent/daemon/http.h"

namespace harden::daemon {

// Appends the status line and the fields with the empty line. A field whose name
// is no token or whose value holds a control character is left out: what follows
// a line break in it would be another field. A stream has no length and ends
// with the connection.
void append_head(std::string& out, const Response& response, bool keep_alive);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7), of seconds since 1970.
std::string http_date(std::int64_t time);

}  // namespace harden::daemon
