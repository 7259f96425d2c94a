// SPDX-License-Identifier: Apache-2.0
//
// The API over a machine of tests/hosts that never changes:
//
//   api_server SOCKET HOST POLICIES [reading|nobody]
//   api_server --routes
//
// "reading": the caller may read alone; "nobody": it may do nothing. It serves
// until its standard input ends, and tells an event for each line of that.
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <csignal>
#include <cstdio>
#include <istream>

#include "agent/daemon/route.h"
#include "agent/daemon/server.h"
#include "tests/support/fake_operations.h"

namespace {

using namespace harden;
namespace asio = boost::asio;

Transaction stuck_one() {
  Transaction one;
  one.id = 7;
  one.state = TransactionState::stuck;
  one.digest = std::string(64, 'a');
  one.items = {{"CVE-2019-11477", "no-selective-acknowledgements"}};
  one.changes = {{Layer::runtime, "/proc/sys/net/ipv4/tcp_sack", "net.ipv4.tcp_sack", "1", "0"}};
  one.begun = {1'800'000'000, 1234, "9a1f"};
  one.ended = 1'800'000'001;
  one.note = "somebody wrote 2";
  return one;
}

daemon::AccessLists lists_for(const std::string& who) {
  daemon::AccessLists lists;
  if (who == "reading") lists.read = {"65534"};
  return lists;
}

class Told {
 public:
  Told(asio::io_context& io, test::FakeOperations& operations, daemon::HttpServer& server)
      : input_(io, ::dup(0)), operations_(operations), server_(server) {}

  void next() {
    asio::async_read_until(input_, buffer_, '\n', [this](boost::system::error_code wrong, std::size_t) {
      if (wrong) return server_.stop(std::chrono::seconds(1), [] {});
      std::string line;
      std::istream stream(&buffer_);
      std::getline(stream, line);
      operations_.publish({operations_.last_event() + 1, 1'800'000'000'000, line, "{\"line\":true}"});
      next();
    });
  }

 private:
  asio::posix::stream_descriptor input_;
  asio::streambuf buffer_;
  test::FakeOperations& operations_;
  daemon::HttpServer& server_;
};

int serve(const std::string& socket, const std::string& tree, const std::string& folder, const std::string& who) {
  const auto host = tree_host(tree);
  if (!host) return std::fprintf(stderr, "%s\n", describe(host.error()).c_str()), 1;
  PolicySet policies = load_policies(*live_host(), folder);
  test::FakeOperations operations;
  operations.host = *host;
  auto snapshot = test::snapshot_of(*host, std::move(policies.policies));
  snapshot->standing = {stuck_one()};
  operations.transactions = snapshot->standing;
  operations.now = snapshot;
  operations.outcome = Outcome{7, TransactionState::stuck, "somebody wrote 2", {}};
  auto metrics = std::make_shared<const std::string>("# HELP up Whether it runs.\n# TYPE up gauge\nup 1\n");
  daemon::Router router({operations, [metrics] { return metrics; }}, daemon::Access(lists_for(who)));
  asio::io_context io;
  daemon::HttpServer server(io, {}, [&](daemon::Request request, daemon::Reply reply) {
    if (!who.empty()) request.peer.uid = request.peer.gid = 65534;
    if (!who.empty()) request.peer.groups.clear();
    router(std::move(request), std::move(reply));
  });
  if (const auto listening = server.listen_unix(socket, ""); !listening) {
    return std::fprintf(stderr, "%s\n", describe(listening.error()).c_str()), 1;
  }
  Told told(io, operations, server);
  told.next();
  std::puts("ready");
  std::fflush(stdout);
  io.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  if (argc == 2 && std::string_view(argv[1]) == "--routes") {
    for (const daemon::Route& route : daemon::routes()) {
      std::printf("%s %s %s\n", std::string(route.method).c_str(), std::string(route.pattern).c_str(),
                  std::string(daemon::to_string(route.role)).c_str());
    }
    return 0;
  }
  if (argc < 4) return std::fprintf(stderr, "api_server SOCKET HOST POLICIES [reading|nobody]\n"), 64;
  return serve(argv[1], argv[2], argv[3], argc > 4 ? argv[4] : "");
}
