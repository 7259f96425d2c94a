// SPDX-License-Identifier: Apache-2.0
//
// tests/policies/good must be read without a word. Every file of
// tests/policies/bad has beside it, as NAME.want, what must be said about it.
// With HARDEN_BLESS=1 the .want files are written anew instead.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "harden/policy.h"
#include "tests/support/source_dir.h"
#include "tests/support/variables.h"

using namespace harden;
namespace fs = std::filesystem;

namespace {

std::string slurp(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<fs::path> policies(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(test::source_dir() / "tests/policies" / folder)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::expected<Policy, Diagnostics> read(const fs::path& path) {
  return parse_policy(slurp(path), path.filename().string(), test::some_variables());
}

std::string told(const Diagnostics& diagnostics) {
  std::ostringstream out;
  for (const Diagnostic& one : diagnostics) {
    out << one.at.line << ":" << one.at.column << ": " << one.message << "\n";
    if (!one.hint.empty()) out << "  " << one.hint << "\n";
  }
  return out.str();
}

}  // namespace

TEST_CASE("good policies are read without a word") {
  const auto files = policies("good");
  REQUIRE(files.size() >= 10);
  for (const fs::path& path : files) {
    CAPTURE(path.string());
    const auto policy = read(path);
    CHECK(told(policy ? Diagnostics{} : policy.error()) == "");
    REQUIRE(policy);
    CHECK(policy->id == path.stem());
  }
}

TEST_CASE("of bad policies every mistake is told at its place") {
  const bool bless = std::getenv("HARDEN_BLESS") != nullptr;
  const auto files = policies("bad");
  REQUIRE(files.size() >= 40);
  for (const fs::path& path : files) {
    CAPTURE(path.string());
    const auto policy = read(path);
    REQUIRE_FALSE(policy);
    const fs::path want = fs::path(path).replace_extension(".want");
    if (bless) std::ofstream(want, std::ios::binary) << told(policy.error());
    CHECK(told(policy.error()) == slurp(want));
  }
}

TEST_CASE("mistakes come in the order of the file and name it") {
  for (const fs::path& path : policies("bad")) {
    CAPTURE(path.string());
    const auto policy = read(path);
    REQUIRE_FALSE(policy);
    REQUIRE_FALSE(policy.error().empty());
    Position last;
    for (const Diagnostic& one : policy.error()) {
      CHECK(one.file == path.filename());
      CHECK(std::pair(last.line, last.column) <= std::pair(one.at.line, one.at.column));
      CHECK_FALSE(one.message.empty());
      CHECK_FALSE(one.message.ends_with('.'));
      last = one.at;
    }
  }
}

TEST_CASE("a good policy cut short anywhere is told about, never a crash") {
  const std::string whole = slurp(test::source_dir() / "tests/policies/good/full.toml");
  for (std::size_t length = 0; length + 60 < whole.size(); length += 7) {
    CAPTURE(length);
    CHECK_FALSE(parse_policy(whole.substr(0, length), "full.toml", test::some_variables()));
  }
}

TEST_CASE("any byte in the place of any other is survived") {
  const std::string whole = slurp(test::source_dir() / "tests/policies/good/full.toml");
  for (std::size_t at = 0; at < whole.size(); at += 11) {
    for (const char byte : {'\0', '\xff', '"', '\'', '[', '{', '\n', '.', '\\', '\x80'}) {
      std::string changed = whole;
      changed[at] = byte;
      const auto policy = parse_policy(changed, "full.toml", test::some_variables());
      CHECK((policy || !policy.error().empty()));
    }
  }
}

TEST_CASE("what is too large or nests too deeply is refused before it is parsed") {
  const auto first = [](const std::string& text) {
    const auto policy = parse_policy(text, "x.toml", test::some_variables());
    REQUIRE_FALSE(policy);
    return policy.error().front();
  };
  CHECK(first(std::string((1 << 20) + 1, ' ')).message == "the file is larger than 1 MiB");
  CHECK(first(std::string(1 << 20, ' ')).message != "the file is larger than 1 MiB");
  std::string dots;
  for (int i = 0; i < 250'000; ++i) dots += "a.";
  std::string tables;
  for (int i = 0; i < 100'000; ++i) tables += "{a=";
  for (const std::string& text : {"x = " + std::string(100'000, '['), "x = " + std::string(1'000'000, '{'),
                                  dots + "a = 1", "[" + dots + "a]", "[[" + dots + "a]]", "x = " + tables,
                                  "x = [\n''''''', {" + dots + "a=1}]", "x = [" + std::string(500, '\n') + dots}) {
    CHECK(first(text).message == "nested too deeply");
  }
}

TEST_CASE("lines, columns and lists of any length stay quick enough to run here") {
  std::string line = "x = [\"\xc3\xa4\"";
  while (line.size() < (1 << 20) - 10) line += ",1";
  CHECK_FALSE(parse_policy(line + "]", "x.toml", test::some_variables()));
  std::string tables;
  while (tables.size() < (1 << 20) - 20) tables += "[[remedy]]\n";
  CHECK_FALSE(parse_policy(tables, "x.toml", test::some_variables()));
  std::string releases;
  for (int i = 1; i < 40'000; ++i) releases += "\"4.4." + std::to_string(i) + "\",";
  const std::string affected = "[affected]\nintroduced = [" + releases + "]\nfixed = [" + releases + "]\n";
  const auto policy = parse_policy(affected, "x.toml", test::some_variables());
  REQUIRE_FALSE(policy);
  CHECK(std::ranges::count(policy.error(), "more than 500 releases", &Diagnostic::message) == 2);
}
