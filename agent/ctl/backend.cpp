// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/backend.h"

#include <CLI/App.hpp>
#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>

#include "agent/core/text.h"
#include "agent/report/terminal.h"

namespace harden::ctl {
namespace {

constexpr std::chrono::milliseconds kConnectPatience{2'000};
constexpr std::chrono::milliseconds kAnswerPatience{120'000};  // an apply writes and reads back, an evaluation collects
constexpr std::size_t kLongestAnswer = std::size_t{64} << 20;

// Any other number a daemon may send is no status of ours.
std::optional<ExitStatus> status_from(std::string_view text) {
  using enum ExitStatus;
  const auto number = text::to_int(text);
  for (const ExitStatus status : {clean, failed, findings, undecided, usage, bad_data, unreachable, not_permitted}) {
    if (number && *number == static_cast<int>(status)) return status;
  }
  return std::nullopt;
}

// Where a server says no status: what the number of its answer amounts to.
ExitStatus status_by(int http) {
  if (http >= 200 && http < 300) return ExitStatus::clean;
  if (http == 403) return ExitStatus::not_permitted;
  return http == 429 || http == 503 ? ExitStatus::unreachable : ExitStatus::failed;
}

std::string member(const boost::json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

void read_problem(DaemonReply& reply) {
  boost::system::error_code wrong;
  const auto document = boost::json::parse(reply.body, wrong);
  if (!wrong && document.is_object()) {
    reply.detail = member(document.as_object(), "detail");
    reply.hint = member(document.as_object(), "hint");
    reply.code = member(document.as_object(), "code");
  }
  if (reply.detail.empty()) reply.detail = "the daemon answered " + std::to_string(reply.http);
}

// Something that only the daemon suffers from: the same can be had without it.
bool is_its_own_trouble(const DaemonReply& reply) {
  return reply.http == 403 || reply.http == 429 || reply.http == 503 || reply.code == "unsupported";
}

std::string without_it(const std::string& why) { return why + "; answered without the daemon"; }

}  // namespace

std::string encoded(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      out += c;
    } else {
      out.append({'%', kDigits[byte >> 4U], kDigits[byte & 0xfU]});
    }
  }
  return out;
}

Question Question::shown(const std::string& format, const StyleOption& style) && {
  const Style how = style.style();
  query.emplace_back("format", format);
  query.emplace_back("color", how.color ? "always" : "never");
  query.emplace_back("width", std::to_string(how.width));
  return std::move(*this);
}

std::string Question::target() const {
  std::string out = path;
  char separator = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    out += separator + name + "=" + encoded(value);
    separator = '&';
  }
  return out;
}

CLI::Option* DaemonOption::add_socket(CLI::App& command) {
  const std::string help = std::string("Ask the daemon on this socket, and nobody else (default: ") + kSocket + ")";
  return command.add_option("--socket", socket, help)->type_name("PATH")->check([](const std::string& path) {
    return path.empty() ? "a path is needed" : "";
  });
}

void DaemonOption::add(CLI::App& command) {
  auto* where = add_socket(command);
  command.add_flag("--local", local, "Do it in this process, whether or not the daemon is there")->excludes(where);
}

std::string why_unreachable(const Error& error, const std::string& socket) {
  switch (error.code) {
    case Errc::absent:
      return "there is no socket " + socket +
             ": the daemon is not installed or was never started (systemctl start hardend)";
    case Errc::unavailable: return "the daemon is down: nobody listens on " + socket + " (systemctl status hardend)";
    case Errc::denied: {
      const auto group = group_of_file(socket);
      if (!group) return "you may not look into the folder of " + socket + ": ask for the group hardend";
      return "you may not use " + socket + ": you are not in the group " + *group + " (usermod -aG " + *group +
             " USER, then log in anew)";
    }
    case Errc::timeout:
      return "the daemon does not answer on " + socket +
             ": it is there, and too busy or stuck (systemctl status hardend)";
    case Errc::malformed:
    case Errc::too_large:
    case Errc::unsupported:
    case Errc::invalid:
    case Errc::failed: break;
  }
  return describe(error);
}

bool check_version(const ClientAnswer& answer, const std::string& socket) {
  const std::string_view server = field_of(answer.fields, "server");
  if (!server.starts_with("hardend/")) {
    complain("what answers on " + socket + " is not hardend");
    return false;
  }
  if (server != "hardend/" HARDEN_VERSION) {
    complain("the daemon is " + std::string(server.substr(0, 100)) + " and this is hardenctl " HARDEN_VERSION +
             ": what it says may differ (systemctl restart hardend)");
  }
  return true;
}

DaemonReply reply_of(const ClientAnswer& answer) {
  DaemonReply reply;
  reply.http = answer.status;
  reply.body = answer.body;
  reply.status = status_from(field_of(answer.fields, "hardend-exit-status")).value_or(status_by(answer.status));
  for (const auto& [name, value] : answer.fields) {
    if (name == "hardend-warning") reply.warnings.push_back(value);
  }
  reply.is_problem = answer.status < 200 || answer.status >= 300;
  if (reply.is_problem) read_problem(reply);
  if (reply.is_problem && reply.status == ExitStatus::clean) reply.status = ExitStatus::failed;
  return reply;
}

std::optional<std::expected<DaemonReply, ExitStatus>> DaemonOption::ask(const Question& question, bool own) const {
  if (own && demanded()) {
    complain(
        "--socket asks the daemon, which knows one host, its policies and its store: leave out --root, --policies, "
        "--state");
    return std::unexpected(ExitStatus::usage);
  }
  if (own || local) return std::nullopt;
  auto client = UnixClient::connect(path(), kConnectPatience);
  if (!client) {
    const std::string why = why_unreachable(client.error(), path());
    const bool quiet = client.error().code == Errc::absent || client.error().code == Errc::unavailable;
    if (!demanded() && !quiet) complain(without_it(why));
    if (!demanded()) return std::nullopt;
    complain(why);
    return std::unexpected(ExitStatus::unreachable);
  }
  const ClientRequest request{
      question.method, question.target(), {{"Content-Type", "application/json"}}, question.body};
  const auto answer = client->ask(request, {kLongestAnswer, kAnswerPatience});
  const bool final = demanded() || question.changes;
  if (!answer || !check_version(*answer, path())) {
    const std::string why = answer ? "nothing can be had from it" : why_unreachable(answer.error(), path());
    complain(final ? why : without_it(why));
    if (!final) return std::nullopt;
    return std::unexpected(ExitStatus::unreachable);
  }
  DaemonReply reply = reply_of(*answer);
  if (reply.is_problem && !final && is_its_own_trouble(reply)) {
    if (reply.code != "unsupported") complain(without_it(reply.detail));
    return std::nullopt;
  }
  return reply;
}

std::optional<ExitStatus> DaemonOption::answer(const Question& question, bool own) const {
  const auto reply = ask(question, own);
  if (!reply) return std::nullopt;
  return *reply ? print(**reply) : reply->error();
}

ExitStatus print(const DaemonReply& reply) {
  for (const std::string& warning : reply.warnings) complain(warning);
  if (!reply.is_problem) return print(harmless(reply.body), reply.status);
  complain(reply.detail);
  // What has a code, the verb itself would have said, in these words and no more.
  if (reply.code.empty() && !reply.hint.empty()) complain(reply.hint);
  return reply.status;
}

std::expected<UnixClient, ExitStatus> demand(const DaemonOption& option) {
  auto client = UnixClient::connect(option.path(), kConnectPatience);
  if (client) return std::move(*client);
  complain(why_unreachable(client.error(), option.path()));
  return std::unexpected(ExitStatus::unreachable);
}

}  // namespace harden::ctl
