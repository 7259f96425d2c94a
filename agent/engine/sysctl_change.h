// SPDX-License-Identifier: Apache-2.0
//
// What else may have changed when one thing of the kernel did.
#pragma once

#include <string>

#include "agent/engine/dependents.h"

namespace harden {

// A write to a sysctl: the key itself, the keys that the kernel changes with
// it (agent/remedy/followers.h), and the facts that are read from it too.
void add_sysctl_change(const std::string& key, const Dependents& dependents, Changed& changed);

// An interface came or went: its own keys, and every pattern that may mean one of them.
void add_interface_change(const std::string& interface, const Dependents& dependents, Changed& changed);

// A module came or went: the keys that it brings with it.
void add_module_change(const std::string& module, const Dependents& dependents, Changed& changed);

}  // namespace harden
