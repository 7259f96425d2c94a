// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/config.h"

#include <doctest/doctest.h>

#include "tests/support/memory_host.h"
#include "tests/support/source_dir.h"

namespace harden::daemon {
namespace {

using test::MemoryHost;

constexpr const char* kDropIns = "/etc/hardend/hardend.toml.d/";

std::expected<Config, Diagnostics> load(const std::string& text) {
  MemoryHost host;
  host.file(kConfigFile, text);
  return load_config(host, kConfigFile);
}

// "3:8: message (hint)" of each mistake.
std::string mistakes(const std::expected<Config, Diagnostics>& config) {
  std::string out;
  if (config) return out;
  for (const Diagnostic& one : config.error()) {
    out += (out.empty() ? "" : "\n") + std::to_string(one.at.line) + ":" + std::to_string(one.at.column) + ": " +
           one.message + (one.hint.empty() ? "" : " (" + one.hint + ")");
  }
  return out;
}

}  // namespace

TEST_CASE("without a file everything is as it is by itself") {
  const MemoryHost host;
  const auto config = load_config(host, kConfigFile);
  REQUIRE(config);
  CHECK(*config == Config());
  CHECK(config->mode == Mode::report);
  CHECK_FALSE(config->enforces());
  CHECK(config->access.apply == std::vector<std::string>{"root"});
  CHECK_FALSE(load_config(host, kConfigFile, true));
}

TEST_CASE("every key is read") {
  const auto config = load(R"(
mode = "report"
sweep = "5m"
policies = ["/a", "/b"]
socket = "/run/x.sock"
log_level = "debug"
[access]
read = ["monitor", ":ops"]
apply = []
[metrics]
listen = "[::1]:9976"
textfile = "/var/lib/x.prom"
[limits]
connections = 10
user_connections = 5
body = 2048
queue = 3
request = "2s"
idle = "1m"
[policy."CVE-2019-11477"]
mode = "enforce"
[policy.other]
mode = "report"
)");
  REQUIRE_MESSAGE(config, mistakes(config));
  CHECK(config->sweep == std::chrono::minutes(5));
  CHECK(config->policies == std::vector<std::string>{"/a", "/b"});
  CHECK(config->socket == "/run/x.sock");
  CHECK(config->log_level == LogLevel::debug);
  CHECK(config->access.read == std::vector<std::string>{"monitor", ":ops"});
  CHECK(config->access.apply.empty());
  CHECK(config->metrics == "[::1]:9976");
  CHECK(config->textfile == "/var/lib/x.prom");
  CHECK(config->limits == Limits{10, 5, 2048, 3, std::chrono::seconds(2), std::chrono::seconds(60)});
  CHECK(config->mode_of("CVE-2019-11477") == Mode::enforce);
  CHECK(config->mode_of("other") == Mode::report);
  CHECK(config->mode_of("neither") == Mode::report);
  CHECK(config->enforces());
}

TEST_CASE("a later drop-in wins, key by key, lists whole") {
  MemoryHost host;
  host.file(kConfigFile,
            "mode = \"enforce\"\nsweep = \"1h\"\n[access]\nread = [\"a\", \"b\"]\n[policy.p]\nmode = \"report\"\n");
  host.file(std::string(kDropIns) + "20-b.toml", "sweep = \"2h\"\n[policy.q]\nmode = \"report\"\n");
  host.file(std::string(kDropIns) + "10-a.toml",
            "sweep = \"3h\"\n[access]\nread = [\"c\"]\n[policy.p]\nmode = \"enforce\"\n");
  host.file(std::string(kDropIns) + "30-not-read.conf", "nonsense");
  host.file(std::string(kDropIns) + ".hidden.toml", "nonsense");
  const auto config = load_config(host, kConfigFile);
  REQUIRE_MESSAGE(config, mistakes(config));
  CHECK(config->mode == Mode::enforce);
  CHECK(config->sweep == std::chrono::hours(2));
  CHECK(config->access.read == std::vector<std::string>{"c"});
  CHECK(config->access.apply == std::vector<std::string>{"root"});
  CHECK(config->mode_of("p") == Mode::enforce);
  CHECK(config->mode_of("q") == Mode::report);
}

TEST_CASE("a mistake has its place, and a hint where one is near") {
  const struct {
    const char* text;
    const char* wanted;
  } cases[] = {
      {"mod = \"enforce\"", "1:1: unknown key \"mod\" in the configuration (did you mean 'mode'?)"},
      {"mode = \"enforced\"", "1:8: \"enforced\" is not one of report, enforce (did you mean 'enforce'?)"},
      {"mode = true", "1:8: expected a string, not a boolean"},
      {"\nsweep = \"1s\"", "2:9: \"1s\" is not between 10 and 604800 seconds"},
      {"sweep = 600", "1:9: expected a string, not an integer"},
      {"policies = []", "1:12: this list is empty"},
      {"policies = [\"relative\"]", "1:13: \"relative\" is not an absolute path"},
      {"socket = \"x.sock\"", "1:10: \"x.sock\" is not an absolute path"},
      {"[access]\nread = [\"a b\"]", "2:9: \"a b\" is neither the name of a user nor a ':' and that of a group"},
      {"[access]\nread = [\":\"]", "2:9: \":\" is neither the name of a user nor a ':' and that of a group"},
      {"[access]\nwrite = []", "2:1: unknown key \"write\" in [access]"},
      {"[metrics]\nlisten = \"0.0.0.0:9100\"",
       "2:10: \"0.0.0.0:9100\" is not a loopback address with a port, as 127.0.0.1:9976 or [::1]:9976"},
      {"[metrics]\nlisten = \"127.0.0.1\"",
       "2:10: \"127.0.0.1\" is not a loopback address with a port, as 127.0.0.1:9976 or [::1]:9976"},
      {"[metrics]\nlisten = \"localhost:80\"",
       "2:10: \"localhost:80\" is not a loopback address with a port, as 127.0.0.1:9976 or [::1]:9976"},
      {"[metrics]\nlisten = \"[::2]:80\"",
       "2:10: \"[::2]:80\" is not a loopback address with a port, as 127.0.0.1:9976 or [::1]:9976"},
      {"[metrics]\nlisten = \"127.0.0.1:65536\"",
       "2:10: \"127.0.0.1:65536\" is not a loopback address with a port, as 127.0.0.1:9976 or [::1]:9976"},
      {"[limits]\nqueue = 0", "2:9: 0 is not between 1 and 4096"},
      {"[limits]\nbody = -5", "2:8: -5 is not between 1024 and 16777216"},
      {"[limits]\nidle = \"2h\"", "2:8: \"2h\" is not between 1 and 3600 seconds"},
      {"[policy.\"a/b\"]\nmode = \"report\"", "1:9: \"a/b\" is not the id of a policy"},
      {"[policy.x]", "1:1: [policy.\"x\"] has no \"mode\""},
      {"[policy.x]\nmode = \"enforce\"\nmore = 1",
       "3:1: unknown key \"more\" in [policy.\"x\"] (did you mean 'mode'?)"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.text);
    CHECK(mistakes(load(one.text)) == one.wanted);
  }
}

TEST_CASE("every mistake of every file is told") {
  MemoryHost host;
  host.file(kConfigFile, "mod = 1\nsweeep = 2\n");
  host.file(std::string(kDropIns) + "a.toml", "x = [");
  host.error(std::string(kDropIns) + "b.toml", Errc::denied);
  std::map<std::string, std::string> texts;
  const auto config = load_config(host, kConfigFile, false, &texts);
  REQUIRE_FALSE(config);
  CHECK(config.error().size() == 4);
  CHECK(config.error()[2].file == std::string(kDropIns) + "a.toml");
  CHECK(config.error()[3].file == std::string(kDropIns) + "b.toml");
  CHECK(texts.size() == 2);
}

TEST_CASE("a file that cannot be read is a mistake, not an absence") {
  MemoryHost host;
  host.error(kConfigFile, Errc::denied);
  CHECK_FALSE(load_config(host, kConfigFile));
  MemoryHost other;
  other.error("/etc/hardend/hardend.toml.d", Errc::denied);
  CHECK_FALSE(load_config(other, kConfigFile));
}

TEST_CASE("there is an end to files") {
  MemoryHost host;
  for (int i = 0; i < 101; ++i) host.file(kDropIns + std::to_string(i) + ".toml", "");
  CHECK_FALSE(load_config(host, kConfigFile));
}

TEST_CASE("the shipped example says what holds without it") {
  const auto example = load_config(*live_host(), (test::source_dir() / "dist/hardend.toml").string(), true);
  REQUIRE(example);
  CHECK(*example == Config{});
}

}  // namespace harden::daemon
