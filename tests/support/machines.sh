# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For the scripts that need Debian machines with systemd, ssh and hardend, booted
# in containers on a bridge (machines.py): `source` it with the script's own
# arguments, HARDENCTL SOURCE, then `machines SCRIPT.py`. The script runs in
# namespaces of its own, so that nothing of its bridge, its processes or its
# mounts meets anybody else's or is left.
#
# hardend is the package that `dist/package` has made, or the one that HARDEN_DEB names.
#
# The root is made once by debootstrap and kept in HARDEN_TEST_CACHE or
# ~/.cache/hardend-tests.
set -euo pipefail

source=$(realpath "$2")
cache=${HARDEN_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hardend-tests}

skip() {
  echo "skipped: $*"
  exit 77
}

# shellcheck source=tests/support/packages.sh
source "$source/tests/support/packages.sh"

# The packages of the libraries that $package takes: names that debootstrap knows,
# which those it depends on need not be.
libraries() {
  local unpacked
  unpacked=$(mktemp -d)
  dpkg-deb --extract "$package" "$unpacked"
  ldd "$unpacked/usr/bin/hardenctl" "$unpacked/usr/sbin/hardend" | awk '$3 ~ "^/" { print $3 }' | xargs realpath | sort -u |
    xargs dpkg --search 2>/dev/null | cut -d: -f1 | sort -u | paste -sd, || true
  rm -rf "$unpacked"
}

# The folder of the root, in $root: what a host of a fleet has, and what $package
# takes, so that nothing is fetched when it is installed.
debian_root() {
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
  rm -rf "$cache"/fresh.* # of one that was killed
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

# remove_groups NAME: all control groups of one run, deepest first.
remove_groups() {
  find /sys/fs/cgroup -depth -type d -path "*/$1/*" -exec rmdir {} + 2>/dev/null || true
  find /sys/fs/cgroup -depth -type d -name "$1" -exec rmdir {} + 2>/dev/null || true
}

# What a run left that was killed: its processes, its bridge and its mounts went with
# its namespaces; its control groups and an empty folder did not.
remove_leftovers() {
  local name
  { find /sys/fs/cgroup -type d -name 'hardend-test-*' -printf '%f\n' -prune
    find "${TMPDIR:-/tmp}" -maxdepth 1 -type d -name 'hardend-test-*' -printf '%f\n'; } 2>/dev/null |
    sed 's/\.[^.]*$//' | sort -u | while read -r name; do
      [ ! -d "/proc/${name#hardend-test-}" ] || continue
      remove_groups "$name"
      rmdir "${TMPDIR:-/tmp}/$name".* 2>/dev/null || true
    done
}

# machines SCRIPT TOOL...: runs the Python script, which gets PACKAGE SOURCE ROOT WORK GROUP.
machines() {
  local script=$1 tool
  shift
  [ "$(id -u)" -eq 0 ] || skip "not root"
  for tool in systemd-nspawn debootstrap unshare nsenter setpriv ssh ssh-keygen dpkg-deb "$@"; do
    command -v "$tool" >/dev/null || skip "no $tool"
  done
  newest_deb
  unshare --mount --net --pid --fork --mount-proc ip link add probe0 type bridge 2>/dev/null || skip "no bridge here"
  debian_root
  remove_leftovers
  group=hardend-test-$$
  work=$(mktemp -d -t "$group.XXXXXX")
  trap 'remove_groups "$group"; rm -rf "$work"' EXIT
  # With this script all of it goes, however the script ends.
  setpriv --pdeathsig KILL unshare --mount --net --pid --fork --kill-child --mount-proc \
    /usr/bin/python3 "$source/tests/e2e/$script" "$package" "$source" "$root" "$work" "$group"
}
