#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hardend-settle.service of a real systemd, without the daemon: settle_boot.py,
# which says what is checked, runs once in each of several boots of an nspawn
# container with a network of its own. Its root is this machine's with a scratch
# layer above, which stays from boot to boot as a disk does.
#
#   settle_boot.sh HARDENCTL SOURCE
set -euo pipefail

hardenctl=$(realpath "${HARDENCTL_RELEASE:-$1}")
source=$(realpath "$2")
unit=$(dirname "$hardenctl")/hardend-settle.service
work=${3-}

if [ -z "$work" ]; then
  if [ "$(id -u)" -ne 0 ]; then echo "skipped: not root"; exit 77; fi
  for tool in systemd-nspawn systemd-analyze python3 strace unshare; do
    if ! command -v "$tool" >/dev/null; then echo "skipped: no $tool"; exit 77; fi
  done
  if ! unshare --mount --fork true; then echo "skipped: no namespaces"; exit 77; fi
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  unshare --mount --fork --kill-child "$0" "$hardenctl" "$source" "$work"
  exit
fi

mount -t tmpfs tmpfs "$work"
mkdir "$work/root" "$work/upper" "$work/layer" "$work/out"
if ! mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/layer" "$work/root"; then
  echo "skipped: no layer above the root"
  exit 77
fi
root=$work/root

# Of all that this machine starts at boot, only what is tested here.
rm -rf "$root/var/lib/hardend" "$root/etc/hardend" "$root"/etc/systemd/system/*.wants \
  "$root"/{usr/,}lib/systemd/system/multi-user.target.wants
rm -rf "$root"/etc/{sysctl.d,modprobe.d,sysctl.conf} && mkdir "$root/etc/sysctl.d" "$root/etc/modprobe.d"
program=$(sed -n 's,^ExecStart=\(/[^ ]*\) .*,\1,p' "$unit")
install -D "$hardenctl" "$root$program"
install -D -m 644 -t "$root/etc/systemd/system" "$unit"
install -D -m 644 -t "$root/usr/local/share/policies" "$source/tests/e2e/policies/kill-sysctl.toml" \
  "$source/tests/e2e/policies/kill-module.toml"
install -D -m 755 -t "$root/usr/local/lib" "$source/tests/e2e/settle_boot.py"
cat >"$root/etc/systemd/system/settle-e2e.service" <<UNIT
[Unit]
After=hardend-settle.service
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
StandardOutput=append:/out/report
StandardError=append:/out/report
ExecStart=/usr/bin/python3 /usr/local/lib/settle_boot.py $program
[Install]
WantedBy=multi-user.target
UNIT
systemctl --root "$root" --quiet enable hardend-settle.service settle-e2e.service
systemctl --root "$root" --quiet set-default multi-user.target

container=(systemd-nspawn --quiet --directory "$root" --bind "$work/out:/out" --private-network --register=no
  --keep-unit --link-journal=no --console=pipe)
if ! "${container[@]}" --as-pid2 true >/dev/null 2>&1; then
  echo "skipped: no containers here"
  exit 77
fi
status=0
while [ ! -e "$work/out/done" ] && [ "$status" -eq 0 ]; do
  "${container[@]}" --boot >"$work/out/console" 2>&1 </dev/null || status=$?
  sleep 2 # the time to confirm, for what is left waiting, is shorter
done
cat "$work/out/report" || tail -n 50 "$work/out/console"
exit "$status"
