// SPDX-License-Identifier: Apache-2.0
//
// What keeps modules from being loaded: modprobe.d(5) in the order kmod reads
// it, and the command line.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/collect/cmdline.h"
#include "harden/host.h"

namespace harden::probe {

// One line that is about loading a module.
struct LoadRule {
  enum class Kind { install, blacklist, alias_off };
  Kind kind = Kind::blacklist;
  std::string pattern;  // as in fnmatch(3), with '_'
  bool never = false;   // of an install: the command loads nothing
  std::string where;    // "/etc/modprobe.d/x.conf:3: install rds /bin/false"
};

// The rules of one file, in their order. Of a line that ends in a backslash
// the next one is a part.
std::vector<LoadRule> parse_modprobe(std::string_view text, std::string_view path);

struct Block {
  bool blocked = false;
  std::string by;  // the line that blocks it, else one that hinders it, else ""
};

// All that was found, ready to be asked about many modules.
class LoadRules {
 public:
  // Reads every modprobe.d folder and takes the command line's parameters.
  LoadRules(const Host& host, const Result<std::vector<Parameter>>& cmdline);

  // An error where no rule that was read blocks the module, and a file that
  // may hold one could not be read.
  Result<Block> block_of(const std::string& module) const;

  // The modules that rules name, patterns left out.
  std::vector<std::string> named() const;

  // The first trouble that reading them met, if any.
  const std::vector<Error>& errors() const { return errors_; }

 private:
  void add(LoadRule rule);
  void add_cmdline(const std::vector<Parameter>& parameters);

  std::map<std::string, std::vector<LoadRule>, std::less<>> by_name_;
  std::vector<LoadRule> patterns_;
  std::map<std::string, std::string, std::less<>> refused_;  // by the kernel itself
  std::vector<Error> errors_;
};

}  // namespace harden::probe
