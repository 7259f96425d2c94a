#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A watch in network and mount namespaces of its own: sysctls that are written,
# through drop_caches too, interfaces that are made again, folders that come
# later, the kernel's messages, and a dockerd that is restarted.
# shellcheck source=tests/support/e2e.sh
source "$2/tests/support/e2e.sh" "$@"

probe=$(dirname "$hardenctl")/tests/watch_probe
[ -x "$probe" ] || { echo "skipped: no watch_probe"; exit 77; }
unshare -mn true 2>/dev/null || { echo "skipped: no namespaces of its own"; exit 77; }
for program in ip sysctl; do
  command -v "$program" >/dev/null || { echo "skipped: no $program"; exit 77; }
done
unshare -mn /usr/bin/python3 tests/e2e/daemon_watch.py "$probe" "$work"
