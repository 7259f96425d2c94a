#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hardend-settle.service of a real systemd, without the daemon: settle_boot.py,
# which says what is checked, runs once in each of several boots of an nspawn
# container with a network of its own. Its root is this machine's with a scratch
# layer above, which stays from boot to boot as a disk does.
#
#   settle_boot.sh HARDENCTL SOURCE
# shellcheck source=tests/support/container.sh
source "$2/tests/support/container.sh"
layered_root systemd-analyze strace
unit=$build/hardend-settle.service

# Of all that this machine starts at boot, only what is tested here.
rm -rf "$root"/etc/systemd/system/*.wants "$root"/{usr/,}lib/systemd/system/multi-user.target.wants
rm -rf "$root"/etc/{sysctl.d,modprobe.d,sysctl.conf} && mkdir "$root/etc/sysctl.d" "$root/etc/modprobe.d"
program=$(sed -n 's,^ExecStart=\(/[^ ]*\) .*,\1,p' "$unit")
install -D "$hardenctl" "$root$program"
install -D -m 644 -t "$root/etc/systemd/system" "$unit"
install -D -m 644 -t "$root/usr/local/share/policies" "$source/tests/e2e/policies/kill-sysctl.toml" \
  "$source/tests/e2e/policies/kill-module.toml"
scripts settle_boot.py
test_unit settle-e2e hardend-settle.service "settle_boot.py $program"
printf '[Install]\nWantedBy=multi-user.target\n' >>"$root/etc/systemd/system/settle-e2e.service"
systemctl --root "$root" --quiet enable hardend-settle.service settle-e2e.service
systemctl --root "$root" --quiet set-default multi-user.target

status=0
while [ ! -e "$out/done" ] && [ "$status" -eq 0 ]; do
  boot
  sleep 2 # the time to confirm, for what is left waiting, is shorter
done
report
