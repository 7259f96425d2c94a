// SPDX-License-Identifier: Apache-2.0
//
// A plan: which remedies are to be carried out on this host, the changes that
// takes, in their order, and what they cost here. It leaves no choice for
// later, and making it changes nothing.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harden/change.h"
#include "harden/facts.h"
#include "harden/finding.h"
#include "harden/host.h"
#include "harden/policy.h"

namespace harden {

// What is to be planned. With no policies named, every finding that is exposed.
struct PlanRequest {
  std::vector<std::string> policies;            // ids; each of them must be in the list of policies
  std::map<std::string, std::string> remedies;  // policy id to the remedy to take whatever its grade
  bool runtime_only = false;                    // nothing that survives a boot
};

// A remedy that the plan carries out, or that a person must.
struct PlannedRemedy {
  std::string policy;
  Severity severity = Severity::medium;
  RemedyView view;                       // grade, impacts on this host, ...
  std::string why;                       // why this one of the policy's remedies
  bool named = false;                    // asked for by its name
  std::vector<std::string> passed_over;  // "upgrade (prevents): cannot be carried out by hardend"
};

// A finding that nothing is planned for.
struct Unplanned {
  std::string policy;
  std::string because;
};

struct PlannedChange {
  Change change;
  std::string source;                 // where the present content comes from; may be empty
  std::vector<std::string> policies;  // whose remedies want it
};

// A key that cannot be set now because a module that brings it is not loaded:
// it is in the file, and takes effect when something applies the file again.
struct PendingKey {
  std::string key;
  std::string module;  // "" where not known
};

struct Plan {
  HostSummary host;
  std::vector<PlannedRemedy> remedies;  // by policy, worst first
  std::vector<Unplanned> unplanned;
  std::vector<PlannedChange> changes;  // in the order in which they are made
  std::vector<PendingKey> pending;
  std::vector<std::string> warnings;   // what the operator should know and may accept
  std::vector<std::string> conflicts;  // why it must not be applied; empty where it may
  std::vector<std::string> by_hand;    // what a person has to do afterwards, in this order
  bool needs_reboot = false;
  bool irreversible = false;
  bool has_impact = false;  // some remedy breaks, or may break, something on this host
  std::string digest;       // SHA-256 of remedies and changes, 64 hex digits
};

// Reads what is there now through `host`, and nothing else; the same host and
// facts give the same plan.
Plan make_plan(const std::vector<Policy>& policies, const Facts& facts, const Host& host,
               const PlanRequest& request = {});

}  // namespace harden
