#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Cuts the power of a machine under hardenctl, and boots it again: Debian's
# cloud kernel in QEMU's software emulation. qemu_reboot.py says what is checked.
#
#   qemu_reboot.sh HARDENCTL SOURCE
#
# Emulation is slow, so the release build is taken where there is one
# (HARDENCTL_RELEASE, else build/release). The kernel's package is fetched once,
# into HARDEN_TEST_CACHE or ~/.cache/hardend-tests, and not installed.
#
# Exit status 77: a tool is missing, or the package cannot be had.
set -euo pipefail

hardenctl=$1
source=$(realpath "$2")
if [ -n "${HARDENCTL_RELEASE-}" ]; then
  hardenctl=$HARDENCTL_RELEASE
elif [ -x "$source/build/release/hardenctl" ]; then
  hardenctl=$source/build/release/hardenctl
fi

PATH=$PATH:/usr/sbin:/sbin
for tool in qemu-system-x86_64 busybox cpio depmod modprobe mkfs.ext4 strace sqlite3 strip dpkg apt-get; do
  if ! command -v "$tool" >/dev/null; then echo "skipped: no $tool"; exit 77; fi
done
if ldd "$(command -v busybox)" >/dev/null 2>&1; then echo "skipped: no static busybox"; exit 77; fi

cache=${HARDEN_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hardend-tests}
kernel=$cache/kernel
if ! ls "$kernel"/boot/vmlinuz-* >/dev/null 2>&1; then
  package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | awk '$1 == "Depends:" { print $2; exit }')
  if [ -z "$package" ]; then echo "skipped: no package linux-image-cloud-amd64"; exit 77; fi
  fresh=$(mktemp -d)
  trap 'rm -rf "$fresh"' EXIT
  if ! (cd "$fresh" && apt-get download -qq "$package" 2>/dev/null); then
    echo "skipped: $package cannot be fetched"
    exit 77
  fi
  dpkg -x "$fresh"/*.deb "$fresh/kernel"
  depmod -b "$fresh/kernel" "$(ls "$fresh/kernel/lib/modules")"
  mkdir -p "$cache"
  rm -rf "$kernel"
  mv "$fresh/kernel" "$kernel"
fi

echo "with $hardenctl"
python3 "$source/tests/e2e/qemu_reboot.py" "$hardenctl" "$source/tests/e2e/policies" "$kernel"
