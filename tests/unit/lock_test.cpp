// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <thread>
#include <vector>

#include "agent/host/lock.h"
#include "tests/support/temporary_folder.h"

using namespace harden;
using std::chrono::milliseconds;

namespace {

struct Fixture {
  TemporaryFolder folder;
  std::string path = (folder.path() / "lock").string();

  Result<Lock> take(milliseconds wait = milliseconds(0), std::string_view command = "hardenctl apply") const {
    return take_lock(path, wait, command);
  }
  std::string content() const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

// A process of its own that takes the lock, says so, and waits to be killed.
class Holder {
 public:
  explicit Holder(const std::string& path) {
    int ends[2] = {};
    REQUIRE(::pipe(ends) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      const auto lock = take_lock(path, milliseconds(0), "hardend");
      const char answer = lock ? 'y' : 'n';
      (void)!::write(ends[1], &answer, 1);
      for (;;) ::pause();
    }
    char answer = '\0';
    REQUIRE(::read(ends[0], &answer, 1) == 1);
    holds_ = answer == 'y';
    ::close(ends[0]);
    ::close(ends[1]);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  ~Holder() { kill(); }

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  pid_t pid() const { return pid_; }
  bool holds() const { return holds_; }

 private:
  pid_t pid_ = 0;
  bool holds_ = false;
};

}  // namespace

TEST_CASE("a lock is held until it goes out of sight") {
  const Fixture fixture;
  {
    const auto lock = fixture.take();
    REQUIRE(lock);
    const auto second = fixture.take();
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().code == Errc::unavailable);
    CHECK(second.error().place == fixture.path);
  }
  CHECK(fixture.take().has_value());
  CHECK(fixture.content().empty());
}

TEST_CASE("a lock that is handed on is held once") {
  const Fixture fixture;
  auto first = fixture.take();
  REQUIRE(first);
  std::optional<Lock> kept(std::move(*first));
  CHECK_FALSE(fixture.take().has_value());
  CHECK_FALSE(fixture.content().empty());
  kept.reset();
  CHECK(fixture.take().has_value());
}

TEST_CASE("who waits in vain is told who holds it, since when") {
  const Fixture fixture;
  const Holder holder(fixture.path);
  REQUIRE(holder.holds());
  const auto lock = fixture.take(milliseconds(30));
  REQUIRE_FALSE(lock.has_value());
  const std::string wanted = "PID " + std::to_string(holder.pid()) + " (hardend) holds the lock since 2";
  CHECK(lock.error().message.substr(0, wanted.size()) == wanted);
  CHECK(lock.error().message.ends_with("Z"));
}

TEST_CASE("the kernel lets go of the lock of a process that was killed") {
  const Fixture fixture;
  Holder holder(fixture.path);
  REQUIRE(holder.holds());
  holder.kill();
  const auto lock = fixture.take();
  REQUIRE(lock);
  CHECK(fixture.content().starts_with(std::to_string(::getpid()) + "\nhardenctl apply\n"));
}

TEST_CASE("who waits gets the lock when it is free") {
  const Fixture fixture;
  Holder holder(fixture.path);
  std::atomic<bool> got = false;
  {
    const std::jthread waiting([&] { got = fixture.take(std::chrono::minutes(5)).has_value(); });
    holder.kill();
  }
  CHECK(got);
}

TEST_CASE("there is never a second holder") {
  const Fixture fixture;
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::atomic<int> times = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 10; ++round) {
          const auto lock = fixture.take(std::chrono::minutes(5));
          if (!lock) continue;
          most = std::max(most.load(), ++inside);
          ++times;
          --inside;
        }
      });
    }
  }
  CHECK(most == 1);
  CHECK(times == 40);
}

TEST_CASE("links, folders and pipes are no locks") {
  const Fixture fixture;
  const std::string target = (fixture.folder.path() / "target").string();
  fixture.folder.write("target", "keep me");
  fixture.folder.link("link", target);
  std::filesystem::create_directory(fixture.folder.path() / "folder");
  REQUIRE(::mkfifo((fixture.folder.path() / "pipe").c_str(), 0600) == 0);
  const auto code = [&](const char* name) {
    const auto lock = take_lock((fixture.folder.path() / name).string(), milliseconds(0), "x");
    return lock ? Errc::failed : lock.error().code;
  };
  CHECK(code("link") == Errc::malformed);
  CHECK(code("folder") == Errc::malformed);
  CHECK(code("pipe") == Errc::invalid);
  CHECK(code("no/such/folder") == Errc::absent);
  CHECK(std::filesystem::file_size(target) == 7);
}

TEST_CASE("the file is for its owner alone, and is not handed to other programs") {
  const Fixture fixture;
  const auto lock = fixture.take();
  REQUIRE(lock);
  struct stat status = {};
  REQUIRE(::stat(fixture.path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600);
}

TEST_CASE("what the holder's file says is not trusted") {
  const Fixture fixture;
  const Holder holder(fixture.path);
  const auto told = [&](const std::string& content) {
    std::ofstream(fixture.path, std::ios::binary | std::ios::trunc) << content;
    return fixture.take().error().message;
  };
  CHECK(told("") == "another process holds the lock");
  CHECK(told("12\n") == "another process holds the lock");
  CHECK(told("-1\nx\ny\n") == "another process holds the lock");
  CHECK(told(std::string(100'000, '1')) == "another process holds the lock");
  CHECK(told("7\n\x1b[31mx\n\xff\n") == "PID 7 (\\x1b[31mx) holds the lock since \\xff");
}

TEST_CASE("a command of any length and content is one line") {
  const Fixture fixture;
  const auto lock = fixture.take(milliseconds(0), "a\nb" + std::string(10'000, 'c'));
  REQUIRE(lock);
  const auto second = fixture.take();
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().message.find("(a\\nbccc") != std::string::npos);
  CHECK(second.error().message.size() < 500);
}
