// SPDX-License-Identifier: Apache-2.0
//
// crash_recall FOLDER [--misses] [--optional]
//
// Reads the labelled kernel logs of FOLDER (labels.tsv: name, type, title,
// frame, "corrupted", alternative titles; NAME.log each) and prints for how
// many the first crash found has the right title or a listed alternative, by
// type, those that the labels call corrupted apart, and how many of either are
// said to be cut off or mixed. A log whose label has no title must give no
// record. Exit status: 0 when at least 95 % of those not corrupted are right,
// 98 % of the types production kernels print, and no log without a crash gave
// one; 77 where the folder is absent and --optional is given.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "agent/core/text.h"
#include "harden/crash.h"

namespace {

namespace text = harden::text;

constexpr int kSkipped = 77;
constexpr double kLeast = 95;
constexpr double kLeastProduction = 98;

struct Case {
  std::string name;
  std::vector<std::string> titles;  // the right one first
  bool corrupted = false;
};

struct Tally {
  int right = 0;
  int all = 0;
  double percent() const { return all == 0 ? 100 : 100.0 * right / all; }
  void count(bool is_right) {
    ++all;
    if (is_right) ++right;
  }
};

std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<Case> read_labels(const std::filesystem::path& folder) {
  std::vector<Case> cases;
  const std::string labels = contents(folder / "labels.tsv");
  for (const std::string_view line : text::lines(labels)) {
    const auto fields = text::split(line, '\t');
    if (fields.size() < 6 || fields[0] == "name") continue;
    Case one{std::string(fields[0]), {}, fields[4] == "corrupted"};
    if (!fields[2].empty()) one.titles.emplace_back(fields[2]);
    for (std::string_view rest = fields[5]; !rest.empty() && !one.titles.empty();) {
      const std::size_t bar = rest.find(" | ");
      one.titles.emplace_back(text::trim(rest.substr(0, bar)));
      rest = bar == std::string_view::npos ? "" : rest.substr(bar + 3);
    }
    cases.push_back(std::move(one));
  }
  return cases;
}

// The group of a right title: what stands before " in ".
std::string group_of(const std::string& title) {
  for (const char* whole : {"kernel panic", "KASAN", "KMSAN", "KCSAN", "KFENCE", "UBSAN", "SYZ"}) {
    if (title.starts_with(whole)) return whole;
  }
  return title.substr(0, title.find(" in "));
}

bool production(const std::string& group) {
  static const std::vector<std::string> kGroups = {"BUG: unable to handle kernel NULL pointer dereference",
                                                   "BUG: unable to handle kernel paging request",
                                                   "general protection fault",
                                                   "kernel BUG",
                                                   "WARNING",
                                                   "INFO: task hung",
                                                   "BUG: soft lockup",
                                                   "INFO: rcu detected stall",
                                                   "kernel panic"};
  return std::ranges::find(kGroups, group) != kGroups.end();
}

struct Report {
  std::map<std::string, Tally> groups;
  Tally whole, corrupted, production, without;
  Tally said, falsely;  // corrupted ones that are said to be so, and others that are
};

void judge(const Case& one, const std::string& log, bool misses, Report& report) {
  const auto reading = harden::parse_crashes(log);
  if (one.titles.empty()) {
    report.without.count(reading.crashes.empty());
    if (misses && !reading.crashes.empty())
      std::printf("%s: has none, got %s\n", one.name.c_str(), reading.crashes[0].title.c_str());
    return;
  }
  const std::string got = reading.crashes.empty() ? "nothing" : reading.crashes.front().title;
  const bool right = std::ranges::find(one.titles, got) != one.titles.end();
  if (misses && !right)
    std::printf("%s:%s wants %s, got %s\n", one.name.c_str(), one.corrupted ? " (corrupted)" : "",
                one.titles[0].c_str(), got.c_str());
  (one.corrupted ? report.said : report.falsely).count(!reading.crashes.empty() && reading.crashes.front().corrupted);
  if (one.corrupted) return report.corrupted.count(right);
  report.whole.count(right);
  const std::string group = group_of(one.titles[0]);
  report.groups[group].count(right);
  if (production(group)) report.production.count(right);
}

void print(const char* what, const Tally& tally) {
  std::printf("%-62s %4d of %4d  %5.1f %%\n", what, tally.right, tally.all, tally.percent());
}

int run(const std::filesystem::path& folder, bool misses) {
  Report report;
  for (const Case& one : read_labels(folder)) judge(one, contents(folder / (one.name + ".log")), misses, report);
  for (const auto& [group, tally] : report.groups) print(group.c_str(), tally);
  print("all not corrupted", report.whole);
  print("of them types of production", report.production);
  print("corrupted", report.corrupted);
  print("corrupted, and said to be so", report.said);
  print("not corrupted, and said to be so", report.falsely);
  print("logs without a crash, no record", report.without);
  std::printf("%d passed, %d failed\n", report.whole.right + report.without.right,
              report.whole.all - report.whole.right + report.without.all - report.without.right);
  const bool enough = report.whole.all > 0 && report.whole.percent() >= kLeast &&
                      report.production.percent() >= kLeastProduction && report.without.right == report.without.all;
  return enough ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const bool misses =
      argc > 2 && std::any_of(argv + 2, argv + argc, [](const char* arg) { return std::strcmp(arg, "--misses") == 0; });
  const bool optional = argc > 2 && std::any_of(argv + 2, argv + argc,
                                                [](const char* arg) { return std::strcmp(arg, "--optional") == 0; });
  if (argc < 2) {
    std::fputs("usage: crash_recall FOLDER [--misses] [--optional]\n", stderr);
    return 1;
  }
  if (!std::filesystem::exists(std::filesystem::path(argv[1]) / "labels.tsv")) {
    std::fprintf(stderr, "%s has no labels.tsv\n", argv[1]);
    return optional ? kSkipped : 1;
  }
  return run(argv[1], misses);
}
