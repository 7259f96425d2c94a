// SPDX-License-Identifier: Apache-2.0
//
// daemon_bench [IDLE_SECONDS [REQUESTS]]: hardend itself, as root, in a network
// namespace of its own, whose sysctls are changed, with an /etc/sysctl.d of its
// own. What stands beside it runs in the same namespace at the same time.
//
// Method. With the shipped policies, and a service manager that wants to hear
// of life every minute: nothing happens for IDLE_SECONDS (60), and the times
// that its threads woke up (voluntary context switches) and its private memory
// (smaps_rollup) are read, its own and prometheus-node-exporter's. Then 64
// kept-alive connections over the socket, from one thread of this process, each
// with one request under way: REQUESTS (100,000) in all, of each of two targets.
// Then one GET of /metrics at a time, on a connection of its own over the
// loopback, in turns with node_exporter with its default collectors: medians of
// 200.
//
// With a policy besides, about 50 keys of net.ipv4.conf: 1,000 writes as sysctl
// -w does them (open, write, close), one key after the other, the next as soon
// as the last was told on GET /v1/events; the same with one key alone. Measured
// from before the open to the last byte of the event. Then 10,000 writes as
// fast as they go: of each key the last value must be told.
//
// That policy is applied and enforced. Then each of its keys is changed once, and
// read until it is put back: from before the write's open.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/http_client.h"
#include "tests/support/http_load.h"
#include "tests/support/running.h"
#include "tests/support/temporary_folder.h"

using namespace harden;
using test::Daemon;
using test::Process;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kConnections = 64;
constexpr int kScrapes = 200;
constexpr unsigned kOurPort = 9976;
constexpr unsigned kTheirPort = 9100;

struct Key {
  std::string name;
  std::string path;
};

std::vector<Key> keys() {
  std::vector<Key> found;
  for (const char* setting : {"accept_local",
                              "accept_redirects",
                              "accept_source_route",
                              "arp_accept",
                              "arp_announce",
                              "arp_filter",
                              "arp_ignore",
                              "arp_notify",
                              "bootp_relay",
                              "disable_policy",
                              "disable_xfrm",
                              "log_martians",
                              "promote_secondaries",
                              "proxy_arp",
                              "proxy_arp_pvlan",
                              "rp_filter",
                              "secure_redirects",
                              "send_redirects",
                              "shared_media",
                              "src_valid_mark",
                              "force_igmp_version",
                              "route_localnet",
                              "drop_gratuitous_arp",
                              "arp_evict_nocarrier",
                              "ignore_routes_with_linkdown"}) {
    for (const char* interface : {"all", "lo"}) {
      const std::string below = std::string(interface) + "/" + setting;
      if (!std::filesystem::exists("/proc/sys/net/ipv4/conf/" + below)) continue;
      found.push_back({"net.ipv4.conf." + std::string(interface) + "." + setting, "/proc/sys/net/ipv4/conf/" + below});
    }
  }
  return found;
}

void write_sysctl(const std::string& path, char value) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) throw std::runtime_error("cannot write " + path);
  std::fputc(value, file);
  if (std::fclose(file) != 0) throw std::runtime_error("cannot write " + path);
}

char read_sysctl(const std::string& path) {
  std::ifstream file(path);
  return static_cast<char>(file.get());
}

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void show(const std::string& what, std::vector<double> times) {
  std::ranges::sort(times);
  std::printf("%-46s median %7.3f ms  99%% %7.3f ms  longest %7.3f ms  of %zu\n", what.c_str(), times[times.size() / 2],
              times[times.size() * 99 / 100], times.back(), times.size());
}

std::string policy(const std::vector<Key>& keys) {
  std::string text = R"(id = "bench"
kind = "setting"
title = "The keys of a benchmark"
severity = "low"
description = "Keys that a network namespace has of its own."
references = ["https://docs.kernel.org/networking/ip-sysctl.html"]
aliases = []
[exposed]
when = 'cpu.possible >= 1'
[[remedy]]
name = "set"
grade = "prevents"
because = "the benchmark says so"
[remedy.sysctl]
)";
  for (const Key& key : keys) text += "\"" + key.name + "\" = 1\n";
  for (const char* verdict : {"exposed", "not_affected", "unknown"}) {
    text += std::string("[[example]]\nhost = \"h\"\nverdict = \"") + verdict + "\"\n";
  }
  return text;
}

// The stream of events, from now on.
class Stream {
 public:
  explicit Stream(const std::string& socket) : client_(socket) {
    client_.send("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    client_.read_until("\r\n\r\n");
  }
  std::string next() {
    const std::string event = client_.read_until("\n\n");
    if (event.empty()) throw std::runtime_error("the stream of events has ended");
    return event;
  }
  // The next event that tells of this value of a key.
  std::string next_about(const std::string& key, char value) {
    const std::string name = "\"key\":\"" + key + "\"";
    const std::string now = std::string("\"now\":\"") + value + "\"";
    for (;;) {
      std::string event = next();
      if (event.find(name) != event.npos && event.find(now) != event.npos) return event;
    }
  }

 private:
  TestClient client_;
};

void measure_sightings(const std::string& what, const std::vector<Key>& keys, Stream& stream) {
  std::vector<double> times;
  std::size_t named = 0;
  const std::string pid = "\"pid\":" + std::to_string(::getpid()) + ",";
  for (std::size_t i = 0; i < 1000; ++i) {
    const Key& key = keys[i % keys.size()];
    const char value = read_sysctl(key.path) == '1' ? '0' : '1';
    const auto start = Clock::now();
    write_sysctl(key.path, value);
    const std::string event = stream.next_about(key.name, value);
    times.push_back(milliseconds_since(start));
    named += event.find(pid) != event.npos ? 1U : 0U;
  }
  show(what, times);
  std::printf("%-46s %zu of %zu with the writer's pid\n", "", named, times.size());
}

void measure_flood(const std::vector<Key>& keys, Stream& stream) {
  const auto start = Clock::now();
  std::map<std::string, char> last;
  for (std::size_t i = 0; i < 10'000; ++i) {
    const Key& key = keys[i % keys.size()];
    last[key.name] = (i / keys.size()) % 2 == 0 ? '1' : '0';
    write_sysctl(key.path, last[key.name]);
  }
  const double wrote = milliseconds_since(start);
  // A value that is the one told last is told again, so that there is an end.
  write_sysctl(keys.front().path, last[keys.front().name] == '1' ? '0' : '1');
  last[keys.front().name] = read_sysctl(keys.front().path);
  std::map<std::string, char> told;
  std::size_t events = 0;
  std::size_t lost = 0;
  const auto is_told = [&] {
    return std::ranges::all_of(last, [&](const auto& one) { return told[one.first] == one.second; });
  };
  while (!is_told()) {
    const std::string event = stream.next();
    ++events;
    lost += event.find("watch.lost") != event.npos ? 1U : 0U;
    const auto name = event.find("\"key\":\"");
    const auto now = event.find("\"now\":\"");
    if (name == event.npos || now == event.npos) continue;
    told[event.substr(name + 7, event.find('"', name + 7) - name - 7)] = event[now + 7];
  }
  std::printf("10,000 writes in %.0f ms: every key's last value told after %.0f ms in all; %zu events, %zu overruns\n",
              wrote, milliseconds_since(start), events, lost);
}

void apply(const Daemon& daemon) {
  TestClient client(daemon.socket());
  const std::string plan = client.post("/v1/plan", R"({"policies":["bench"]})").body;
  const auto digest = plan.find("\"digest\": \"");
  if (digest == plan.npos) throw std::runtime_error("no plan: " + plan);
  const std::string order =
      R"({"policies":["bench"],"accept_impact":true,"digest":")" + plan.substr(digest + 11, 64) + "\"}";
  const AnswerSeen answer = client.post("/v1/apply", order);
  if (answer.status != 200) throw std::runtime_error("not applied: " + answer.body);
}

void measure_put_back(const std::vector<Key>& keys) {
  std::vector<double> times;
  for (const Key& key : keys) {
    const auto start = Clock::now();
    write_sysctl(key.path, '0');
    while (read_sysctl(key.path) != '1') {
      if (milliseconds_since(start) > 10'000) throw std::runtime_error(key.name + " is not put back");
    }
    times.push_back(milliseconds_since(start));
  }
  show("put back in enforce mode", times);
}

void measure_idle(const Daemon& daemon, const Process& exporter, int seconds) {
  const long before = daemon.process().wake_ups();
  const long theirs = exporter.wake_ups();
  const auto end = Clock::now() + std::chrono::seconds(seconds);
  while (Clock::now() < end) std::this_thread::sleep_until(end);
  const auto per_10_s = [&](long count) { return static_cast<double>(count) * 10 / seconds; };
  std::printf(
      "idle for %d s: %.1f wake-ups per 10 s, node_exporter %.1f; private memory %.1f MiB, node_exporter %.1f MiB\n",
      seconds, per_10_s(daemon.process().wake_ups() - before), per_10_s(exporter.wake_ups() - theirs),
      daemon.process().private_mib(), exporter.private_mib());
}

void measure_load(const Daemon& daemon, std::size_t requests) {
  for (const char* target : {"/v1/findings", "/metrics"}) {
    const double before = daemon.process().processor_seconds();
    const HttpLoad load = http_load(daemon.socket(), target, requests, kConnections, std::chrono::seconds(30));
    const auto count = static_cast<double>(load.latencies.size());
    std::printf(
        "GET %-14s %zu connections: %6.0f requests/s  median %5.2f ms  99%% %5.2f ms  longest %6.2f ms  "
        "(%.0f kB each, %.1f us of the daemon's processor)\n",
        target, kConnections, count / load.seconds, load.percentile(0.5) / 1e3, load.percentile(0.99) / 1e3,
        load.latencies.back() / 1e3, static_cast<double>(load.bytes) / count / 1e3,
        (daemon.process().processor_seconds() - before) / count * 1e6);
  }
}

// On a connection of its own, as a scrape now and then is.
double scrape(unsigned port) {
  const auto start = Clock::now();
  TestClient client(port);
  client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  if (!client.read_until("\r\n\r\n").starts_with("HTTP/1.1 200")) throw std::runtime_error("no metrics");
  client.is_closed();
  return milliseconds_since(start);
}

void measure_scrapes() {
  std::vector<double> ours;
  std::vector<double> theirs;
  for (int i = 0; i < kScrapes; ++i) {
    ours.push_back(scrape(kOurPort));
    theirs.push_back(scrape(kTheirPort));
  }
  show("GET /metrics over the loopback, idle", ours);
  show("the same of node_exporter", theirs);
  std::ranges::nth_element(ours, ours.begin() + kScrapes / 2);
  std::ranges::nth_element(theirs, theirs.begin() + kScrapes / 2);
  std::printf("node_exporter takes %.0f times as long\n", theirs[kScrapes / 2] / ours[kScrapes / 2]);
}

bool answers(unsigned port) {
  try {
    TestClient client(port);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

void with_shipped_policies(int seconds, std::size_t requests) {
  const std::string metrics = "[metrics]\nlisten = \"127.0.0.1:" + std::to_string(kOurPort) + "\"\n";
  const Daemon daemon(HARDEND, {POLICIES "/crash", POLICIES "/setting"}, metrics);
  const Process exporter({"prometheus-node-exporter", "--web.listen-address=127.0.0.1:" + std::to_string(kTheirPort)});
  if (!test::comes_true([] { return answers(kTheirPort); })) throw std::runtime_error("node_exporter does not answer");
  measure_idle(daemon, exporter, seconds);
  measure_load(daemon, requests);
  std::printf("private memory after that: %.1f MiB\n", daemon.process().private_mib());
  measure_scrapes();
}

void with_keys() {
  const std::vector<Key> some = keys();
  for (const Key& key : some) write_sysctl(key.path, '0');
  TemporaryFolder folder;
  folder.write("bench.toml", policy(some));
  const std::vector<std::string> policies{POLICIES "/crash", POLICIES "/setting", folder.path().string()};
  Daemon daemon(HARDEND, policies, "");
  Stream stream(daemon.socket());
  measure_sightings(std::to_string(some.size()) + " keys changed in turns, told", some, stream);
  measure_sightings("one key changed again and again, told", {some.front()}, stream);
  measure_flood(some, stream);
  for (const Key& key : some) write_sysctl(key.path, '0');
  apply(daemon);
  daemon.configure("[policy.bench]\nmode = \"enforce\"\n");
  daemon.look();
  measure_put_back(some);
  std::printf("private memory after that: %.1f MiB\n", daemon.process().private_mib());
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const int seconds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 60;
  const std::size_t requests = argc > 2 ? std::stoul(argv[2]) : 100'000;
  try {
    test::into_own_namespaces();
    with_shipped_policies(seconds, requests);
    with_keys();
  } catch (const std::exception& error) {
    std::printf("daemon_bench: %s\n", error.what());
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
