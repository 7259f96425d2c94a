// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "harden/host.h"
#include "tests/support/memory_host.h"
#include "tests/support/temporary_folder.h"

namespace harden {
namespace {

std::string all_of(const OpenFile& file, std::uint64_t offset = 0, std::size_t most = 1000) {
  std::string text(most, '\0');
  const auto count = file.read_at(offset, text);
  return count ? text.substr(0, *count) : "error: " + describe(count.error());
}

TEST_CASE("a file held open, of every kind of host") {
  const TemporaryFolder folder;
  folder.write("etc/file", "0123456789");
  const std::string path = (folder.path() / "etc/file").string();
  test::MemoryHost memory;
  memory.file("/etc/file", "0123456789").modified("/etc/file", 7);
  const auto tree = tree_host(folder.path().string());
  REQUIRE(tree);
  const auto of_tree = (*tree)->open("/etc/file");
  const auto of_machine = live_host()->open(path);
  const auto of_memory = memory.open("/etc/file");
  for (const auto* file : {&of_tree, &of_machine, &of_memory}) {
    REQUIRE(*file);
    const OpenFile& open = ***file;
    CHECK(open.size() == 10);
    CHECK(open.modified() > 0);
    CHECK(all_of(open) == "0123456789");
    CHECK(all_of(open, 8) == "89");
    CHECK(all_of(open, 3, 2) == "34");
    CHECK(all_of(open, 10).empty());
    CHECK(all_of(open, ~std::uint64_t{0}).empty());
    std::array<char, 4> direct{};
    CHECK(::pread(open.descriptor(), direct.data(), direct.size(), 2) == 4);
    CHECK(std::string_view(direct.data(), 4) == "2345");
  }
}

TEST_CASE("what is handed over is the taker's, and closed where nobody takes it") {
  test::MemoryHost memory;
  memory.file("/one", "1").file("/two", "2");
  const auto one = memory.open("/one");
  const auto two = memory.open("/two");
  const std::vector<const OpenFile*> files{one->get(), two->get()};
  std::vector<int> given;
  for (const bool takes : {false, true}) {
    REQUIRE(hand_over(files, [&](std::span<int> numbers) {
      given.assign(numbers.begin(), numbers.end());
      return takes;
    }));
    REQUIRE(given.size() == 2);
    for (const int number : given) CHECK((::close(number) == 0) == takes);
  }
  CHECK(all_of(**one) == "1");
  CHECK(all_of(**two) == "2");
}

TEST_CASE("what cannot be held open") {
  const TemporaryFolder folder;
  folder.write("secret", "x");
  folder.write("root/etc/file", "x");
  folder.link("root/out", (folder.path() / "secret").string());
  const auto tree = tree_host((folder.path() / "root").string());
  REQUIRE(tree);
  CHECK((*tree)->open("/etc").error().code == Errc::malformed);
  CHECK((*tree)->open("/none").error().code == Errc::absent);
  CHECK((*tree)->open("/out").error().code == Errc::absent);
  CHECK(live_host()->open(folder.path().string()).error().code == Errc::malformed);
  CHECK(live_host()->open((folder.path() / "none").string()).error().code == Errc::absent);
}

TEST_CASE("a pipe is read from front to back, whenever its writer comes") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "pipe").string();
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const auto file = live_host()->open(path);
  REQUIRE(file);
  CHECK((*file)->size() == 0);
  CHECK((*file)->modified() == 0);
  std::thread writer([&] { folder.write("pipe", "first second"); });
  std::string text;
  while (text.size() < 6) {  // before the writer comes there is nothing, which is an end
    std::string piece(6 - text.size(), '\0');
    const auto count = (*file)->read_at(text.size(), piece);
    REQUIRE(count);
    text += piece.substr(0, *count);
  }
  CHECK(text == "first ");
  CHECK((*file)->read_at(0, text).error().code == Errc::unsupported);
  CHECK(all_of(**file, 6) == "second");
  writer.join();
}

}  // namespace
}  // namespace harden
