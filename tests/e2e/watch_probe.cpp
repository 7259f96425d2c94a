// SPDX-License-Identifier: Apache-2.0
//
// watch_probe [sysctl=KEY]... [policies=DIR]... [crashes=DIR]... [engine=SOCKET]... [kmsg] [interfaces] [modules]
//
// Watches these and prints what it sees, one line each, until its input ends:
//   KIND PID COMM WHAT
// "ready" comes first, then "state SOURCE yes|no WHY; NOTE" for each source. A
// line "states" on its input prints them again with their counts.
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <cstdio>
#include <iostream>
#include <string>

#include "agent/core/text.h"
#include "agent/daemon/watch.h"

using namespace harden;
using namespace harden::daemon;

namespace {

const char* word(Sighting::Kind kind) {
  switch (kind) {
    case Sighting::Kind::sysctl: return "sysctl";
    case Sighting::Kind::interface: return "interface";
    case Sighting::Kind::engine: return "engine";
    case Sighting::Kind::module: return "module";
    case Sighting::Kind::policies: return "policies";
    case Sighting::Kind::waivers: return "waivers";
    case Sighting::Kind::sysctl_d: return "sysctl_d";
    case Sighting::Kind::modprobe_d: return "modprobe_d";
    case Sighting::Kind::crash: return "crash";
    case Sighting::Kind::kmsg: return "kmsg";
    case Sighting::Kind::lost: return "lost";
  }
  return "?";
}

void print(const Sighting& sighting) {
  std::printf("%s %d %s %s\n", word(sighting.kind), static_cast<int>(sighting.pid),
              sighting.comm.empty() ? "-" : sighting.comm.c_str(), text::printable(sighting.what).c_str());
  std::fflush(stdout);
}

void print(const std::vector<WatchState>& states) {
  for (const WatchState& state : states) {
    std::printf("state %s %s %s; %s; told %llu merged %llu lost %llu\n", state.source.c_str(),
                state.watching ? "yes" : "no", state.why_not.c_str(), state.note.c_str(),
                static_cast<unsigned long long>(state.told), static_cast<unsigned long long>(state.merged),
                static_cast<unsigned long long>(state.lost));
  }
  std::fflush(stdout);
}

bool add(WatchTargets& targets, const std::string& word) {
  const auto equals = word.find('=');
  const std::string name = word.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
  if (name == "sysctl") return targets.sysctls.insert(value).second;
  if (name == "policies") return targets.policies.push_back(value), true;
  if (name == "crashes") return targets.crashes.push_back(value), true;
  if (name == "engine") return targets.engines.push_back({value, ""}), true;
  if (name == "kmsg") return targets.kmsg = true;
  if (name == "interfaces") return targets.interfaces = true;
  if (name == "modules") return targets.modules = true;
  return false;
}

// Commands from the input, until it ends.
class Commands {
 public:
  Commands(boost::asio::io_context& context, Watch& watch) : context_(context), watch_(watch), input_(context, 0) {
    read();
  }

 private:
  void read() {
    boost::asio::async_read_until(input_, buffer_, '\n', [this](const boost::system::error_code& error, std::size_t) {
      if (error) return context_.stop();
      std::string line;
      std::istream stream(&buffer_);
      std::getline(stream, line);
      if (line == "states") print(watch_.states());
      read();
    });
  }

  boost::asio::io_context& context_;
  Watch& watch_;
  boost::asio::posix::stream_descriptor input_;
  boost::asio::streambuf buffer_;
};

}  // namespace

int main(int argc, char** argv) {
  WatchTargets targets;
  targets.interfaces = targets.modules = targets.kmsg = false;
  for (int i = 1; i < argc; ++i) {
    if (!add(targets, argv[i])) return std::fprintf(stderr, "watch_probe: what is %s?\n", argv[i]), EXIT_FAILURE;
  }
  boost::asio::io_context context;
  Watch watch(context, targets, [](const Sighting& sighting) { print(sighting); });
  Commands commands(context, watch);
  std::printf("ready\n");
  print(watch.states());
  context.run();
  return EXIT_SUCCESS;
}
