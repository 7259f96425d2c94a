// SPDX-License-Identifier: Apache-2.0
//
// What to say where a command line cannot be understood.
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace harden::ctl {

// The word that is no verb or no option, with the nearest that is one; or what
// the parser says. `app` is the one that was given the command line.
std::string mistake_in(const CLI::App& app, const CLI::ParseError& error);

// The verb that the command line named, with its own: "hardenctl policy list".
std::string command_of(const CLI::App& app);

}  // namespace harden::ctl
