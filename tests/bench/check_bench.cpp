// SPDX-License-Identifier: Apache-2.0
//
// check_bench [ROUNDS]: what `hardenctl check` costs on this host, beside a C
// program that only opens and reads the same files.
//
// Method: the accesses of one check are recorded inside this process. Then
// each round starts both programs once, in turn, as fresh processes with
// their output thrown away, and takes the wall clock from before the start to
// after the end and the peak resident memory from wait4(2). Files are in the
// page cache. Medians and fastest of all rounds are shown, and the ratio of
// the medians and of the fastest. Requests to a container engine's socket are
// not made by the C program.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include "harden/collector.h"
#include "harden/host.h"
#include "harden/policy.h"

namespace {

using namespace harden;

// The live host, with a list of what was asked of it.
class RecordingHost final : public Host {
 public:
  Result<std::string> read(const std::string& path, Limit limit) const override {
    note('r', path);
    return live_->read(path, limit);
  }
  Result<std::vector<DirEntry>> list(const std::string& path, Limit limit) const override {
    note('d', path);
    return live_->list(path, limit);
  }
  Result<std::string> read_link(const std::string& path) const override {
    note('l', path);
    return live_->read_link(path);
  }
  Result<DirEntry::Kind> kind(const std::string& path) const override {
    note('s', path);
    return live_->kind(path);
  }
  Result<HttpResponse> get(const std::string& socket, const std::string& target, Limit limit) const override {
    return live_->get(socket, target, limit);
  }
  std::string name() const override { return "/"; }

  const std::vector<std::string>& accesses() const { return accesses_; }

 private:
  void note(char what, const std::string& path) const {
    const std::scoped_lock guard(lock_);
    accesses_.push_back(std::string(1, what) + " " + path);
  }

  std::shared_ptr<const Host> live_ = live_host();
  mutable std::mutex lock_;
  mutable std::vector<std::string> accesses_;
};

std::size_t record(const std::string& list) {
  const auto host = std::make_shared<RecordingHost>();
  Wanted wanted = wanted_by(load_policies(*host, POLICIES).policies);
  for (const char* fact : {"os.pretty_name", "kernel.release", "kernel.vendor", "kernel.package"}) wanted.add(fact);
  collect(host, wanted);
  std::ofstream file(list);
  for (const std::string& access : host->accesses()) file << access << "\n";
  return host->accesses().size();
}

struct Run {
  double milliseconds = 0;
  double mebibytes = 0;  // peak resident
};

Run run(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const auto start = std::chrono::steady_clock::now();
  pid_t child = 0;
  if (posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ) != 0) {
    std::printf("cannot start %s\n", argv[0]);
    std::exit(EXIT_FAILURE);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  posix_spawn_file_actions_destroy(&actions);
  return {took.count(), static_cast<double>(usage.ru_maxrss) / 1024};
}

struct Series {
  double median = 0;
  double fastest = 0;
  double peak = 0;
};

Series summed_up(std::vector<Run> runs) {
  std::ranges::sort(runs, {}, &Run::milliseconds);
  const double peak = std::ranges::max(runs, {}, &Run::mebibytes).mebibytes;
  return {runs[runs.size() / 2].milliseconds, runs.front().milliseconds, peak};
}

void print(const char* name, const Series& series) {
  std::printf("%-16s median %6.2f ms, fastest %6.2f ms, peak memory %5.1f MiB\n", name, series.median, series.fastest,
              series.peak);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 200;
  const std::string list = "/tmp/check_bench." + std::to_string(getpid());
  const std::size_t accesses = record(list);
  std::vector<Run> ours;
  std::vector<Run> theirs;
  for (int round = 0; round < rounds; ++round) {
    theirs.push_back(run({READ_FILES, list}));
    ours.push_back(run({HARDENCTL, "check", "--policies", POLICIES}));
  }
  std::remove(list.c_str());
  const Series check = summed_up(ours);
  const Series reading = summed_up(theirs);
  std::printf("%zu accesses, %d rounds, in turn\n", accesses, rounds);
  print("read_files (C)", reading);
  print("hardenctl check", check);
  std::printf("ratio: %.2f of the medians, %.2f of the fastest\n", check.median / reading.median,
              check.fastest / reading.fastest);
  return EXIT_SUCCESS;
}
