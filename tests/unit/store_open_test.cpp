// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>
#include <vector>

#include "agent/store/schema.h"
#include "tests/support/sample_transaction.h"

using namespace harden;
using namespace harden::test;
namespace fs = std::filesystem;

namespace {

unsigned mode_of(const fs::path& path) {
  struct stat status = {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::ptrdiff_t entries(const fs::path& folder) { return std::distance(fs::directory_iterator(folder), {}); }

// Runs as nobody in a process of its own; what it returns is its exit status.
int as_nobody(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(100);
    ::_exit(work());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

}  // namespace

TEST_CASE("a new store is for root's eyes, in a folder of its own, with nothing beside it") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "hardend/state.db";
  opened(path.string()).reset();
  CHECK(mode_of(path) == 0600);
  CHECK(mode_of(path.parent_path()) == 0700);
  CHECK(entries(path.parent_path()) == 1);
  const auto store = opened(path.string());
  REQUIRE(store->begin(sample_transaction()));
  CHECK(mode_of(path.string() + "-wal") == 0600);
}

TEST_CASE("only the last folder is made") {
  const TemporaryFolder folder;
  CHECK(code_of(open_store((folder.path() / "a/b/state.db").string())) == Errc::absent);
  CHECK(entries(folder.path()) == 0);
}

TEST_CASE("commits are synced, the log is a WAL, foreign keys hold") {
  const TemporaryFolder folder;
  const auto store = opened((folder.path() / "state.db").string());
  CHECK(store->database().number("PRAGMA synchronous") == 2);
  CHECK(store->database().number("PRAGMA foreign_keys") == 1);
  CHECK(store->database().number("SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'") == 1);
  CHECK(store->database().number("PRAGMA application_id") == kApplicationId);
  CHECK(store->database().number("PRAGMA user_version") == schema_steps().back().version);
}

TEST_CASE("for reading, an absent store is absent and none is made") {
  const TemporaryFolder folder;
  CHECK(code_of(open_store_for_reading((folder.path() / "state.db").string())) == Errc::absent);
  CHECK(code_of(open_store_for_reading((folder.path() / "no/state.db").string())) == Errc::absent);
  CHECK(entries(folder.path()) == 0);
}

TEST_CASE("reading leaves no trace beside the store") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "state.db").string();
  REQUIRE(opened(path)->begin(sample_transaction()));
  const std::string before = content(path);
  {
    const auto reader = open_store_for_reading(path);
    REQUIRE(reader);
    CHECK((*reader)->standing()->size() == 1);
  }
  CHECK(entries(folder.path()) == 1);
  CHECK(content(path) == before);
}

TEST_CASE("a reader sees what an open writer has committed") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "state.db").string();
  const auto writer = opened(path);
  REQUIRE(writer->begin(sample_transaction()));
  const auto reader = open_store_for_reading(path);
  REQUIRE(reader);
  CHECK((*reader)->standing()->size() == 1);
  REQUIRE(writer->begin(sample_transaction()));
  CHECK((*reader)->standing()->size() == 2);
}

TEST_CASE("a symbolic link is refused, whatever it leads to") {
  const TemporaryFolder folder;
  const std::string real = (folder.path() / "real.db").string();
  opened(real).reset();
  folder.link("link.db", real);
  folder.link("dangling.db", (folder.path() / "made.db").string());
  for (const char* name : {"link.db", "dangling.db"}) {
    const std::string path = (folder.path() / name).string();
    CHECK(code_of(open_store(path)) == Errc::invalid);
    CHECK(code_of(open_store_for_reading(path)) == Errc::invalid);
  }
  CHECK_FALSE(fs::exists(folder.path() / "made.db"));
}

TEST_CASE("a link to the folder is followed, as /var may be one") {
  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "real");
  folder.link("var", (folder.path() / "real").string());
  opened((folder.path() / "var/state.db").string()).reset();
  CHECK(fs::exists(folder.path() / "real/state.db"));
}

TEST_CASE("what is no file is refused") {
  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "folder");
  REQUIRE(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
  for (const char* name : {"folder", "pipe", "folder/"}) {
    const std::string path = (folder.path() / name).string();
    CHECK(code_of(open_store(path)) == Errc::invalid);
    CHECK(code_of(open_store_for_reading(path)) == Errc::invalid);
  }
}

TEST_CASE("another program's database is refused and not touched") {
  const TemporaryFolder folder;
  for (const char* mark : {"", "PRAGMA application_id=252006674; ", "PRAGMA user_version=1; "}) {
    const std::string path = (folder.path() / "other.db").string();
    fs::remove(path);
    sql(path, std::string(mark) + "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
    const std::string before = content(path);
    CHECK(code_of(open_store(path)) == Errc::invalid);
    CHECK(code_of(open_store_for_reading(path)) == Errc::invalid);
    CHECK(content(path) == before);
    CHECK(entries(folder.path()) == 1);
  }
}

TEST_CASE("a newer store is refused with a word on what to do, and not touched") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "state.db").string();
  opened(path).reset();
  sql(path, "PRAGMA user_version=999");
  const std::string before = content(path);
  for (const auto& store : {open_store(path), open_store_for_reading(path)}) {
    CHECK(code_of(store) == Errc::unsupported);
    CHECK(store.error().message.find("newer hardend (version 999") != std::string::npos);
    CHECK(store.error().message.find("move the store aside") != std::string::npos);
  }
  CHECK(content(path) == before);
}

TEST_CASE("versions that were never written are damage") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "state.db").string();
  opened(path).reset();
  for (const char* version : {"0", "-1", "-2147483648"}) {
    sql(path, std::string("PRAGMA user_version=") + version);
    CHECK(code_of(open_store(path)) == Errc::malformed);
    CHECK_FALSE(open_store_for_reading(path).has_value());
  }
}

TEST_CASE("an older store is brought up to date by the steps it has not had") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "state.db").string();
  const auto database = opened(path);
  const int newest = schema_steps().back().version;
  auto steps = schema_steps();
  steps.push_back({newest + 1, "CREATE TABLE later (x INTEGER) STRICT"});
  steps.push_back({newest + 2, "INSERT INTO later VALUES (7)"});
  CHECK(code_of(check_version(database->database(), steps)) == Errc::unsupported);
  REQUIRE(upgrade(database->database(), steps));
  CHECK(database->database().number("SELECT x FROM later") == 7);
  CHECK(version_of(database->database(), steps) == newest + 2);
  REQUIRE(upgrade(database->database(), steps));  // again: nothing to do
  CHECK(database->database().number("SELECT count(*) FROM later") == 1);
}

TEST_CASE("an upgrade that fails half-way leaves the older store") {
  const TemporaryFolder folder;
  const auto store = opened((folder.path() / "state.db").string());
  const int newest = schema_steps().back().version;
  auto steps = schema_steps();
  steps.push_back({newest + 1, "CREATE TABLE later (x INTEGER) STRICT"});
  steps.push_back({newest + 2, "INSERT INTO nowhere VALUES (7)"});
  CHECK_FALSE(upgrade(store->database(), steps).has_value());
  CHECK(version_of(store->database(), schema_steps()) == newest);
  CHECK(store->database().number("SELECT count(*) FROM sqlite_schema WHERE name = 'later'") == 0);
}

TEST_CASE("the schema's steps are numbered from 1 without gaps") {
  int wanted = 0;
  for (const SchemaStep& step : schema_steps()) CHECK(step.version == ++wanted);
  CHECK(wanted >= 2);
}

TEST_CASE("many that make the store at once all get the same one") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "hardend/state.db").string();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        const auto store = open_store(path, std::chrono::seconds(60));
        if (store) (void)(*store)->begin(sample_transaction());
      });
    }
  }
  CHECK(opened(path)->standing()->size() == 4);
  CHECK(entries(fs::path(path).parent_path()) == 1);
}

TEST_CASE("who may not write is told so; who may not read is no better off") {
  if (::getuid() != 0) return;
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "state.db").string();
  REQUIRE(opened(path)->begin(sample_transaction()));
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  const auto denied = [](const auto& result) { return !result && result.error().code == Errc::denied ? 0 : 1; };
  CHECK(as_nobody([&] { return denied(open_store(path)); }) == 0);
  CHECK(as_nobody([&] { return denied(open_store_for_reading(path)); }) == 0);
  CHECK(as_nobody([&] { return denied(open_store((folder.path() / "new.db").string())); }) == 0);
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  CHECK(as_nobody([&] { return denied(open_store(path)); }) == 0);
  CHECK(as_nobody([&] {
          const auto store = open_store_for_reading(path);
          return store && (*store)->standing()->size() == 1 ? 0 : 1;
        }) == 0);
}
