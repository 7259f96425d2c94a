// SPDX-License-Identifier: Apache-2.0
//
// vmcore_bench ROUNDS VMCORE...: what reading the log out of a dump costs,
// beside `makedumpfile --dump-dmesg` on the same file.
//
// Method: each round starts both programs once, in turn, as fresh processes:
// makedumpfile, and vmcore_oracle, which does what `hardenctl crash` does before
// it parses. Both write their text to /dev/null or a file of /tmp. Processor
// time, the wall clock and the peak resident memory are wait4(2)'s. The file
// is in the page cache after the first round, which is not counted. Medians of
// the rounds are shown, and the ratio of the medians. That both texts are the
// same is checked once.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

struct Cost {
  double processor = 0;  // milliseconds
  double wall = 0;
  double memory = 0;  // MiB
};

// Runs a program to its end, its standard output in the file `out`.
Cost run(const std::vector<std::string>& words, const std::string& out) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  const auto start = std::chrono::steady_clock::now();
  pid_t child = 0;
  if (posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) {
    std::fprintf(stderr, "cannot start %s\n", arguments[0]);
    std::exit(EXIT_FAILURE);
  }
  int status = 0;
  rusage used{};
  ::wait4(child, &status, 0, &used);
  posix_spawn_file_actions_destroy(&actions);
  if (status != 0) {
    std::fprintf(stderr, "%s failed\n", arguments[0]);
    std::exit(EXIT_FAILURE);
  }
  const auto milliseconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1000 + static_cast<double>(time.tv_usec) / 1000;
  };
  const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - start;
  return {milliseconds(used.ru_utime) + milliseconds(used.ru_stime), wall.count(),
          static_cast<double>(used.ru_maxrss) / 1024};
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

double median(std::vector<Cost> costs, double Cost::*member) {
  std::ranges::sort(costs, {}, member);
  return costs[costs.size() / 2].*member;
}

void compare(const std::string& dump, int rounds, const std::string& folder) {
  const std::string theirs = folder + "/theirs";
  const std::string ours = folder + "/ours";
  std::vector<Cost> of_theirs;
  std::vector<Cost> of_ours;
  for (int round = 0; round <= rounds; ++round) {
    std::filesystem::remove(theirs);
    const Cost one = run({"makedumpfile", "--dump-dmesg", dump, theirs}, "/dev/null");
    const Cost other = run({VMCORE_ORACLE, dump}, ours);
    if (round == 0 && content(theirs) != content(ours)) std::printf("the texts differ!\n");
    if (round == 0) continue;
    of_theirs.push_back(one);
    of_ours.push_back(other);
  }
  std::printf("%s: %.1f MiB, %.1f KiB of text\n", dump.c_str(),
              static_cast<double>(std::filesystem::file_size(dump)) / 1048576,
              static_cast<double>(content(ours).size()) / 1024);
  for (const auto& [what, member, unit] : {std::tuple{"processor time", &Cost::processor, "ms"},
                                           {"wall clock", &Cost::wall, "ms"},
                                           {"peak memory", &Cost::memory, "MiB"}}) {
    const double left = median(of_ours, member);
    const double right = median(of_theirs, member);
    std::printf("  %-15s %8.2f %s, makedumpfile %8.2f %s: %.2f times\n", what, left, unit, right, unit, left / right);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "vmcore_bench ROUNDS VMCORE...\n");
    return EXIT_FAILURE;
  }
  std::string folder = (std::filesystem::temp_directory_path() / "vmcore-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return EXIT_FAILURE;
  for (int i = 2; i < argc; ++i) compare(argv[i], std::max(1, std::atoi(argv[1])), folder);
  std::filesystem::remove_all(folder);
  return EXIT_SUCCESS;
}
