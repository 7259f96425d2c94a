// SPDX-License-Identifier: Apache-2.0
//
// What was applied, and whether it still holds. Tells:
//   drift          a place of ours holds something else, or yet something else
//   drift.cleared  it holds what we left again
//   sysctl         another watched setting has another value
// with the old value, the new one and, where the kernel said, who it was.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/daemon/clock.h"
#include "agent/daemon/config.h"
#include "agent/daemon/fight.h"
#include "agent/daemon/sighting.h"
#include "harden/facts.h"
#include "harden/host.h"
#include "harden/transact.h"

namespace harden::daemon {

class Guard {
 public:
  using Tell = std::function<void(std::string type, std::string data)>;

  Guard(std::shared_ptr<const Host> host, Clock clock, Tell tell)
      : host_(std::move(host)), clock_(std::move(clock)), tell_(std::move(tell)) {}

  // A change of ours, as it stands.
  struct Ours {
    std::int64_t transaction = 0;
    Change change;
    bool enforced = false;            // its policy may be enforced
    std::optional<std::string> seen;  // what the place held last, as it was told
    bool drifted = false;
    Fight fight;
    std::optional<BootTime> put_back;  // when it is to be
  };

  // Of several transactions that changed one place the last one counts.
  void expect(const std::vector<Transaction>& standing, const Config& config);
  // An event that was told before this process began.
  void remember(std::string_view type, std::string_view data);
  // Looks at the place of a sysctl; `facts` may know what it held before.
  void look(const Sighting& sighting, const Facts* facts);
  // Looks at every place of ours.
  void look_everywhere();

  // The earliest time that something is to be put back.
  std::optional<BootTime> due() const;
  // Those to be put back at `now`.
  std::vector<Ours*> take_due(BootTime now);
  // It was put back, or could not be: looks again, and counts it. True where
  // it has become a fight.
  bool struck(Ours& ours, BootTime now);
  // The transactions of which something does not hold.
  std::vector<std::int64_t> drifted() const;
  // Places that somebody keeps changing: "net.ipv4.tcp_sack".
  std::vector<std::string> contested(BootTime now) const;

 private:
  void look(Ours& ours, const Sighting* sighting);
  void look_at_other(const Sighting& sighting, const std::string& path, const Facts* facts);
  void settle(Ours& ours, const std::optional<std::string>& now, const Sighting* sighting);

  std::shared_ptr<const Host> host_;
  Clock clock_;
  Tell tell_;
  std::map<std::string, Ours, std::less<>> ours_;           // by path
  std::map<std::string, std::string, std::less<>> others_;  // the last value, by key
};

}  // namespace harden::daemon
