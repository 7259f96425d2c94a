#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hardend as a service of a real systemd: daemon_nspawn.py, which says what is
# checked, runs as a unit of a booted nspawn container with a network of its own.
# Its root is this machine's with a scratch layer above, on which hardend is
# installed as a package would install it.
#
#   daemon_nspawn.sh HARDENCTL SOURCE
set -euo pipefail

hardenctl=$(realpath "${HARDENCTL_RELEASE:-$1}")
source=$(realpath "$2")
build=$(dirname "$hardenctl")
work=${3-}

if [ -z "$work" ]; then
  if [ "$(id -u)" -ne 0 ]; then echo "skipped: not root"; exit 77; fi
  for tool in systemd-nspawn systemd-analyze python3 unshare; do
    if ! command -v "$tool" >/dev/null; then echo "skipped: no $tool"; exit 77; fi
  done
  for program in "$build/hardend" "$build/tests/hardend_stalling"; do
    if [ ! -x "$program" ]; then echo "skipped: no $program"; exit 77; fi
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

# As `cmake --install` does, but of these programs, whatever else is not built.
install -D -t "$root/usr/local/sbin" "$build/hardend" "$build/tests/hardend_stalling"
install -D -t "$root/usr/local/bin" "$hardenctl"
install -D -m 644 -t "$root/etc/systemd/system" "$build/hardend.service" "$build/hardend-report.service" \
  "$source/dist/systemd/hardend.socket"
install -D -m 644 "$source/dist/systemd/hardend.sysusers.conf" "$root/usr/lib/sysusers.d/hardend.conf"
install -D -m 644 "$source/dist/systemd/hardend.tmpfiles.conf" "$root/usr/lib/tmpfiles.d/hardend.conf"
install -D -m 644 -t "$root/usr/lib/systemd/catalog" "$source/dist/catalog/hardend.catalog"
install -D -m 644 -t "$root/usr/local/share/hardend/policies" "$source/tests/e2e/policies/daemon-sack.toml"
install -D -m 755 -t "$root/usr/local/lib" "$source/tests/e2e/daemon_nspawn.py" "$source/tests/e2e/running_daemon.py"
rm -rf "$root/var/lib/hardend" "$root/etc/hardend"
cat >"$root/etc/systemd/system/hardend-e2e.service" <<'UNIT'
[Unit]
Wants=basic.target
After=basic.target
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
StandardOutput=append:/out/report
StandardError=append:/out/report
ExecStart=/usr/bin/python3 /usr/local/lib/daemon_nspawn.py
UNIT

container=(systemd-nspawn --quiet --directory "$root" --bind "$work/out:/out" --private-network --register=no --capability=CAP_SYSLOG
  --keep-unit --link-journal=no --console=pipe)
if ! "${container[@]}" --as-pid2 true >/dev/null 2>&1; then
  echo "skipped: no containers here"
  exit 77
fi
status=0
"${container[@]}" --boot -- --unit=hardend-e2e.service >"$work/out/console" 2>&1 </dev/null || status=$?
cat "$work/out/report" || tail -n 50 "$work/out/console"
exit "$status"
