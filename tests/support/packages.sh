# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What `dist/package` has made: `source` it after what gives $source and skip.

# newest_of GLOB: of the packages of such a name; nothing where there is none.
newest_of() {
  { find "$source/build/package" -maxdepth 1 -name "$1" -printf '%T@ %p\n' 2>/dev/null || true; } |
    sort -n | tail -n 1 | cut -d' ' -f2-
}

# The newest .deb, or the one that HARDEN_DEB names, in $package.
newest_deb() {
  package=${HARDEN_DEB:-$(newest_of 'hardend_*.deb')}
  [ -n "$package" ] || skip "no package: dist/package deb"
  package=$(realpath "$package")
}

# The newest .rpm, but for that of debug symbols, in $package.
newest_rpm() {
  package=$(newest_of 'hardend-[0-9]*.rpm')
  [ -n "$package" ] || skip "no package: dist/package rpm"
}
