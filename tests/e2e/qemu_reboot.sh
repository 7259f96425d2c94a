#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Cuts the power of a machine under hardenctl, and boots it again: Debian's
# cloud kernel in QEMU's software emulation. qemu_reboot.py says what is checked.
#
#   qemu_reboot.sh HARDENCTL SOURCE
#
# Exit status 77: a tool is missing, or the kernel's package cannot be had.
# shellcheck source=tests/support/emulated.sh
source "$2/tests/support/emulated.sh" "$1" "$2"
need modprobe mkfs.ext4 strace sqlite3 strip

echo "with $hardenctl"
python3 "$source/tests/e2e/qemu_reboot.py" "$hardenctl" "$source/tests/e2e/policies" "$kernel" \
  "$source/policies"
