#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# plan, apply, confirm, undo, history and drift as their user meets them, on
# copies of machines of tests/hosts.
#
#   transaction.sh HARDENCTL SOURCE
set -euo pipefail

hardenctl=$1
source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$source"
failed=0

fault() {
  echo "$*"
  failed=$((failed + 1))
}

# expect STATUS PATTERN WORDS...: what it prints, on either stream, matches.
expect() {
  local status=$1 pattern=$2 got=0
  shift 2
  "$hardenctl" "$@" >"$work/out" 2>&1 || got=$?
  if [ "$got" -ne "$status" ] || ! grep -Eq -- "$pattern" "$work/out"; then
    fault "hardenctl $*: exit status $got (wanted $status), wanted to see: $pattern"
    head -n 20 "$work/out"
  fi
}

# follows DOCUMENT WORDS...: its JSON follows dist/schema/DOCUMENT.schema.json.
follows() {
  local document=$1
  shift
  "$hardenctl" "$@" --format json >"$work/$document.json" 2>"$work/err" || true
  /usr/bin/python3 -c 'import json, sys, jsonschema; jsonschema.validate(*(json.load(open(f)) for f in sys.argv[1:]))' \
    "$work/$document.json" "dist/schema/$document.schema.json" 2>"$work/err" ||
    fault "hardenctl $*: does not follow its schema: $(tail -n 3 "$work/err")"
}

# machine HOST: a copy of it in $tree, with the folder that a store needs.
machine() {
  tree=$work/$1
  rm -rf "$tree"
  cp -a "tests/hosts/$1" "$tree"
  mkdir -p "$tree/var/lib/hardend" "$tree/etc/sysctl.d" "$tree/etc/modprobe.d"
  rm -rf "$work/before"
  cp -a "$tree" "$work/before"
}

# untouched WHAT: every byte but the store's is as before.
untouched() {
  diff -r --no-dereference --exclude=hardend "$work/before" "$tree" >"$work/out" || {
    fault "$1: something is left changed"
    head -n 20 "$work/out"
  }
}

policies=(--policies policies)
sack=proc/sys/net/ipv4/tcp_sack

machine ubuntu-16.04-4.4
root=(--root "$tree")
expect 0 'CVE-2019-11477  no-selective-acknowledgements' plan "${policies[@]}" "${root[@]}"
expect 0 'nothing was ever applied' history "${root[@]}"
expect 0 'everything that was applied still holds' drift "${root[@]}"
expect 1 'there is nothing to undo' undo --last "${root[@]}"
expect 64 "has no remedy 'nothing'; it has" plan "${policies[@]}" "${root[@]}" CVE-2019-11477 --remedy nothing
expect 64 'say of which policy' plan "${policies[@]}" "${root[@]}" --remedy no-selective-acknowledgements
expect 1 '--accept-impact takes it' apply "${policies[@]}" "${root[@]}" CVE-2019-11477
apply=(apply "${policies[@]}" "${root[@]}" CVE-2019-11477 --accept-impact)
expect 1 'the host has moved on' "${apply[@]}" --digest 00
expect 0 '^\+net.ipv4.tcp_sack = 0$' "${apply[@]}" --diff
expect 0 '1\. +net.ipv4.tcp_sack: 1 -> 0' "${apply[@]}" --dry-run
untouched 'a plan, a refusal and a dry run'

# --- there and back
digest=$("$hardenctl" plan "${policies[@]}" "${root[@]}" CVE-2019-11477 --format json |
  sed -n 's/.*"digest": "\([0-9a-f]*\)".*/\1/p')
expect 0 'transaction 1: confirmed' "${apply[@]}" --digest "$digest"
[ "$(cat "$tree/$sack")" = 0 ] || fault 'the sysctl was not set'
grep -qx 'net.ipv4.tcp_sack = 0' "$tree/etc/sysctl.d/99-zz-hardend.conf" || fault 'the file was not written'
expect 0 'mitigated' check "${policies[@]}" "${root[@]}" --policy CVE-2019-11477
expect 0 'nothing to change' "${apply[@]}" --remedy no-selective-acknowledgements
expect 0 'everything that was applied still holds' drift "${root[@]}"
expect 0 '^1 +confirmed' history "${root[@]}"
expect 0 '^\+net.ipv4.tcp_sack = 0$' history 1 "${root[@]}"
echo 'net.ipv4.tcp_sack = 1' >"$tree/etc/sysctl.d/99-zzz.conf"
expect 2 'at the next boot /etc/sysctl.d/99-zzz.conf:1 says 1' drift "${root[@]}"
rm "$tree/etc/sysctl.d/99-zzz.conf"
echo 1 >"$tree/$sack"
expect 2 'DRIFT  net.ipv4.tcp_sack is 1, we set 0' drift "${root[@]}"
follows drift drift "${root[@]}"
follows history history "${root[@]}"
follows plan plan "${policies[@]}" "${root[@]}"
expect 0 'transaction 1: undone' undo 1 "${root[@]}"
untouched 'undo'
expect 1 'is undone already' undo 1 "${root[@]}"
expect 1 'no transaction|no such transaction|There is no' undo 99 "${root[@]}"

# --- somebody else in between
expect 0 'transaction 2: confirmed' "${apply[@]}"
echo 7 >"$tree/$sack"
expect 1 'transaction 2: stuck' undo --last "${root[@]}"
[ "$(cat "$tree/$sack")" = 7 ] || fault 'undo overwrote what somebody else wrote'
[ ! -e "$tree/etc/sysctl.d/99-zz-hardend.conf" ] || fault 'undo left the rest'
expect 2 'transaction 2 is stuck: .*changed by somebody else' check "${policies[@]}" "${root[@]}" --fail-on low
expect 1 'is stuck on the same places|no longer' "${apply[@]}" --remedy no-selective-acknowledgements
expect 1 'undo --force' undo 2 "${root[@]}"
expect 0 'transaction 2: undone' undo 2 --force "${root[@]}"
untouched 'undo --force'
expect 0 'transaction 3: confirmed' "${apply[@]}"
echo 7 >"$tree/$sack"
expect 1 'transaction 3: stuck' undo --last "${root[@]}"
expect 0 'left as it is' history 3 --resolve 'seven is right here' "${root[@]}"
expect 0 'resolved by a person' history "${root[@]}"
[ "$(cat "$tree/$sack")" = 7 ] || fault 'resolving wrote something'

# --- only for a while
machine ubuntu-16.04-4.4
waiting=(apply "${policies[@]}" "${root[@]}" CVE-2019-11477 --accept-impact --confirm-within 60s --no-wait)
expect 0 'transaction 1: applied' "${waiting[@]}" --now 2026-01-01T00:00:00Z
expect 0 'waits to be confirmed, 50 s left' history "${root[@]}" --now 2026-01-01T00:00:10Z
expect 1 'waits to be confirmed: hardenctl confirm 1' apply "${policies[@]}" "${root[@]}" crash-capture-ready \
  --accept-impact --now 2026-01-01T00:00:20Z
expect 0 'transaction 1: confirmed' confirm 1 "${root[@]}" --now 2026-01-01T00:00:59Z
expect 0 'undone' undo 1 "${root[@]}"
expect 0 'transaction 2: applied' "${waiting[@]}" --now 2026-01-01T00:00:00Z
expect 0 'transaction 2 was settled: undone .it was not confirmed in time' settle "${root[@]}" --now 2026-01-01T00:01:00Z
untouched 'a time that is over'
expect 1 'does not wait to be confirmed' confirm 2 "${root[@]}"
expect 0 'transaction 3: applied' "${waiting[@]}" --now 2026-01-01T00:00:00Z
expect 0 'transaction 3 was settled' settle "${root[@]}" --now 2025-12-31T23:00:00Z # the clock went back
untouched 'a clock that went back'
expect 1 'transaction 4: undone' apply "${policies[@]}" "${root[@]}" CVE-2019-11477 --accept-impact --confirm-within 1s
untouched 'waiting in vain'
follows outcome apply "${policies[@]}" "${root[@]}" CVE-2019-11477 --accept-impact

# --- two later ones on the same file
expect 0 'confirmed' apply "${policies[@]}" "${root[@]}" crash-capture-ready --accept-impact
expect 1 'came later and changed the same places' undo 5 "${root[@]}"
expect 0 'transaction 6: undone' undo 6 "${root[@]}"
expect 0 'transaction 5: undone' undo 5 "${root[@]}"
untouched 'two transactions'

# --- a link in the place of ours, and a store that is none
machine ubuntu-16.04-4.4
ln -s /dev/null "$tree/etc/sysctl.d/99-zz-hardend.conf"
expect 1 'a link to /dev/null' apply "${policies[@]}" "${root[@]}" CVE-2019-11477 --accept-impact
[ -L "$tree/etc/sysctl.d/99-zz-hardend.conf" ] || fault 'the link was replaced'
machine ubuntu-16.04-4.4
echo 'not a database, whatever its name says' >"$tree/var/lib/hardend/state.db"
expect 1 'state.db' apply "${policies[@]}" "${root[@]}" CVE-2019-11477 --accept-impact
untouched 'a broken store'

# --- a placebo is planned only by its name, and says so
machine centos-7.5-docker
root=(--root "$tree")
placebo=(ip6mr-sk-done --remedy disable-ipv6-addresses)
expect 0 'disable-ipv6-addresses is graded ineffective' plan "${policies[@]}" "${root[@]}" "${placebo[@]}"
expect 0 'transaction 1: confirmed' apply "${policies[@]}" "${root[@]}" "${placebo[@]}" --accept-impact
expect 2 'EXPOSED +high +ip6mr-sk-done' check "${policies[@]}" "${root[@]}" --policy ip6mr-sk-done
expect 0 'transaction 1: undone' undo --last "${root[@]}"
untouched 'the placebo'

# --- one writer at a time
(
  failed=0
  flock 9
  expect 1 'holds the lock' undo --last "${root[@]}"
  exit "$failed"
) 9>>"$tree/var/lib/hardend/state.db.lock" || failed=$((failed + 1))

echo "$failed failed"
[ "$failed" -eq 0 ]
