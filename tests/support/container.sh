# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the scripts share that boot this machine's own root (or the one that $below
# names), with a scratch layer above it, in an nspawn container with a network of its
# own: `source` it with the script's own arguments, HARDENCTL SOURCE. It gives $hardenctl and $build, those of
# the release build where there is one (HARDENCTL_RELEASE), and $source; after
# `layered_root TOOL...` also $root, and $out, which is /out in the container.
# Exit status 77 where something is missing.
set -euo pipefail

hardenctl=$(realpath "${HARDENCTL_RELEASE:-$1}")
source=$(realpath "$2")
build=$(dirname "$hardenctl")
work=${3-} # the script starts itself again in a namespace, with this folder

skip() {
  echo "skipped: $*"
  exit 77
}

layered_root() {
  if [ -z "$work" ]; then
    [ "$(id -u)" -eq 0 ] || skip "not root"
    local tool
    for tool in systemd-nspawn unshare python3 "$@"; do
      command -v "$tool" >/dev/null || skip "no $tool"
    done
    unshare --mount --fork true || skip "no namespaces"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    unshare --mount --fork --kill-child "$0" "$hardenctl" "$source" "$work"
    exit
  fi
  mount -t tmpfs tmpfs "$work"
  root=$work/root
  out=$work/out
  mkdir "$root" "$work/upper" "$work/layer" "$out"
  mount -t overlay overlay -o "lowerdir=${below:-/},upperdir=$work/upper,workdir=$work/layer" "$root" ||
    skip "no layer above the root"
  container=(systemd-nspawn --quiet --directory "$root" --bind "$out:/out" --private-network --register=no
    --keep-unit --link-journal=no --console=pipe)
  "${container[@]}" --as-pid2 true >/dev/null 2>&1 || skip "no containers here"
  rm -rf "$root/var/lib/hardend" "$root/etc/hardend"
}

# boot WORDS-FOR-SYSTEMD...: runs it until it ends; $status is what it ended with.
boot() {
  status=0
  "${container[@]}" --boot -- "$@" >"$out/console" 2>&1 </dev/null || status=$?
}

# scripts NAME...: Python scripts of tests/e2e, and what they share, for the container.
scripts() {
  install -D -m 755 -t "$root/usr/local/lib" "$source/tests/e2e/checks.py" "${@/#/$source/tests/e2e/}"
}

# test_unit NAME AFTER SCRIPT [WORD...]: a unit that runs a Python script of the
# container, whose output is the report, and ends the container as it ends.
test_unit() {
  cat >"$root/etc/systemd/system/$1.service" <<UNIT
[Unit]
After=$2
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
StandardOutput=append:/out/report
StandardError=append:/out/report
ExecStart=/usr/bin/python3 /usr/local/lib/${*:3}
UNIT
}

# boot_for SCRIPT: boots as far as basic.target, and runs it then.
boot_for() {
  test_unit booted-test basic.target "$1"
  printf '[Unit]\nWants=basic.target\n' >>"$root/etc/systemd/system/booted-test.service"
  boot --unit=booted-test.service
}

# The script's last line: what was reported, and how it ended.
report() {
  cat "$out/report" || tail -n 50 "$out/console"
  exit "$status"
}
