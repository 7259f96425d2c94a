# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For the scripts that need Debian machines with systemd, ssh and hardend, booted
# in containers on a bridge (machines.py): `source` it with the script's own
# arguments, HARDENCTL SOURCE, then `machines SCRIPT.py`. The script runs in
# namespaces of its own, so that nothing of its bridge, its processes or its
# mounts meets anybody else's or is left.
#
# The root is made once by debootstrap and kept in HARDEN_TEST_CACHE or
# ~/.cache/hardend-tests.
set -euo pipefail

hardenctl=$(realpath "${HARDENCTL_RELEASE:-$1}")
source=$(realpath "$2")
cache=${HARDEN_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hardend-tests}
# What a host of a fleet has, and the libraries of hardend, which a package would bring.
packages=systemd,systemd-sysv,dbus,procps,kmod,iproute2,openssh-server,python3,python3-apt,libboost-json1.81.0,libfmt9
packages=$packages,libnettle8,libprometheus-cpp-core1.0,libre2-9,libspdlog1.10,libsqlite3-0,libsystemd0
packages=$packages,libtomlplusplus3,libgcrypt20,libsnappy1v5,zlib1g

skip() {
  echo "skipped: $*"
  exit 77
}

# The folder of the root, in $root.
debian_root() {
  root=$cache/bookworm-$(echo "$packages" | cksum | cut -d' ' -f1)
  [ ! -d "$root" ] || return 0
  local mirror fresh
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Component: main' 'Codename: bookworm' | head -n 1)
  mkdir -p "$cache"
  fresh=$(mktemp -d "$cache/fresh.XXXXXX")
  chmod 755 "$fresh"
  if ! debootstrap --variant=minbase --include="$packages" bookworm "$fresh" ${mirror:+"$mirror"} >"$fresh.log" 2>&1; then
    tail -n 3 "$fresh.log"
    rm -rf "$fresh" "$fresh.log"
    skip "debootstrap made no root"
  fi
  rm -rf "$fresh.log" "$fresh"/var/cache/apt/archives/*.deb
  # Another run may have been faster.
  mv -T "$fresh" "$root" 2>/dev/null || rm -rf "$fresh"
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
  ! ldd "$hardenctl" | grep -q 'lib[at]san' || skip "$hardenctl has a sanitizer, whose library the machines lack"
  unshare --mount --net --pid --fork --mount-proc ip link add probe0 type bridge 2>/dev/null || skip "no bridge here"
  debian_root
  work=$(mktemp -d)
  group=hardend-test-$$
  trap 'remove_groups; rm -rf "$work"' EXIT
  unshare --mount --net --pid --fork --kill-child --mount-proc \
    /usr/bin/python3 "$source/tests/e2e/$script" "$hardenctl" "$source" "$root" "$work" "$group"
}
