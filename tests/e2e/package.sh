#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The packages that `dist/package` has made. package.py, which says what is
# checked, runs as a unit of a Debian that systemd has booted in a container, with
# two versions of the .deb: the one that was made, and one made of it with another
# number and another hardend.toml. package_rpm.sh takes the .rpm.
#
#   package.sh HARDENCTL SOURCE
source "$2/tests/support/machines.sh"
source "$2/tests/support/container.sh"

newest_deb
debian_root
below=$root
layered_root dpkg-deb

version=$(dpkg-deb --field "$package" Version)
cp "$package" "$out/first.deb"
dpkg-deb --raw-extract "$package" "$work/second"
sed -i "s/^Version: .*/Version: $version+2/" "$work/second/DEBIAN/control"
echo "# of the second version" >>"$work/second/etc/hardend/hardend.toml"
(cd "$work/second" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | xargs -0 md5sum >DEBIAN/md5sums)
dpkg-deb --root-owner-group -Zgzip -z1 --build "$work/second" "$out/second.deb" >/dev/null

cp "$source/tests/e2e/policies/daemon-sack.toml" "$out"
scripts package.py
boot_for package.py
report
