#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Crashes as their users meet them: a log by name and on the standard input, a
# machine's own traces, several at once; noted in the store, told by `check`,
# acknowledged, over; hostile and unreadable input.
#
#   crash.sh HARDENCTL SOURCE
# shellcheck source=tests/support/e2e.sh
source "$2/tests/support/e2e.sh"

samples=tests/crash/samples
cp -r $samples "$work/samples"
samples=$work/samples
touch -d 2026-11-24T12:00:00Z "$samples"/*
log=$samples/ip6mr-sk-done.el7.log
cp -r tests/hosts/centos-7.5-docker "$work/host"
mkdir -p "$work/host/var/lib"
machine=(--root "$work/host")
crash=(crash --policies policies "${machine[@]}")
check=(check --policies policies "${machine[@]}")
store=$work/host/var/lib/hardend/state.db

# --- a file, the standard input, several
expect 2 'KNOWN BUG  ip6mr-sk-done \(certain\)' "${crash[@]}" "$log"
expect 2 'ineffective  disable-ipv6-addresses' "${crash[@]}" "$log"
expect 2 'prevents  boot-without-ipv6' "${crash[@]}" "$log"
expect 2 'led to it an allocation of kernel memory had failed before' "${crash[@]}" "$log"
expect 2 'this host EXPOSED now' "${crash[@]}" "$log"
expect 2 'ip6mr-sk-done \(certain\)' "${crash[@]}" - <"$log"
expect 2 '2 crashes in 3 files, 1 of a known bug' "${crash[@]}" "$log" "$samples"/unknown.log "$samples"/nothing.log
expect 3 'NO KNOWN BUG' "${crash[@]}" "$samples"/unknown.log
expect 3 'WARNING  ip6mr-sk-done' "${crash[@]}" "$samples"/warning.log
expect 0 'no crash in' "${crash[@]}" "$samples"/nothing.log
expect 0 'no crash in standard input' "${crash[@]}" - </dev/null
document crash "${crash[@]}" "$log" "$samples"/unknown.log "$samples"/warning.log
document crash "${crash[@]}" "$samples"/nothing.log
[ ! -e "$store" ] || fault "looking has made a store"

# --- what cannot be asked or read
expect 64 'name a file' "${crash[@]}"
expect 64 'name a file' "${crash[@]}" --scan "$log"
expect 1 'no-such-file' "${crash[@]}" "$work/no-such-file"
expect 2 'no-such-file' "${crash[@]}" "$work/no-such-file" "$log"
head -c 300000 /dev/urandom >"$work/noise"
expect 0 'no crash' "${crash[@]}" "$work/noise"
"$hardenctl" "${crash[@]}" "$samples"/hostile.log >"$work/out" 2>&1 || true
if grep -q $'\x1b\\|\x07\\|\xff' "$work/out"; then fault "hostile text reaches the terminal"; fi

# --- the machine's own traces
expect 0 'no crash in' "${crash[@]}" --scan
mkdir -p "$work/host/var/lib/systemd/pstore/1795132800"
cp "$log" "$work/host/var/lib/systemd/pstore/1795132800/dmesg.txt"
expect 2 'ip6mr-sk-done \(certain\)' "${crash[@]}" --scan
expect 2 '1 crash in .*, 1 of a known bug' "${crash[@]}" --last
document crash "${crash[@]}" --scan

# --- noted, and told by check
now=2026-11-25
expect 2 'EXPOSED' "${check[@]}" --now $now
if grep -q 'has struck' "$work/out"; then fault "it has struck before it was noted"; fi
expect 2 'KNOWN BUG' "${crash[@]}" --scan --record --now $now
expect 2 'KNOWN BUG' "${crash[@]}" --scan --record --now $now # the same occasion
expect 2 'struck has struck here once, on 20' "${check[@]}" --now $now
[ "$(awk '/^(EXPOSED|UNKNOWN)/ { print $3; exit }' "$work/out")" = ip6mr-sk-done ] ||
  fault "what has struck does not come first"
document check "${check[@]}" --now $now
grep -q '"confidence": "certain"' "$work/document.json" || fault "the document has no strike"
sed 's/180413/190999/' "$log" >"$work/again.log" # another boot's
touch -d 2026-11-25T12:00:00Z "$work/again.log"
expect 2 'KNOWN BUG' "${crash[@]}" "$work/again.log" --record --now $now
expect 2 'has struck here 2 times, last on 2026-11-25' "${check[@]}" --now $now

# --- over: in ninety days, with another kernel, acknowledged
expect 2 'EXPOSED' "${check[@]}" --now 2027-06-01
if grep -q 'has struck' "$work/out"; then fault "a strike does not end"; fi
release=$work/host/proc/sys/kernel/osrelease
cp "$release" "$work/osrelease"
echo 3.10.0-957.el7.x86_64 >"$release"
"$hardenctl" "${check[@]}" --now $now >"$work/out" 2>&1 || true
if grep -q 'has struck' "$work/out"; then fault "a strike outlives its kernel"; fi
cp "$work/osrelease" "$release"
expect 2 'has struck' "${check[@]}" --now $now
expect 1 'there is no crash' crash ack "${machine[@]}" 0000000000000000
document crash "${crash[@]}" "$log"
mark=$(/usr/bin/python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["crashes"][0]["fingerprint"])' \
  "$work/document.json")
expect 0 'is acknowledged' crash ack "${machine[@]}" "$mark" --now $now
expect 0 '"fingerprint": "'"$mark" crash ack "${machine[@]}" "$mark" --now $now --format json
expect 1 'none was ever recorded here' crash ack --root "$work/host" --state "$work/no.db" "$mark"
echo nothing >"$work/nothing.log"
expect 0 'no crash' crash --root "$work/host" --policies policies --state "$work/no.db" "$work/nothing.log" --record
[ ! -e "$work/no.db" ] || fault "a store was made where no crash was ever recorded"
expect 2 'EXPOSED' "${check[@]}" --now $now
if grep -q 'has struck' "$work/out"; then fault "an acknowledged crash strikes"; fi
sed 's/180413/200777/' "$log" >"$work/third.log"
touch -d 2026-11-27T12:00:00Z "$work/third.log"
expect 2 'KNOWN BUG' "${crash[@]}" "$work/third.log" --record --now 2026-11-28
expect 2 'has struck here once, on 2026-11-27' "${check[@]}" --now 2026-11-28

# --- an unknown that has struck is a finding
cp -r tests/hosts/centos-7.5-docker "$work/later"
mkdir -p "$work/later/var/lib"
echo 3.10.0-1160.119.1.el7.x86_64 >"$work/later/proc/sys/kernel/osrelease"
later=(--root "$work/later")
expect 3 'UNKNOWN' check --policies policies "${later[@]}" --policy ip6mr-sk-done
sed 's/3.10.0-862.el7/3.10.0-1160.119.1.el7/' "$log" >"$work/later.log"
expect 2 'KNOWN BUG' crash --policies policies "${later[@]}" --record "$work/later.log"
expect 2 'has struck here once' check --policies policies "${later[@]}" --policy ip6mr-sk-done

finish
