#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What may go wrong around a daemon, in network and mount namespaces of its own:
# a disk that is full, a clock that jumps, an engine that restarts, hangs and
# floods, and kill -9 at any moment under load. daemon_luck.py says what is
# checked.
# shellcheck source=tests/support/e2e.sh
source "$2/tests/support/e2e.sh" "$@"

hardend=$(dirname "$hardenctl")/hardend
# A sanitizer's runtime wants to be the first that is loaded; the clock that
# jumps is preloaded into the optimised build, where there is one.
optimised=$(dirname "${HARDENCTL_RELEASE:-$hardenctl}")
[ -x "$hardend" ] && [ "$(id -u)" -eq 0 ] || { echo "skipped: no hardend, or not root"; exit 77; }
unshare -mn true 2>/dev/null || { echo "skipped: no namespaces of its own"; exit 77; }
# What is applied is made to last in a folder of this host.
unshare -mn sh -ec 'ip link set lo up; mount -t tmpfs tmpfs /etc/sysctl.d; mount -t tmpfs tmpfs /run
  exec /usr/bin/python3 tests/e2e/daemon_luck.py "$@"' - "$hardend" "$optimised" "$work"
