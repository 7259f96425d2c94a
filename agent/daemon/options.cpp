// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/options.h"

#include <algorithm>

#include "agent/core/text.h"
#include "harden/diagnostic.h"

namespace harden::daemon {
namespace {

const std::vector<std::string> kWords{"--config", "--check-config", "--version", "--help", "--state", "--root"};

std::unexpected<std::string> unknown(const std::string& word) {
  const std::string near = nearest(word, kWords);
  return std::unexpected("there is no option " + text::quote(word) +
                         (near.empty() ? "; see hardend --help" : "; did you mean " + near + "?"));
}

}  // namespace

const char* const kUsage =
    "usage: hardend [--config FILE] [--check-config | --version | --help]\n"
    "\n"
    "Watches this host for known kernel crash bugs, and answers over a socket.\n"
    "\n"
    "  --config FILE     instead of /etc/hardend/hardend.toml; FILE.d/*.toml are read too\n"
    "  --check-config    say what is wrong in it, and do nothing else\n"
    "  --state FOLDER    where transactions and events are kept (default: /var/lib/hardend)\n"
    "  --root DIR        look after the machine in this folder instead of the running one\n"
    "  --version         show the version\n";

std::expected<Options, std::string> parse_options(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto equals = words[i].find('=');
    const std::string name = words[i].substr(0, equals);
    if (std::ranges::find(kWords, name) == kWords.end()) return unknown(words[i]);
    const bool takes_value = name == "--config" || name == "--state" || name == "--root";
    if (!takes_value && equals != std::string::npos) return std::unexpected(name + " takes no value");
    if (name == "--check-config") options.what = Options::What::check_config;
    if (name == "--version") options.what = Options::What::version;
    if (name == "--help") options.what = Options::What::help;
    if (!takes_value) continue;
    if (equals == std::string::npos && i + 1 >= words.size()) return std::unexpected(name + " needs a value");
    const std::string value = equals == std::string::npos ? words[++i] : words[i].substr(equals + 1);
    if (value.empty()) return std::unexpected(name + " needs a value");
    if (name == "--config") options.config_named = true;
    (name == "--config" ? options.config : name == "--state" ? options.state : options.root) = value;
  }
  return options;
}

}  // namespace harden::daemon
