#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Kills hardenctl at every system call that writes or syncs; kill_apply.py says
# what is checked. It runs in an nspawn container with a network of its own,
# whose root is this machine's with a scratch layer above it, so that nothing is
# installed; where nspawn is missing, in namespaces with scratch layers on /etc
# and /var/lib.
#
#   kill_apply.sh HARDENCTL SOURCE
#
# Exit status 77: not root, or a tool or namespaces are missing.
set -euo pipefail

# Hundreds of runs: the release build where there is one, as dist/test says.
hardenctl=$(realpath "${HARDENCTL_RELEASE:-$1}")
source=$(realpath "$2")
work=${3-}

# overlay PLACE NAME [TARGET]: a scratch layer above a folder.
overlay() {
  mkdir -p "$work/$2/upper" "$work/$2/work"
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$work/$2/upper,workdir=$work/$2/work" "${3-$1}"
}

if [ -z "$work" ]; then
  if [ "$(id -u)" -ne 0 ]; then echo "skipped: not root"; exit 77; fi
  for tool in strace sqlite3 python3 unshare; do
    if ! command -v "$tool" >/dev/null; then echo "skipped: no $tool"; exit 77; fi
  done
  if ! unshare --mount --net --pid --fork --mount-proc true; then echo "skipped: no namespaces"; exit 77; fi
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  unshare --mount --net --pid --fork --kill-child --mount-proc "$0" "$hardenctl" "$source" "$work"
  exit
fi

mount -t tmpfs tmpfs "$work"
mount -t tmpfs tmpfs /run
mkdir "$work/root"
sweep=(python3 "$source/tests/e2e/kill_apply.py" "$hardenctl" "$source/tests/e2e/policies")
container=(systemd-nspawn --quiet --directory "$work/root" --private-network --register=no --keep-unit --as-pid2 --pipe
  --link-journal=no --bind-ro "$hardenctl" --bind-ro "$source")
if command -v systemd-nspawn >/dev/null && overlay / layers "$work/root" && "${container[@]}" true 2>/dev/null; then
  echo "in an nspawn container with a private network"
  "${container[@]}" "${sweep[@]}"
else
  echo "without nspawn, in namespaces of its own"
  overlay /etc etc
  overlay /var/lib lib
  "${sweep[@]}"
fi
