// SPDX-License-Identifier: Apache-2.0
//
// http_bench [REQUESTS [CONNECTIONS]]: what the daemon's server gives.
//
// Method: the server runs in a process of its own and answers from bodies that
// are made once and shared, as the snapshot's are; only the time of asking for
// a route's function and its roles is spent beside. The generator is one thread
// of another process on the same machine: CONNECTIONS (64) kept-alive
// connections over the unix socket, each with one request under way: it sends a
// GET, reads the whole answer, notes how long that took, and sends the next.
// REQUESTS (100,000) in all, or what 15 seconds give. Bodies of 35 kB (as large
// as the check of tests/hosts/ubuntu-16.04-4.4 by the shipped policies in JSON)
// and of 12 kB (the metrics). The processor's
// time is the server process's own (rusage), the memory what /proc says of it.
//
// Then, one connection alone: `GET /metrics` with the text rendered for every
// request, over TCP on the loopback, beside prometheus-node-exporter with its
// default collectors if that is installed; medians of 200 requests to each, in
// turns.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <list>
#include <string>
#include <vector>

#include "agent/daemon/metrics.h"
#include "agent/daemon/operations.h"
#include "agent/daemon/problem.h"
#include "agent/daemon/route.h"
#include "harden/collector.h"
#include "tests/support/http_client.h"
#include "tests/support/temporary_folder.h"

using namespace harden;
using namespace harden::daemon;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kLongest(15);
constexpr int kIdleRequests = 200;

std::shared_ptr<const std::string> findings;
Metrics* metrics = nullptr;

void get_findings(Call, Reply reply) { reply(daemon::answer(200, findings)); }
void get_cached(Call, Reply reply) {
  static const auto text = metrics->text();
  reply(daemon::answer(200, text, "text/plain; version=0.0.4"));
}
void get_metrics(Call, Reply reply) { reply(daemon::answer(200, metrics->text(), "text/plain; version=0.0.4")); }

std::shared_ptr<const Snapshot> sample_snapshot() {
  auto snapshot = std::make_shared<Snapshot>();
  CheckReport report;
  for (int i = 0; i < 14; ++i) {
    Finding finding;
    finding.policy = "policy-number-" + std::to_string(i);
    report.findings.push_back(std::move(finding));
  }
  snapshot->report = std::make_shared<const CheckReport>(std::move(report));
  auto facts = std::make_shared<Facts>();
  for (const auto& collector : collectors()) facts->add_run({collector.name, std::chrono::microseconds(1500), false});
  snapshot->facts = facts;
  return snapshot;
}

// The server's process: it says its port, and ends when it is killed.
[[noreturn]] void serve(const std::string& path, int ready) {
  static char nothing[sizeof(Operations)] = {};
  boost::asio::io_context io;
  Metrics own({}, std::chrono::milliseconds(0));
  own.publish(sample_snapshot());
  metrics = &own;
  const std::vector<Route> table{{"GET", "/v1/findings", Role::read, get_findings},
                                 {"GET", "/cached", Role::read, get_cached},
                                 {"GET", "/metrics", Role::read, get_metrics}};
  Router router({*reinterpret_cast<Operations*>(nothing), {}}, Access({}), table);
  HttpServer server(io, {}, [&](Request request, Reply reply) { router(std::move(request), std::move(reply)); });
  if (!server.listen_unix(path, "") || !server.listen_metrics("127.0.0.1:0")) std::exit(EXIT_FAILURE);
  const unsigned port = server.metrics_port();
  if (::write(ready, &port, sizeof port) != sizeof port) std::exit(EXIT_FAILURE);
  io.run();
  std::exit(EXIT_SUCCESS);
}

struct Load {
  std::vector<double> latencies;  // microseconds, sorted
  double seconds = 0;
  std::size_t bytes = 0;
};

// One connection of the load: the whole answer is known by its size.
struct Client {
  explicit Client(const std::string& path) : http(path) {}
  TestClient http;
  std::size_t got = 0;
  Clock::time_point asked;
};

Load load(const std::string& path, const std::string& target, std::size_t requests, std::size_t connections) {
  const std::string request = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  std::list<Client> clients;
  const int events = ::epoll_create1(EPOLL_CLOEXEC);
  // Every answer is as long as the first: dates have one length.
  TestClient probe(path);
  probe.send(request);
  const std::string head = probe.read_until("\r\n\r\n");
  const std::size_t length = head.size() + std::stoul(head.substr(head.find("Content-Length: ") + 16));
  Load out;
  const auto start = Clock::now();
  std::size_t asked = 0;
  for (; asked < connections; ++asked) {
    auto& client = clients.emplace_back(path);
    epoll_event event{EPOLLIN, {&client}};
    ::epoll_ctl(events, EPOLL_CTL_ADD, client.http.socket(), &event);
    client.asked = Clock::now();
    client.http.send(request);
  }
  std::vector<char> buffer(256 * 1024);
  while (out.latencies.size() < asked) {
    std::array<epoll_event, 64> ready{};
    const int count = ::epoll_wait(events, ready.data(), static_cast<int>(ready.size()), -1);
    for (int i = 0; i < count; ++i) {
      auto& client = *static_cast<Client*>(ready[static_cast<std::size_t>(i)].data.ptr);
      const ssize_t got = ::recv(client.http.socket(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got <= 0) {
        std::printf("a connection was closed\n");
        std::exit(EXIT_FAILURE);
      }
      client.got += static_cast<std::size_t>(got);
      if (client.got < length) continue;
      const auto now = Clock::now();
      out.latencies.push_back(std::chrono::duration<double, std::micro>(now - client.asked).count());
      out.bytes += std::exchange(client.got, 0);
      if (asked >= requests || now - start > kLongest) continue;
      ++asked;
      client.asked = now;
      client.http.send(request);
    }
  }
  out.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  ::close(events);
  std::ranges::sort(out.latencies);
  return out;
}

double percentile(const std::vector<double>& sorted, double part) {
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
}

// Seconds of the processor that a process has used: utime and stime of proc(5).
double processor_time(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string word;
  double ticks = 0;
  for (int i = 1; i <= 15 && file >> word; ++i) ticks += i >= 14 ? std::stod(word) : 0;
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::string memory(pid_t pid, const std::string& key) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key + ":")) return line.substr(line.find_first_of("0123456789"));
  }
  return "?";
}

void show(const char* what, const Load& load, double processor) {
  const auto count = static_cast<double>(load.latencies.size());
  std::printf(
      "%-22s %8.0f requests/s  median %6.2f ms  99%% %6.2f ms  longest %6.2f ms  (%.0f in %.1f s, %.1f us of the "
      "server's processor each, %.0f MB/s)\n",
      what, count / load.seconds, percentile(load.latencies, 0.5) / 1e3, percentile(load.latencies, 0.99) / 1e3,
      load.latencies.back() / 1e3, count, load.seconds, processor / count * 1e6,
      static_cast<double>(load.bytes) / load.seconds / 1e6);
}

// On a connection of its own, as a scrape now and then is.
double ask(unsigned port) {
  TestClient client(port);
  const auto start = Clock::now();
  client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  if (!client.read_until("\r\n\r\n").starts_with("HTTP/1.1 200")) std::exit(EXIT_FAILURE);
  client.is_closed();
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

bool answers(unsigned port) {
  const auto end = Clock::now() + std::chrono::seconds(10);
  while (Clock::now() < end) {
    try {
      TestClient client(port);
      return true;
    } catch (const std::exception&) {
      ::poll(nullptr, 0, 50);
    }
  }
  return false;
}

void compare(unsigned port) {
  constexpr unsigned kTheirs = 19100;
  const pid_t exporter = ::fork();
  if (exporter == 0) {
    if (std::freopen("/dev/null", "w", stderr) == nullptr) std::exit(EXIT_FAILURE);
    ::execlp("prometheus-node-exporter", "prometheus-node-exporter", "--web.listen-address=127.0.0.1:19100", nullptr);
    std::exit(EXIT_FAILURE);
  }
  if (answers(kTheirs)) {
    std::vector<double> our_times;
    std::vector<double> their_times;
    for (int i = 0; i < kIdleRequests; ++i) {
      our_times.push_back(ask(port));
      their_times.push_back(ask(kTheirs));
    }
    std::ranges::sort(our_times);
    std::ranges::sort(their_times);
    std::printf(
        "GET /metrics alone: median %.2f ms, rendered each time; node_exporter %.2f ms; it takes %.0f times as "
        "long\n",
        percentile(our_times, 0.5) / 1e3, percentile(their_times, 0.5) / 1e3,
        percentile(their_times, 0.5) / percentile(our_times, 0.5));
  } else {
    std::printf("prometheus-node-exporter does not run here: nothing to compare with\n");
  }
  ::kill(exporter, SIGKILL);
  ::waitpid(exporter, nullptr, 0);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t requests = argc > 1 ? std::stoul(argv[1]) : 100'000;
  const std::size_t connections = argc > 2 ? std::stoul(argv[2]) : 64;
  std::string body = "{\"schema\":1,\"findings\":[";
  while (body.size() < 35'000) body += R"({"policy":"ip6mr-sk-done","verdict":"exposed","evidence":[]},)";
  findings = std::make_shared<const std::string>(body + "]}");
  TemporaryFolder folder;
  const std::string path = (folder.path() / "sock").string();
  int ends[2] = {};
  if (::pipe(ends) != 0) return EXIT_FAILURE;
  const pid_t server = ::fork();
  if (server == 0) serve(path, ends[1]);
  unsigned port = 0;
  if (::read(ends[0], &port, sizeof port) != sizeof port) return EXIT_FAILURE;
  std::printf("%zu connections kept alive, on %ld processors; the server's memory before: %s\n", connections,
              ::sysconf(_SC_NPROCESSORS_ONLN), memory(server, "RssAnon").c_str());
  for (const auto& [what, target] :
       {std::pair("findings, 35 kB", "/v1/findings"), std::pair("metrics, cached", "/cached"),
        std::pair("metrics, rendered each", "/metrics")}) {
    const double before = processor_time(server);
    const Load result = load(path, target, requests, connections);
    show(what, result, processor_time(server) - before);
  }
  std::printf("the server's memory after: %s of its own\n", memory(server, "RssAnon").c_str());
  compare(port);
  ::kill(server, SIGKILL);
  ::waitpid(server, nullptr, 0);
  return EXIT_SUCCESS;
}
