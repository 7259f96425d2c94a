#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What earlier kernels left is found when hardend starts: daemon_crashes.py, which
# says what is checked, runs as a unit of a booted nspawn container whose root is
# this machine's with a scratch layer above. In that layer lie systemd-pstore's
# folder, a journal of an earlier boot and a kdump folder, made up here.
#
#   daemon_crashes.sh HARDENCTL SOURCE
# shellcheck source=tests/support/container.sh
source "$2/tests/support/container.sh" "$@"

# Built with the hardenctl that is given: a release may have no tests.
export DUMPS=${DUMPS:-$(dirname "$(realpath "$1")")/tests/vmcore_synthetic}
remote=/lib/systemd/systemd-journal-remote
layered_root "$build/hardend" "$DUMPS" "$remote"

install -D -t "$root/usr/local/sbin" "$build/hardend"
install -D -t "$root/usr/local/bin" "$hardenctl"
install -D -m 644 -t "$root/etc/systemd/system" "$build/hardend.service" "$source/dist/systemd/hardend.socket"
install -D -m 644 "$source/dist/systemd/hardend.sysusers.conf" "$root/usr/lib/sysusers.d/hardend.conf"
install -D -m 644 "$source/dist/systemd/hardend.tmpfiles.conf" "$root/usr/lib/tmpfiles.d/hardend.conf"
rm -rf "$root/usr/local/share/hardend" "$root/var/crash" "$root/var/lib/systemd/pstore" "$root/var/log/journal"
install -D -m 644 -t "$root/usr/local/share/hardend/policies" "$source"/policies/crash/*.toml
python3 "$source/tests/e2e/daemon_crashes.py" --unfixed "$root"/usr/local/share/hardend/policies/*.toml
scripts daemon_crashes.py
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"

# Each place has a crash of another bug, as tests/crash/samples tell them.
samples=$source/tests/crash/samples
here=$(uname -r)
as_this_kernel() { sed -E "s/(Not tainted|Tainted: [A-Z ]+|-+ ) *[0-9]+\.[0-9]+\.[^ ]+/\1 $here/" "$1"; }
pstore=$root/var/lib/systemd/pstore
now=$(date +%s)
mkdir -p "$pstore/$now" "$pstore/1500000000" "$root/var/crash/127.0.0.1-2026-11-24-12:00:00"
as_this_kernel "$samples/ip6mr-sk-done.4.10.log" >"$pstore/$now/dmesg.txt"
as_this_kernel "$samples/CVE-2019-11477.log" >"$pstore/1500000000/dmesg.txt"
touch -d @1500000000 "$pstore/1500000000/dmesg.txt"
"$DUMPS" --log "$samples/CVE-2022-0185.log" "$root/var/crash/127.0.0.1-2026-11-24-12:00:00/vmcore"
as_this_kernel "$samples/CVE-2024-57977.log" >"$work/earlier.log"
python3 "$source/tests/e2e/daemon_crashes.py" --journal "$work/earlier.log" |
  "$remote" -o "$work/earlier.journal" - 2>"$work/remote"
archived=system@0123456789abcdef0123456789abcdef-0000000000000001-0005f00000000000.journal
install -D "$work/earlier.journal" "$root/var/log/journal/0123456789abcdef0123456789abcdef/$archived"

boot_for daemon_crashes.py
report
