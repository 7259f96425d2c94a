#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The whole of it on one emulated machine: Debian with its service manager, on which
# the package is installed, panics by a known bug, comes up again, knows which it
# was, and is cured. qemu_host.py says what is checked.
#
#   qemu_host.sh HARDENCTL SOURCE
#
# Exit status 77: a tool is missing, there is no package, or a kernel or a root
# cannot be had.
# shellcheck source=tests/support/emulated.sh
source "$2/tests/support/emulated.sh" "$1" "$2"
# shellcheck source=tests/support/machines.sh
source "$2/tests/support/machines.sh" "$1" "$2"
[ "$(id -u)" -eq 0 ] || skip "not root"
need debootstrap dpkg-deb mke2fs
newest_deb
debian_root
echo "with $package"
/usr/bin/python3 "$source/tests/e2e/qemu_host.py" "$package" "$source" "$kernel" "$root"
