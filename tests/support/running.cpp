// SPDX-License-Identifier: Apache-2.0
#include "tests/support/running.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "tests/support/http_client.h"

namespace harden::test {
namespace {

// The sum of the numbers that stand behind these names, "VmRSS:   12 kB".
long numbers_in(const std::filesystem::path& file, const std::vector<std::string>& names) {
  std::ifstream in(file);
  long sum = 0;
  for (std::string line; std::getline(in, line);) {
    for (const std::string& name : names) {
      if (line.starts_with(name + ":")) sum += std::stol(line.substr(name.size() + 1));
    }
  }
  return sum;
}

[[noreturn]] void become(const std::vector<std::string>& words, const std::vector<std::string>& environment) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  for (const std::string& one : environment) ::putenv(const_cast<char*>(one.c_str()));
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int stream : {0, 1, 2}) ::dup2(nothing, stream);
  ::execvp(arguments.front(), arguments.data());
  ::_exit(127);
}

}  // namespace

void into_own_namespaces() {
  if (::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) throw std::runtime_error("no namespaces can be had; be root");
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", "/etc/sysctl.d", "tmpfs", 0, nullptr) != 0) {
    throw std::runtime_error("no /etc/sysctl.d of its own can be had");
  }
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  loopback.ifr_flags = IFF_UP;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &loopback) != 0) throw std::runtime_error("the loopback does not come up");
}

bool comes_true(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

Process::Process(const std::vector<std::string>& words, const std::vector<std::string>& environment) : pid_(::fork()) {
  if (pid_ < 0) throw std::runtime_error("no process can be had");
  if (pid_ == 0) become(words, environment);
}

Process::~Process() {
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
}

void Process::signal(int number) const { ::kill(pid_, number); }

long Process::wake_ups() const {
  long sum = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
    sum += numbers_in(thread.path() / "status", {"voluntary_ctxt_switches"});
  }
  return sum;
}

double Process::private_mib() const {
  const std::string file = "/proc/" + std::to_string(pid_) + "/smaps_rollup";
  return static_cast<double>(numbers_in(file, {"Private_Clean", "Private_Dirty"})) / 1024;
}

// utime and stime of proc_pid_stat(5).
double Process::processor_seconds() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string word;
  double ticks = 0;
  for (int i = 1; i <= 15 && file >> word; ++i) ticks += i >= 14 ? std::stod(word) : 0;
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

Daemon::Daemon(const std::string& program, const std::vector<std::string>& policies, const std::string& more)
    : policies_(policies), notify_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  folder_.write("hardend.toml", configuration(more));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = (folder_.path() / "notify").string();
  path.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  if (::bind(notify_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("no socket at " + path);
  }
  const std::vector<std::string> words{program, "--config", (folder_.path() / "hardend.toml").string(), "--state",
                                       (folder_.path() / "state").string()};
  // As WatchdogSec=3min of its unit has it.
  process_ =
      std::make_unique<Process>(words, std::vector{"NOTIFY_SOCKET=" + path, std::string("WATCHDOG_USEC=180000000")});
  wait_for("READY=1");
}

std::string Daemon::configuration(const std::string& more) const {
  std::string text = "socket = \"" + socket() + "\"\npolicies = [";
  for (const std::string& folder : policies_) text += "\"" + folder + "\", ";
  return text + "]\n[access]\nread = [\"root\"]\napply = [\"root\"]\n" + more;
}

void Daemon::wait_for(const std::string& word) {
  const timeval patience{60, 0};
  ::setsockopt(notify_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::array<char, 8192> text{};
  for (;;) {
    const ssize_t got = ::recv(notify_.get(), text.data(), text.size(), 0);
    if (got <= 0) throw std::runtime_error("hardend does not say " + word);
    if (std::string(text.data(), static_cast<std::size_t>(got)).find(word) != std::string::npos) return;
  }
}

void Daemon::configure(const std::string& more) {
  folder_.write("hardend.toml", configuration(more));
  process_->signal(SIGHUP);
  wait_for("RELOADING=1");
  wait_for("READY=1");
}

void Daemon::look() const {
  TestClient client(socket());
  if (client.post("/v1/evaluate", "").status != 200) throw std::runtime_error("hardend does not evaluate");
}

}  // namespace harden::test
