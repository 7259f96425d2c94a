// SPDX-License-Identifier: Apache-2.0
//
// watch_bench, in a network namespace of its own (unshare -n watch_bench):
// from a write to a sysctl until its sighting is told.
//
// Method: one thread watches some keys of net.ipv4.conf; the other writes them
// as sysctl -w does (open, write, close), 1,000 times, one key after the other,
// the next a moment after the last was seen. Measured from before the open to
// the call of the listener. Then 10,000 writes as fast as they go: each key
// must have been told after its last write, or something must have been told
// as lost. Then nothing happens for five seconds, and the times that the
// watching thread woke up are counted (voluntary context switches).
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/daemon/watch.h"

using namespace harden::daemon;

namespace {

using Clock = std::chrono::steady_clock;

bool alone_in_the_network() {
  std::FILE* file = std::fopen("/proc/net/dev", "r");
  if (file == nullptr) return false;
  char line[512];
  int interfaces = 0;
  bool others = false;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    const std::string text(line);
    if (!text.contains(':')) continue;
    ++interfaces;
    others |= !text.contains("lo:");
  }
  std::fclose(file);
  return interfaces > 0 && !others;
}

void write_sysctl(const std::string& path, char value) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) return;
  std::fputc(value, file);
  std::fclose(file);
}

// When each key was told last.
class Seen {
 public:
  void note(const Sighting& sighting) {
    const std::scoped_lock lock(mutex_);
    if (sighting.kind == Sighting::Kind::lost) ++lost_;
    if (sighting.pid == ::getpid()) ++named_;
    last_[sighting.what] = Clock::now();
    ++count_;
    changed_.notify_all();
  }
  Clock::time_point wait(const std::string& key, Clock::time_point after) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return last_[key] > after; });
    return last_[key];
  }
  std::size_t count() const { return count_; }
  std::size_t lost() const { return lost_; }
  std::size_t named() const { return named_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Clock::time_point> last_;
  std::size_t count_ = 0, lost_ = 0, named_ = 0;
};

struct Key {
  std::string name;
  std::string path;
};

std::vector<Key> keys() {
  std::vector<Key> found;
  for (const char* interface : {"all", "default", "lo"}) {
    for (const char* setting : {"rp_filter", "accept_redirects", "send_redirects", "log_martians", "shared_media",
                                "secure_redirects", "proxy_arp", "arp_filter", "arp_ignore", "arp_announce"}) {
      const std::string below = std::string(interface) + "/" + setting;
      found.push_back({"net.ipv4.conf." + std::string(interface) + "." + setting, "/proc/sys/net/ipv4/conf/" + below});
    }
  }
  return found;
}

void measure_latency(const std::vector<Key>& keys, Seen& seen) {
  std::vector<double> times;
  for (int i = 0; i < 1000; ++i) {
    const Key& key = keys[static_cast<std::size_t>(i) % keys.size()];
    const auto start = Clock::now();
    write_sysctl(key.path, (i / static_cast<int>(keys.size())) % 2 == 0 ? '1' : '0');
    const auto told = seen.wait(key.name, start);
    times.push_back(std::chrono::duration<double, std::milli>(told - start).count());
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  std::ranges::sort(times);
  std::printf(
      "1,000 writes: told after %.3f ms in the median, %.3f ms at the 99th percentile, %.3f ms at most; "
      "%zu with the writer's pid\n",
      times[500], times[990], times.back(), seen.named());
}

void measure_flood(const std::vector<Key>& keys, Seen& seen) {
  const std::size_t before = seen.count();
  std::map<std::string, Clock::time_point> written;
  const auto start = Clock::now();
  for (int i = 0; i < 10'000; ++i) {
    const Key& key = keys[static_cast<std::size_t>(i) % keys.size()];
    written[key.name] = Clock::now();
    write_sysctl(key.path, i % 2 == 0 ? '1' : '0');
  }
  const double took = std::chrono::duration<double>(Clock::now() - start).count();
  std::size_t missed = 0;
  for (const auto& [key, time] : written) missed += seen.wait(key, time) > time ? 0U : 1U;
  std::printf(
      "10,000 writes in %.2f s: %zu sightings, %zu told as lost, %zu of %zu keys not told after their last write\n",
      took, seen.count() - before, seen.lost(), missed, keys.size());
}

// Asked of the watching thread itself.
long switches(boost::asio::io_context& context) {
  std::promise<long> answer;
  boost::asio::post(context, [&] {
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    answer.set_value(usage.ru_nvcsw);
  });
  return answer.get_future().get();
}

}  // namespace

int main() {
  if (!alone_in_the_network()) {
    std::printf("watch_bench changes sysctls: run it in a network namespace of its own (unshare -n)\n");
    return EXIT_FAILURE;
  }
  const auto watched = keys();
  Seen seen;
  boost::asio::io_context context;
  const auto work = boost::asio::make_work_guard(context);
  WatchTargets targets = WatchTargets::of_this_host();
  for (const Key& key : watched) targets.sysctls.insert(key.name);
  Watch watch(context, targets, [&](const Sighting& sighting) { seen.note(sighting); });
  for (const WatchState& state : watch.states()) {
    std::printf("%s: %s; %s\n", state.source.c_str(), state.watching ? "watched" : state.why_not.c_str(),
                state.note.c_str());
  }
  std::thread thread([&] { context.run(); });
  measure_latency(watched, seen);
  measure_flood(watched, seen);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const long first = switches(context);
  std::this_thread::sleep_for(std::chrono::seconds(5));
  std::printf("idle for 5 s: woken up %ld times, one of them to be asked\n", switches(context) - first);
  context.stop();
  thread.join();
  return EXIT_SUCCESS;
}
