#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The .rpm that `dist/package` has made: its files are the .deb's, and in a root of
# its own (rpm --root, without dependencies, which that root has as Debian's
# packages) its scriptlets enable and disable what they should, and erasing leaves
# the store, a changed configuration and nothing else.
#
#   package_rpm.sh HARDENCTL SOURCE
source "$2/tests/support/machines.sh"
source "$2/tests/support/container.sh"

newest_rpm
rpm=$package
newest_deb
deb=$package
debian_root
below=$root
layered_root rpm dpkg-deb
target=$root

failed=0
check() { # WHAT COMMAND...: COMMAND succeeds
  local what=$1
  shift
  if "$@" >"$work/seen" 2>&1; then echo "ok   $what"; else
    echo "FAIL $what"
    sed 's/^/     /' "$work/seen"
    failed=$((failed + 1))
  fi
}
in_root() { rpm --root "$target" --nodeps "$@"; }
listed() { (cd "$target" && find . \( -path ./proc -o -path ./dev -o -path ./var/lib/rpm -o -path ./var/cache -o -path ./var/log \) -prune -o -printf '%P %y %m %u:%g\n' | sort); }
is_enabled() { [ -L "$target/etc/systemd/system/$1.wants/$2" ]; }
not() { ! "$@"; }

# Debian has units and completions of zsh elsewhere, and words of its own.
rpm -qlp "$rpm" | sed 's#^/usr/lib/systemd/system#/lib/systemd/system#; s#/zsh/site-functions#/zsh/vendor-completions#' |
  grep -v '^/usr/share/licenses\|^/usr/share/doc\|^/usr/lib/.build-id' | sort >"$work/rpm.files"
dpkg-deb --fsys-tarfile "$deb" | tar -t | sed 's#^\.##; s#/$##' | sort >"$work/deb.files"
comm -23 "$work/rpm.files" "$work/deb.files" >"$work/only.rpm"
dpkg-deb --fsys-tarfile "$deb" | tar -tv | grep -v '^d' | sed 's#.* \./#/#' | grep -v '^/usr/share/doc' | sort | comm -23 - "$work/rpm.files" >"$work/only.deb"
check "its files are the .deb's" test ! -s "$work/only.rpm" -a ! -s "$work/only.deb"
cat "$work/only.rpm" "$work/only.deb"
check "hardend.toml is configuration that is not replaced" grep -qx /etc/hardend/hardend.toml <(rpm -qcp "$rpm")

listed >"$work/before"
check "it is installed" in_root --install "$rpm"
check "every file is as packed" in_root --verify hardend
check "the group is there" grep -q '^hardend:' "$target/etc/group"
for unit in sockets.target/hardend.socket multi-user.target/hardend.service multi-user.target/hardend-settle.service; do
  check "$unit is enabled, as the presets say" is_enabled "${unit%/*}" "${unit#*/}"
done
check "hardenctl finds its policies" chroot "$target" hardenctl policy lint
check "hardend takes its configuration" chroot "$target" hardend --check-config

echo "# changed" >>"$target/etc/hardend/hardend.toml"
install -D -m 600 /dev/null "$target/var/lib/hardend/kept"
rm "$target/etc/systemd/system/multi-user.target.wants/hardend-settle.service"
check "it is installed again" in_root --upgrade --replacepkgs "$rpm"
check "a changed configuration is kept" grep -qx '# changed' "$target/etc/hardend/hardend.toml"
check "what was disabled stays so" not is_enabled multi-user.target hardend-settle.service

check "it is erased" in_root --erase hardend
check "no unit is enabled" not is_enabled multi-user.target hardend.service
check "nor its socket" not is_enabled sockets.target hardend.socket
check "the store stays" test -e "$target/var/lib/hardend/kept"
check "a changed configuration stays" grep -qx '# changed' "$target/etc/hardend/hardend.toml.rpmsave"
rm -r "$target/var/lib/hardend" "$target/etc/hardend"
# rpm's own database; a folder that the package filesystem of such distributions has.
listed | diff "$work/before" - | grep -v ' root/.rpmdb\| usr/share/licenses d' | grep '^[<>]' | grep -v ' etc \| var/lib \|etc/group\|etc/gshadow\|etc/.pwd.lock\|etc/machine-id\|target.wants\|run' >"$work/left" || true
check "nothing else does" test ! -s "$work/left"
cat "$work/left"
echo "$failed failed"
[ "$failed" -eq 0 ]
