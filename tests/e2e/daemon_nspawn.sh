#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hardend as a service of a real systemd: daemon_nspawn.py, which says what is
# checked, runs as a unit of a booted nspawn container with a network of its own.
# Its root is this machine's with a scratch layer above, on which hardend is
# installed as a package would install it.
#
#   daemon_nspawn.sh HARDENCTL SOURCE
# shellcheck source=tests/support/container.sh
source "$2/tests/support/container.sh"
for program in "$build/hardend" "$build/tests/hardend_stalling"; do
  [ -x "$program" ] || skip "no $program"
done
layered_root systemd-analyze
container+=(--capability=CAP_SYSLOG) # for /dev/kmsg

# As `cmake --install` does, but of these programs, whatever else is not built.
install -D -t "$root/usr/local/sbin" "$build/hardend" "$build/tests/hardend_stalling"
install -D -t "$root/usr/local/bin" "$hardenctl"
install -D -m 644 -t "$root/etc/systemd/system" "$build/hardend.service" "$build/hardend-report.service" \
  "$source/dist/systemd/hardend.socket"
install -D -m 644 "$source/dist/systemd/hardend.sysusers.conf" "$root/usr/lib/sysusers.d/hardend.conf"
install -D -m 644 "$source/dist/systemd/hardend.tmpfiles.conf" "$root/usr/lib/tmpfiles.d/hardend.conf"
install -D -m 644 -t "$root/usr/lib/systemd/catalog" "$source/dist/catalog/hardend.catalog"
install -D -m 644 -t "$root/usr/local/share/hardend/policies" "$source/tests/e2e/policies/daemon-sack.toml"
scripts daemon_nspawn.py running_daemon.py
# A task hangs out here when it is asked for in there.
(
  until [ -e "$out/hang" ]; do sleep 0.1; done
  mkdir "$work/hang"
  "$source/tests/support/hung_task.sh" "$work/hang" >"$out/hung.new" 2>&1 || true
  mv "$out/hung.new" "$out/hung"
) &
hanging=$!
boot_for daemon_nspawn.py
kill "$hanging" 2>/dev/null || true
report
