# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the scripts that boot an emulated machine share: `source` it with the
# script's own arguments, HARDENCTL SOURCE. It gives $hardenctl, the release build
# where there is one (HARDENCTL_RELEASE, else build/release), because emulation is
# slow; $source; and $kernel, an unpacked linux-image-*-cloud-amd64, which is
# fetched once, into HARDEN_TEST_CACHE or ~/.cache/hardend-tests, not installed.
# Exit status 77 where a tool is missing, or the package cannot be had.
set -euo pipefail

hardenctl=$1
source=$(realpath "$2")
if [ -n "${HARDENCTL_RELEASE-}" ]; then
  hardenctl=$HARDENCTL_RELEASE
elif [ -x "$source/build/release/hardenctl" ]; then
  hardenctl=$source/build/release/hardenctl
fi
PATH=$PATH:/usr/sbin:/sbin

need() {
  for tool in "$@"; do
    if ! command -v "$tool" >/dev/null; then echo "skipped: no $tool"; exit 77; fi
  done
}

need qemu-system-x86_64 busybox cpio depmod dpkg apt-get
if ldd "$(command -v busybox)" >/dev/null 2>&1; then echo "skipped: no static busybox"; exit 77; fi

cache=${HARDEN_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hardend-tests}
kernel=$cache/kernel
if ! ls "$kernel"/boot/vmlinuz-* >/dev/null 2>&1; then
  package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | awk '$1 == "Depends:" { print $2; exit }')
  if [ -z "$package" ]; then echo "skipped: no package linux-image-cloud-amd64"; exit 77; fi
  mkdir -p "$cache"
  fresh=$(mktemp -d "$cache/fresh.XXXXXX")
  trap 'rm -rf "$fresh"' EXIT
  if ! (cd "$fresh" && apt-get download -qq "$package" 2>/dev/null); then
    echo "skipped: $package cannot be fetched"
    exit 77
  fi
  dpkg -x "$fresh"/*.deb "$fresh/kernel"
  depmod -b "$fresh/kernel" "$(ls "$fresh/kernel/lib/modules")"
  # Two tests may come at once: the first one's stays.
  mv -T "$fresh/kernel" "$kernel" 2>/dev/null || true
fi
