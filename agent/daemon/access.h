// SPDX-License-Identifier: Apache-2.0
//
// Who may do what over the socket: two roles, given to users and groups by the
// configuration. Nobody has a role who was not given it, but root, who has both.
#pragma once

#include <sys/types.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/daemon/http.h"
#include "harden/diagnostic.h"

namespace harden::daemon {

enum class Role {
  read,   // what the daemon knows, and plans, which change nothing
  apply,  // changes to the host and waivers; whoever may apply may read
};
std::string_view to_string(Role role);

// [access] of the configuration: users ("monitor", "1000") and groups
// (":hardend", ":998"), by name or number.
struct AccessLists {
  std::vector<std::string> read;
  std::vector<std::string> apply;
  std::string file = "/etc/hardend/hardend.toml";  // where an administrator changes them, for sentences

  friend bool operator==(const AccessLists&, const AccessLists&) = default;
};

struct Decision {
  bool allowed = false;
  std::string why;  // a sentence, with what an administrator can do; "" where allowed
};

class Access {
 public:
  // Names are looked up here (getpwnam, getgrnam) and never again: a user who is
  // made later counts from the next reload on. What cannot be found gives nobody
  // a role, and is told in `mistakes`, as warnings: a configuration is shared by
  // hosts that do not all have the same users.
  explicit Access(AccessLists lists);

  // A peer that is not known (TCP) has no role.
  Decision decide(const Peer& peer, Role role) const;

  const Diagnostics& mistakes() const { return mistakes_; }

 private:
  struct Holders {
    std::set<uid_t> users;
    std::set<gid_t> groups;
  };

  Holders resolve(const std::vector<std::string>& names, Role role);
  bool holds(const Holders& holders, const Peer& peer) const;

  AccessLists lists_;
  Diagnostics mistakes_;
  Holders read_;
  Holders apply_;
};

}  // namespace harden::daemon
