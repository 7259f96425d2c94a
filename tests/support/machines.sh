# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For the scripts that need Debian machines with systemd, ssh and hardend, booted
# in containers on a bridge (machines.py): `source` it with the script's own
# arguments, HARDENCTL SOURCE, then `machines SCRIPT.py`. The script runs in
# namespaces of its own, so that nothing of its bridge, its processes or its
# mounts meets anybody else's or is left.
#
# hardend is what `cmake --install` puts there, or the package that HARDEN_DEB names.
#
# The root is made once by debootstrap and kept in HARDEN_TEST_CACHE or
# ~/.cache/hardend-tests.
set -euo pipefail

hardenctl=$(realpath "${HARDENCTL_RELEASE:-$1}")
source=$(realpath "$2")
cache=${HARDEN_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hardend-tests}

skip() {
  echo "skipped: $*"
  exit 77
}

# The packages of the libraries that hardend takes, as a package of it would bring them.
libraries() {
  ldd "$hardenctl" "$(dirname "$hardenctl")/hardend" | awk '$3 ~ "^/" { print $3 }' | xargs realpath | sort -u |
    xargs dpkg --search 2>/dev/null | cut -d: -f1 | sort -u | paste -sd, || true
}

# The folder of the root, in $root.
debian_root() {
  # What a host of a fleet has.
  local packages
  packages=systemd,systemd-sysv,dbus,procps,kmod,iproute2,openssh-server,python3,python3-apt,$(libraries)
  root=$cache/bookworm-$(echo "$packages" | cksum | cut -d' ' -f1)
  [ ! -d "$root" ] || return 0
  local mirror
  mkdir -p "$cache"
  # Whoever comes second waits for the first, and has it.
  exec 9>"$cache/lock"
  flock 9
  if [ -d "$root" ]; then exec 9>&-; return 0; fi
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Component: main' 'Codename: bookworm' | head -n 1)
  fresh=$(mktemp -d "$cache/fresh.XXXXXX")
  trap 'rm -rf "$fresh" "$fresh.log"' EXIT
  chmod 755 "$fresh"
  if ! debootstrap --variant=minbase --include="$packages" bookworm "$fresh" ${mirror:+"$mirror"} >"$fresh.log" 2>&1; then
    tail -n 3 "$fresh.log"
    skip "debootstrap made no root"
  fi
  rm -rf "$fresh"/var/cache/apt/archives/*.deb
  mv -T "$fresh" "$root"
  rm -f "$fresh.log"
  exec 9>&-
}

# Every control group of these machines, deepest first.
remove_groups() {
  find /sys/fs/cgroup -depth -type d -path "*/$group/*" -exec rmdir {} + 2>/dev/null || true
  find /sys/fs/cgroup -depth -type d -name "$group" -exec rmdir {} + 2>/dev/null || true
}

# machines SCRIPT TOOL...: runs the Python script, which gets HARDENCTL SOURCE ROOT WORK GROUP.
machines() {
  local script=$1 tool
  shift
  [ "$(id -u)" -eq 0 ] || skip "not root"
  for tool in systemd-nspawn debootstrap unshare nsenter ssh ssh-keygen cmake "$@"; do
    command -v "$tool" >/dev/null || skip "no $tool"
  done
  [ -x "$(dirname "$hardenctl")/hardend" ] || skip "no hardend beside hardenctl"
  [ -z "${HARDEN_DEB:-}" ] || HARDEN_DEB=$(realpath "$HARDEN_DEB")
  ! ldd "$hardenctl" | grep -q 'lib[at]san' || skip "$hardenctl has a sanitizer, whose library the machines lack"
  unshare --mount --net --pid --fork --mount-proc ip link add probe0 type bridge 2>/dev/null || skip "no bridge here"
  debian_root
  work=$(mktemp -d)
  group=hardend-test-$$
  trap 'remove_groups; rm -rf "$work"' EXIT
  unshare --mount --net --pid --fork --kill-child --mount-proc \
    /usr/bin/python3 "$source/tests/e2e/$script" "$hardenctl" "$source" "$root" "$work" "$group"
}
