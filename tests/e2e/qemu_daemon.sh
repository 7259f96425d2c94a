#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hardend on a machine of its own, which may oops and load modules: Debian's cloud
# kernel in QEMU's software emulation. qemu_daemon.py says what is checked.
#
#   qemu_daemon.sh HARDENCTL SOURCE
#
# Exit status 77: a tool is missing, or the kernel's package cannot be had.
# shellcheck source=tests/support/emulated.sh
source "$2/tests/support/emulated.sh" "$1" "$2"
need modprobe strip curl
[ -x "$(dirname "$hardenctl")/hardend" ] || { echo "skipped: no hardend beside $hardenctl"; exit 77; }
echo "with $hardenctl"
python3 "$source/tests/e2e/qemu_daemon.py" "$hardenctl" "$source" "$kernel"
