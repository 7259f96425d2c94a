// SPDX-License-Identifier: Apache-2.0
//
// Asking the daemon instead of doing it here. The daemon makes its answers of
// the same functions (agent/answer), so that what is printed is the same.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/ctl/common.h"
#include "agent/host/client.h"

namespace harden::ctl {

inline constexpr const char* kSocket = "/run/hardend/hardend.sock";

// Percent-encoded (RFC 3986), for a path's component or a query's value.
std::string encoded(std::string_view text);

struct Question {
  std::string method = "GET";
  std::string path;                                        // "/v1/findings"
  std::vector<std::pair<std::string, std::string>> query;  // not encoded; those with an empty value are left out
  std::string body;
  bool changes = false;  // once it was sent, nobody else may be asked

  // Adds how to show the answer.
  Question shown(const std::string& format, const StyleOption& style) &&;
  std::string target() const;
};

// What the daemon said.
struct DaemonReply {
  int http = 0;
  ExitStatus status = ExitStatus::failed;
  std::string body;
  std::vector<std::string> warnings;
  // Of a problem (RFC 9457): what it is, what to do, and of which kind.
  bool is_problem = false;
  std::string detail;
  std::string hint;
  std::string code;
};

// --socket PATH, --local
struct DaemonOption {
  std::string socket;
  bool local = false;
  void add(CLI::App& command);
  CLI::Option* add_socket(CLI::App& command);  // --socket alone

  bool demanded() const { return !socket.empty(); }
  std::string path() const { return socket.empty() ? kSocket : socket; }

  // What the daemon says to it. Nothing: it is to be done in this process, as
  // where no daemon is there, or `own` says that it is about another host, other
  // policies or another store than the daemon's. A status where there is an end
  // to it, after a complaint.
  std::optional<std::expected<DaemonReply, ExitStatus>> ask(const Question& question, bool own) const;

  // The same, printed.
  std::optional<ExitStatus> answer(const Question& question, bool own) const;
};

// Prints a reply as the verb itself would have printed it.
ExitStatus print(const DaemonReply& reply);

// Connects where nothing can be done without the daemon; else unreachable,
// after a complaint.
std::expected<UnixClient, ExitStatus> demand(const DaemonOption& option);

// Of an answer that has come.
DaemonReply reply_of(const ClientAnswer& answer);

// Says where what answers is another version than this program. False: it is
// not hardend at all.
bool check_version(const ClientAnswer& answer, const std::string& socket);

// Why nobody answers, and what to do: the daemon is down, the socket is missing,
// or which group this user lacks.
std::string why_unreachable(const Error& error, const std::string& socket);

}  // namespace harden::ctl
