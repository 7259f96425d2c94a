// SPDX-License-Identifier: Apache-2.0
//
// One change on its way to the host, and all of them on their way back.
#pragma once

#include <string>
#include <vector>

#include "harden/transact.h"

namespace harden {

// Whether what a place holds is something this transaction may have left
// there: the change's before or after, or what another of its changes takes
// along with it (agent/remedy/followers.h).
bool is_ours(const Change& change, const std::optional<std::string>& now, const std::vector<Change>& changes);

// Whether a path is that of a sysctl of one network interface, which comes and
// goes with it; `all` and `default` are none.
bool is_of_interface(const std::string& path);

// Gives a place that holds `now` the content, and reads it back. Where it took
// something else it gets back what it held, and the error says so; whoever
// writes there between these two writes is overwritten, which no interface of
// /proc/sys can prevent. Nothing is written where it holds the content already.
Result<> put(const Change& change, const std::optional<std::string>& now, const std::optional<std::string>& content,
             const Workbench& bench);

// Takes all changes back and moves the transaction to `undone`, or `stuck`.
// `why` becomes the note. Where the journal refuses, what is unfinished is
// brought back all the same, and settled again later; what is settled is left
// as it is, and that is an error.
Result<Outcome> take_back(const Transaction& transaction, const Workbench& bench, const Moment& now, bool force,
                          const std::string& why);

}  // namespace harden
