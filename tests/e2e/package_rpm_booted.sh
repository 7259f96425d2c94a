#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The scriptlets of the .rpm that `dist/package` has made, where systemd runs:
# package_rpm_booted.py, which says what is checked, runs as a unit of a booted
# container whose root is this machine's with a scratch layer above, and which
# therefore has rpm. What the package depends on is there as Debian's packages.
#
#   package_rpm_booted.sh HARDENCTL SOURCE
# shellcheck source=tests/support/container.sh
source "$2/tests/support/container.sh"
# shellcheck source=tests/support/packages.sh
source "$source/tests/support/packages.sh"

newest_rpm
layered_root rpm

rm -rf "$root/var/lib/rpm" "$root/root/.rpmdb" "$root/usr/share/hardend"
rm -f "$root"/{etc,usr/lib}/systemd/system/hardend* "$root"/usr/local/{,s}bin/harden*
cp "$package" "$out/hardend.rpm"
cp "$source/tests/e2e/policies/daemon-sack.toml" "$out"
scripts package_rpm_booted.py
boot_for package_rpm_booted.py
report
