// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/options.h"

#include <doctest/doctest.h>

namespace harden::daemon {
namespace {

using What = Options::What;

std::string mistake(const std::vector<std::string>& words) {
  const auto options = parse_options(words);
  return options ? "" : options.error();
}

}  // namespace

TEST_CASE("without words it runs as installed") {
  const auto options = parse_options({});
  REQUIRE(options);
  CHECK(options->what == What::run);
  CHECK(options->config == kConfigFile);
  CHECK_FALSE(options->config_named);
  CHECK(options->state == "/var/lib/hardend");
  CHECK(options->root.empty());
}

TEST_CASE("values stand behind an option, or behind its equals sign") {
  for (const auto& words : {std::vector<std::string>{"--config", "/a", "--state", "/b", "--root", "/c"},
                            std::vector<std::string>{"--config=/a", "--root=/c", "--state=/b"}}) {
    const auto options = parse_options(words);
    REQUIRE(options);
    CHECK(options->config == "/a");
    CHECK(options->config_named);
    CHECK(options->state == "/b");
    CHECK(options->root == "/c");
  }
}

TEST_CASE("what is asked for instead of running") {
  CHECK(parse_options({"--check-config", "--config", "/a"})->what == What::check_config);
  CHECK(parse_options({"--version"})->what == What::version);
  CHECK(parse_options({"--help"})->what == What::help);
}

TEST_CASE("what makes no sense is said") {
  CHECK(mistake({"--confg", "/a"}) == "there is no option \"--confg\"; did you mean --config?");
  CHECK(mistake({"start"}) == "there is no option \"start\"; see hardend --help");
  CHECK(mistake({"--config"}) == "--config needs a value");
  CHECK(mistake({"--config="}) == "--config needs a value");
  CHECK(mistake({"--state", ""}) == "--state needs a value");
  CHECK(mistake({"--version=1"}) == "--version takes no value");
  CHECK(mistake({"\x1b[31m"}).find('\x1b') == std::string::npos);
}

TEST_CASE("the usage names every option") {
  const std::string usage = kUsage;
  for (const char* option : {"--config", "--check-config", "--state", "--root", "--version", "--help"}) {
    CHECK_MESSAGE(usage.find(option) != std::string::npos, option);
  }
}

}  // namespace harden::daemon
