#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The operator's guide, carried out: guide.py, which says what is checked, types what
# dist/guide/operator.md shows, in a Debian that systemd has booted in a container,
# with the .deb that `dist/package` has made.
#
#   guide.sh HARDENCTL SOURCE
source "$2/tests/support/machines.sh"
source "$2/tests/support/container.sh"

newest_deb
debian_root
below=$root
# Built with the hardenctl that is given: a package has no tests.
export DUMPS=${DUMPS:-$(dirname "$(realpath "$1")")/tests/vmcore_synthetic}
layered_root dpkg-deb

cp "$package" "$out/hardend_$(dpkg-deb --field "$package" Version)_$(dpkg --print-architecture).deb"
cp "$source/dist/guide/operator.md" "$out"
# Its pages want a library that the package recommends.
packer=$(ldconfig -p | sed -n 's/.*liblzo2.so.2 .*=> //p' | head -n 1)
if [ -x "$DUMPS" ] && [ -n "$packer" ]; then
  sed 's/^\[[ 0-9.]*\] //' "$source/tests/crash/samples/ip6mr-sk-done.4.10.log" >"$work/log"
  "$DUMPS" --log "$work/log" "$out/vmcore"
  cp -L "$packer" "$root$packer"
fi
scripts guide.py
boot_for guide.py
report
