#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The audit trail: what the kernel hands on of hardend's changes, read back with
# the audit tools' own library. daemon_audit.py says what is checked. Auditing is
# turned on for that while where it is off.
# shellcheck source=tests/support/e2e.sh
source "$2/tests/support/e2e.sh" "$@"

hardend=$(dirname "$hardenctl")/hardend
[ -x "$hardend" ] && [ "$(id -u)" -eq 0 ] || { echo "skipped: no hardend, or not root"; exit 77; }
/usr/bin/python3 -c 'import auparse' 2>/dev/null || { echo "skipped: no python3-audit"; exit 77; }
unshare -mn true 2>/dev/null || { echo "skipped: no namespaces of its own"; exit 77; }
# The trail goes to the host's network namespace alone: whoever hears it stays there.
/usr/bin/python3 tests/e2e/audit_trail.py "$work/trail" -- unshare -mn sh -ec 'ip link set lo up
  mount -t tmpfs tmpfs /etc/sysctl.d; mount -t tmpfs tmpfs /run
  exec /usr/bin/python3 tests/e2e/daemon_audit.py "$@"' - "$hardend" "$work"
