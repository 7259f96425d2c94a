#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Crashes a machine, has its kdump write dumps of its memory, and reads them:
# Debian's cloud kernel in QEMU's software emulation. qemu_kdump.py says what is
# checked.
#
#   qemu_kdump.sh HARDENCTL SOURCE
#
# Exit status 77: a tool is missing, or the kernel's package cannot be had.
# shellcheck source=tests/support/emulated.sh
source "$2/tests/support/emulated.sh" "$1" "$2"
need kexec makedumpfile tar

# Built with hardenctl; the one that is given, for a release may have no tests.
oracle=$(dirname "$(realpath "$1")")/tests/vmcore_oracle
if [ ! -x "$oracle" ]; then echo "skipped: no $oracle"; exit 77; fi
echo "with $hardenctl"
python3 "$source/tests/e2e/qemu_kdump.py" "$hardenctl" "$source/policies" "$oracle" "$kernel" ${HARDEN_KEEP_DUMPS:+"$HARDEN_KEEP_DUMPS"}
