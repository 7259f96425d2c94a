#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hardend under everything at once for a while, in network and mount namespaces
# of its own: sysctls written, an engine that floods, clients that ask, listen,
# come and go, changes applied and undone. Its memory must not grow.
#
#   daemon_soak.sh HARDENCTL SOURCE [EVENTS [SECONDS]]
#
# until EVENTS have been told or SECONDS are over; in tests 10,000 and 30. The
# ten minutes: tests/e2e/daemon_soak.sh build/release/hardenctl . 1000000 600
# shellcheck source=tests/support/e2e.sh
source "$2/tests/support/e2e.sh" "$@"

hardend=$(dirname "$hardenctl")/hardend
[ -x "$hardend" ] && [ "$(id -u)" -eq 0 ] || { echo "skipped: no hardend, or not root"; exit 77; }
unshare -mn true 2>/dev/null || { echo "skipped: no namespaces of its own"; exit 77; }
unshare -mn sh -ec 'ip link set lo up; mount -t tmpfs tmpfs /etc/sysctl.d; mount -t tmpfs tmpfs /run
  exec /usr/bin/python3 tests/e2e/daemon_soak.py "$@"' - "$hardend" "$work" "${3-10000}" "${4-30}"
