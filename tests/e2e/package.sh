#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The packages that `dist/package` has made. package.py, which says what is
# checked, runs as a unit of a Debian that systemd has booted in a container, with
# two versions of the .deb: the one that was made, and one made of it with another
# number and another hardend.toml. package_rpm.sh takes the .rpm.
#
#   package.sh HARDENCTL SOURCE
source "$2/tests/support/machines.sh"

work=${3-}
if [ -z "$work" ]; then
  [ "$(id -u)" -eq 0 ] || skip "not root"
  for tool in systemd-nspawn debootstrap unshare dpkg-deb; do
    command -v "$tool" >/dev/null || skip "no $tool"
  done
  compgen -G "$source/build/package/hardend_*.deb" >/dev/null || skip "no package: dist/package deb"
  unshare --mount --fork true || skip "no namespaces"
  debian_root
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  unshare --mount --fork --kill-child "$0" "$1" "$2" "$work"
  exit
fi

debian_root
mount -t tmpfs tmpfs "$work"
mkdir "$work/root" "$work/upper" "$work/layer" "$work/out"
mount -t overlay overlay -o "lowerdir=$root,upperdir=$work/upper,workdir=$work/layer" "$work/root" || skip "no layer above the root"

# The newest, as versions are ordered.
first=$(find "$source/build/package" -maxdepth 1 -name 'hardend_*.deb' -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-)
version=$(dpkg-deb --field "$first" Version)
cp "$first" "$work/out/first.deb"
dpkg-deb --raw-extract "$first" "$work/second"
sed -i "s/^Version: .*/Version: $version+2/" "$work/second/DEBIAN/control"
echo "# of the second version" >>"$work/second/etc/hardend/hardend.toml"
(cd "$work/second" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | xargs -0 md5sum >DEBIAN/md5sums)
dpkg-deb --root-owner-group -Zgzip -z1 --build "$work/second" "$work/out/second.deb" >/dev/null

cp "$source/tests/e2e/package.py" "$source/tests/e2e/policies/daemon-sack.toml" "$work/out"
cat >"$work/root/etc/systemd/system/package-e2e.service" <<'UNIT'
[Unit]
Wants=basic.target
After=basic.target
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
StandardOutput=append:/out/report
StandardError=append:/out/report
ExecStart=/usr/bin/python3 /out/package.py
UNIT

container=(systemd-nspawn --quiet --directory "$work/root" --bind "$work/out:/out" --private-network --register=no
  --keep-unit --link-journal=no --console=pipe)
"${container[@]}" --as-pid2 true >/dev/null 2>&1 || skip "no containers here"
status=0
"${container[@]}" --boot -- --unit=package-e2e.service >"$work/out/console" 2>&1 </dev/null || status=$?
cat "$work/out/report" || tail -n 50 "$work/out/console"
exit "$status"
