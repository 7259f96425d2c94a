// SPDX-License-Identifier: Apache-2.0
//
// version_oracle deb|rpm: compares deb_vercmp or rpm_vercmp with what dpkg or
// rpm themselves say about thousands of pairs. Leaves with 77 where the tool
// is missing, which ctest counts as skipped.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "harden/version.h"

namespace {

constexpr int kSkipped = 77;
constexpr std::uint32_t kSeed = 20260801;

using Pair = std::pair<std::string, std::string>;

struct Tool {
  int (*compare)(std::string_view, std::string_view);
  std::string present;                 // a command that succeeds where the tool is there
  std::string (*script)(const Pair&);  // prints -1, 0 or 1; anything else where refused
  std::string run;                     // how to run the script's file, %s
  std::size_t pairs;
};

std::string dpkg_script(const Pair& pair) {
  const std::string operands = "'" + pair.first + "' OP '" + pair.second + "'";
  const auto asked = [&](const char* relation) {
    std::string command = "dpkg --compare-versions " + operands;
    return command.replace(command.find(" OP "), 4, " " + std::string(relation) + " ");
  };
  return "if " + asked("lt") + "; then echo -1; else case $? in 2) echo '?';; *) if " + asked("eq") +
         "; then echo 0; else echo 1; fi;; esac; fi\n";
}

// Inside a macro `print` ends no line.
std::string rpm_script(const Pair& pair) {
  return "print(({pcall(rpm.vercmp, \"" + pair.first + "\", \"" + pair.second + "\")})[2] .. \"\\n\")\n";
}

std::string pick(std::mt19937& random, const std::vector<std::string>& from) { return from[random() % from.size()]; }

// dpkg takes an argument with '-' in front for an option, and neither tool
// takes an empty version, so every version begins with something else.
std::string noise(std::mt19937& random) {
  static const std::vector<std::string> kFirst = {"0", "1", "9", "00", "10", "1:", "0:", "2:0", "1~", "1^", "3."};
  static const std::vector<std::string> kNext = {"0", "1", "2", "9", "10", "01", "a", "b",   "rc", "Z", "~",
                                                 "~", "^", "-", ".", ".",  "+",  ":", "el7", "_",  "~~"};
  std::string text = pick(random, kFirst);
  for (auto left = random() % 8; left > 0; --left) text += pick(random, kNext);
  return text;
}

std::string realistic(std::mt19937& random) {
  static const std::vector<std::string> kBase = {"6.1.", "5.15.0-", "3.10.0-", "4.18.0-", "1:2.3.", "5.10."};
  static const std::vector<std::string> kTail = {"-1",       "-2",   "+deb12u1", ".el7", ".el8_4",
                                                 "~bpo11+1", "~rc3", "^git1",    ""};
  return pick(random, kBase) + std::to_string(random() % 300) + pick(random, kTail);
}

// One small change, so that most pairs differ late.
std::string changed(std::mt19937& random, std::string text) {
  static const std::vector<std::string> kInsert = {"0", "1", "~", "^", ".", "-", "a", "+"};
  const auto at = 1 + random() % text.size();
  switch (random() % 3) {
    case 0: return text.insert(at, pick(random, kInsert));
    case 1: return at < text.size() ? text.erase(at, 1) : text;
    default: return text + pick(random, kInsert);
  }
}

std::vector<Pair> make_pairs(std::size_t count) {
  std::mt19937 random(kSeed);
  std::vector<Pair> pairs;
  while (pairs.size() < count) {
    const std::string left = random() % 3 == 0 ? realistic(random) : noise(random);
    const bool unrelated = random() % 3 == 0;
    pairs.emplace_back(left,
                       unrelated ? (random() % 2 == 0 ? realistic(random) : noise(random)) : changed(random, left));
  }
  return pairs;
}

// What the tool prints for the whole script, word by word.
std::vector<std::string> answers(const Tool& tool, const std::vector<Pair>& pairs, const std::filesystem::path& file) {
  std::ofstream script(file);
  for (const Pair& pair : pairs) script << tool.script(pair);
  script.close();
  const std::string out = file.string() + ".out";
  std::string run = tool.run;
  run.replace(run.find("%s"), 2, file.string());
  std::vector<std::string> lines;
  if (std::system((run + " >" + out + " 2>/dev/null").c_str()) == -1) return lines;
  std::ifstream stream(out);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

int compare_all(const Tool& tool, const std::vector<Pair>& pairs, const std::vector<std::string>& said) {
  std::size_t compared = 0;
  int wrong = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (said[i] != "-1" && said[i] != "0" && said[i] != "1") continue;
    ++compared;
    const int ours = tool.compare(pairs[i].first, pairs[i].second);
    if (std::to_string(ours) == said[i]) continue;
    ++wrong;
    std::printf("%s | %s: %d, the tool says %s\n", pairs[i].first.c_str(), pairs[i].second.c_str(), ours,
                said[i].c_str());
  }
  std::printf("%zu pairs compared, %zu refused by the tool, %d wrong\n", compared, pairs.size() - compared, wrong);
  // Were nearly all refused, the test would prove nothing.
  return wrong == 0 && compared > pairs.size() / 2 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string which = argc > 1 ? argv[1] : "";
  const Tool deb{harden::deb_vercmp, "dpkg --version", dpkg_script, "sh %s", 3000};
  const Tool rpm{harden::rpm_vercmp, "rpm --version", rpm_script, "rpm --eval \"%{lua: dofile('%s')}\"", 20000};
  if (which != "deb" && which != "rpm") return EXIT_FAILURE;
  const Tool& tool = which == "deb" ? deb : rpm;
  if (std::system((tool.present + " >/dev/null 2>&1").c_str()) != 0) return kSkipped;
  const auto pairs = make_pairs(tool.pairs);
  const auto file = std::filesystem::current_path() / ("version_oracle." + which);
  const auto said = answers(tool, pairs, file);
  if (said.size() != pairs.size()) {
    std::printf("%zu answers to %zu questions\n", said.size(), pairs.size());
    return EXIT_FAILURE;
  }
  return compare_all(tool, pairs, said);
}
