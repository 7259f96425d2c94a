#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Plans carried out and taken back, as their users meet them: statuses, what is
# refused and why, foreign writers, deadlines, the lock. On copies of
# machines of tests/hosts, so that everything can be compared byte by byte.
#
#   transaction.sh HARDENCTL SOURCE
# shellcheck source=tests/support/e2e.sh
source "$2/tests/support/e2e.sh"

# machine NAME: a fresh copy of it as the machine, and another to compare with.
machine() {
  rm -rf "$work/host" "$work/before" "$work/state"
  cp -a "tests/hosts/$1" "$work/host"
  mkdir -p "$work/host/etc/sysctl.d" "$work/host/etc/modprobe.d" "$work/host/etc/docker" "$work/state"
  cp -a "$work/host" "$work/before"
}

as_before() { diff -r --no-dereference "$work/before" "$work/host" || fault "the machine is not as it was: $1"; }

holds() { [ "$(cat "$work/host/$1")" = "$2" ] || fault "$1 holds $(cat "$work/host/$1"), wanted $2"; }

desk=(--root "$work/host" --state "$work/state/state.db")
plan=(--policies policies CVE-2019-11477 unregister-netdevice)
sack=proc/sys/net/ipv4/tcp_sack
own=etc/sysctl.d/99-zz-hardend.conf

# --- before anything
machine centos-7.5-docker
expect 0 'nothing was ever applied' history "${desk[@]}"
expect 0 'nothing that was applied stands' drift "${desk[@]}"
expect 1 '^hardenctl: nothing was ever applied here' undo "${desk[@]}" --last
for verb in undo history confirm 'history --resolve as-it-is'; do
  # shellcheck disable=SC2086  # a verb and its option
  expect 1 '^hardenctl: nothing was ever applied here' $verb "${desk[@]}" 7
done
expect 64 "there is no policy 'nothing'" apply "${desk[@]}" --policies policies nothing
[ -z "$(ls -A "$work/state")" ] || fault "a store was made where nothing was ever applied"
expect 64 'undo takes TRANSACTION or --last, and one is required' undo "${desk[@]}"
expect 64 'undo takes only one of TRANSACTION or --last' undo "${desk[@]}" --last 1
for verb in undo confirm history; do
  expect 64 '"zero" is not the number of a transaction' "$verb" "${desk[@]}" zero
  expect 64 '"0" is not the number of a transaction' "$verb" "${desk[@]}" 0
done
expect 64 'which transaction' history "${desk[@]}" --resolve 'as it is'
expect 64 'confirm-within' apply "${desk[@]}" "${plan[@]}" --accept-impact --confirm-within soon
expect 64 "there is no policy" plan --root "$work/host" --policies policies nothing
expect 64 "has no remedy 'nothing'; it has .*no-selective-acknowledgements" \
  plan --root "$work/host" --policies policies CVE-2019-11477 --remedy nothing
expect 64 'only one remedy of a policy at a time, and disable-ipv6-addresses is named too' plan --root "$work/host" --policies policies \
  ip6mr-sk-done --remedy disable-ipv6-addresses --remedy ip6mr-sk-done/boot-without-ipv6
expect 64 'say of which policy' plan --root "$work/host" --policies policies --remedy reboot

# --- the plan, and what is refused
expect 0 '^3 changes|net.ipv4.tcp_sack: 1 -> 0' plan --root "$work/host" "${plan[@]}"
expect 0 'asks for --accept-impact' plan --root "$work/host" "${plan[@]}"
expect 0 'tcp_sack: 1 -> 0' apply "${desk[@]}" "${plan[@]}" --dry-run --accept-impact
expect 1 'would not be applied so: .*--accept-impact takes it' apply "${desk[@]}" "${plan[@]}" --dry-run
expect 0 '^\+\+\+ /proc/sys/net/ipv4/tcp_sack' apply "${desk[@]}" "${plan[@]}" --diff --accept-impact
expect 1 'has a price on this host .*--accept-impact takes it' apply "${desk[@]}" "${plan[@]}"
digest=$("$hardenctl" plan --root "$work/host" "${plan[@]}" --format json | grep -oE '[0-9a-f]{64}')
expect 1 "moved on: the plan's digest is $digest" apply "${desk[@]}" "${plan[@]}" --accept-impact --digest 00
expect 1 'command line cannot be changed while it runs' \
  apply "${desk[@]}" --policies policies ip6mr-sk-done --runtime-only --accept-impact
expect 1 'daemon.json|dockerd has no options' \
  apply "${desk[@]}" --policies policies unregister-netdevice --runtime-only --accept-impact
as_before 'something was only looked at or refused'
expect 0 'nothing was ever applied' history "${desk[@]}"
[ -z "$(ls -A "$work/state")" ] || fault "a store was made where everything was refused"

# The diff is one that patch takes.
if command -v patch >/dev/null; then
  cp -a "$work/host" "$work/patched"
  "$hardenctl" plan --root "$work/host" "${plan[@]}" --format diff | sed -E 's,^(---|\+\+\+) /(etc|proc),\1 \2,' |
    patch --quiet -p0 -d "$work/patched" || fault "patch does not take the diff"
fi

# --- applied, seen, undone
expect 0 'transaction 1: confirmed' apply "${desk[@]}" "${plan[@]}" --accept-impact --digest "$digest"
grep -q 'restart docker' "$work/out" || fault "apply does not say what is left to do"
[ ! -d "$work/patched" ] || diff -r --no-dereference "$work/patched" "$work/host" || fault "apply did not do what its diff says"
holds "$sack" 0
grep -q '^net.ipv4.tcp_sack = 0$' "$work/host/$own" || fault "it does not survive a boot"
expect 0 'still holds' drift "${desk[@]}"
expect 0 'nothing to change|nothing that hardend' apply "${desk[@]}" --policies policies CVE-2019-11477 --accept-impact
expect 0 '^1 +confirmed .*CVE-2019-11477 by no-selective-acknowledgements' history "${desk[@]}"
expect 0 '^\+net.ipv4.tcp_sack = 0' history "${desk[@]}" 1
expect 1 'does not wait to be confirmed' confirm "${desk[@]}" 1
document plan plan --root "$work/host" "${plan[@]}"
document history history "${desk[@]}"
document drift drift "${desk[@]}"
document outcome apply "${desk[@]}" --policies policies CVE-2019-11477 --accept-impact
grep -q nothing_to_do "$work/document.json" || fault "nothing to change is not said in JSON"
expect 0 'transaction 1: undone' undo "${desk[@]}" --last
as_before 'undone'
expect 1 'undone already' undo "${desk[@]}" 1
expect 1 'there is no transaction 7' undo "${desk[@]}" 7
expect 1 'there is no transaction 7' history "${desk[@]}" 7
expect 1 'there is no transaction 7' confirm "${desk[@]}" 7
expect 1 'neither stuck nor confirmed' history "${desk[@]}" 1 --resolve 'as it is'
expect 1 'nothing to undo' undo "${desk[@]}" --last

# --- another of each: in JSON, and of two the later one first
document outcome apply "${desk[@]}" "${plan[@]}" --accept-impact
expect 0 'transaction 3: confirmed' apply "${desk[@]}" --policies policies ip6mr-sk-done \
  --remedy disable-ipv6-addresses --accept-impact
expect 1 'transaction 3 came later' undo "${desk[@]}" 2
expect 0 '"state": "undone"' undo "${desk[@]}" 3 --format json
expect 0 'undone' undo "${desk[@]}" 2
as_before 'two, undone in their turn'

# --- somebody else writes: drift, stuck, --force
expect 0 'confirmed' apply "${desk[@]}" "${plan[@]}" --accept-impact
echo 7 >"$work/host/$sack"
expect 2 'DRIFT +net.ipv4.tcp_sack is 7, we set 0 \(transaction [0-9]+\)' drift "${desk[@]}"
document drift drift "${desk[@]}"
expect 1 'stuck' undo "${desk[@]}" --last
expect 2 'transaction [0-9]+ is stuck: .*changed by somebody else' check --policies policies "${desk[@]}"
expect 1 'transaction [0-9]+ is stuck: ' settle "${desk[@]}"
holds "$sack" 7
[ ! -e "$work/host/$own" ] || fault "the rest was not taken back"
expect 0 'needs a person' history "${desk[@]}"
expect 1 'is stuck: .*undo --force' undo "${desk[@]}" 4
expect 1 'stuck on the same places' apply "${desk[@]}" --policies policies CVE-2019-11477 --accept-impact
document history history "${desk[@]}"
expect 0 'undone' undo "${desk[@]}" 4 --force
as_before 'stuck, and forced'

# --- or resolved, and what stands there is left
expect 0 'confirmed' apply "${desk[@]}" "${plan[@]}" --accept-impact
printf '{ "mine": true }\n' >"$work/host/etc/docker/daemon.json"
expect 1 'stuck' undo "${desk[@]}" --last --format json
expect 0 'transaction 5 is resolved' history "${desk[@]}" 5 --resolve 'that file is ours'
expect 0 'resolved by a person' history "${desk[@]}"
holds etc/docker/daemon.json '{ "mine": true }'
holds "$sack" 1
expect 1 'nothing to undo' undo "${desk[@]}" --last

# --- or meant to stay for good: it stands no more, and can be undone by its number alone
machine centos-7.5-docker
expect 0 'transaction 1: confirmed' apply "${desk[@]}" "${plan[@]}" --accept-impact
expect 0 '"state": "confirmed"' history "${desk[@]}" 1 --resolve 'we keep it' --format json
expect 0 'meant to stay for good since' history "${desk[@]}"
expect 0 'nothing that was applied stands' drift "${desk[@]}"
expect 1 'nothing to undo' undo "${desk[@]}" --last
expect 0 'transaction 1: undone' undo "${desk[@]}" 1
as_before 'kept, and undone all the same'

# --- folders that were made go again, unless somebody has put something into one
machine centos-7.5-docker
module=(--policies policies --remedy CVE-2017-6074/block-dccp --accept-impact)
rm -r "$work/host/etc/modprobe.d" "$work/host/etc/sysctl.d" "$work/before/etc/modprobe.d" "$work/before/etc/sysctl.d"
expect 0 'make the folder /etc/sysctl.d' plan --root "$work/host" "${plan[@]}"
expect 0 'make the folder /etc/modprobe.d' plan --root "$work/host" "${module[@]:0:4}"
expect 0 'confirmed' apply "${desk[@]}" "${plan[@]}" "${module[@]:2}"
document plan plan --root "$work/host" "${plan[@]}"
document history history "${desk[@]}"
expect 0 'still holds' drift "${desk[@]}"
expect 0 'undone' undo "${desk[@]}" --last
as_before 'folders were made'
expect 0 'confirmed' apply "${desk[@]}" "${plan[@]}" --accept-impact
echo '# theirs' >"$work/host/etc/sysctl.d/50-theirs.conf"
expect 0 '/etc/sysctl.d was made for this and stays' undo "${desk[@]}" --last
[ -e "$work/host/etc/sysctl.d/50-theirs.conf" ] || fault "what somebody else put into a folder of ours is gone"
rm -r "$work/host/etc/sysctl.d"
as_before 'a folder that stayed'

# --- a key that can only be read is in the way before anything is done
machine centos-7.5-docker
chmod a-w "$work/host/$sack" "$work/before/$sack"
expect 1 'net.ipv4.tcp_sack cannot be written: it can only be read' plan --root "$work/host" --policies policies \
  --remedy CVE-2019-11477/no-selective-acknowledgements
expect 0 'no-selective-acknowledgements .*net.ipv4.tcp_sack cannot be written' plan --root "$work/host" \
  --policies policies CVE-2019-11477
expect 1 'nothing was changed: ' apply "${desk[@]}" --policies policies --accept-impact \
  --remedy CVE-2019-11477/no-selective-acknowledgements
expect 0 'nothing was ever applied' history "${desk[@]}"
as_before 'a key that can only be read'

# --- somebody else has the last word at the next boot
machine centos-7.5-docker
expect 0 'confirmed' apply "${desk[@]}" --policies policies CVE-2019-11477 --accept-impact --runtime-only
echo 'net.ipv4.tcp_sack = 1' >"$work/host/etc/sysctl.d/99-zzz.conf"
expect 0 'still holds' drift "${desk[@]}" # it was not to last
expect 0 'undone' undo "${desk[@]}" --last
expect 0 'at the next boot systemd-sysctl lets' plan --root "$work/host" --policies policies CVE-2019-11477
expect 0 'confirmed' apply "${desk[@]}" --policies policies CVE-2019-11477 --accept-impact
expect 2 'tcp_sack holds now; at the next boot /etc/sysctl.d/99-zzz.conf:1 says 1' drift "${desk[@]}"
expect 0 'undone' undo "${desk[@]}" --last
rm "$work/host/etc/sysctl.d/99-zzz.conf"
as_before 'another last word'

# --- a placebo is planned by its name alone, and cures nothing
expect 0 'disable-ipv6-addresses is graded ineffective' plan --root "$work/host" --policies policies \
  ip6mr-sk-done --remedy disable-ipv6-addresses
expect 0 'confirmed' apply "${desk[@]}" --policies policies ip6mr-sk-done --remedy disable-ipv6-addresses --accept-impact
expect 2 'EXPOSED +high +ip6mr-sk-done' check --policies policies "${desk[@]}" --policy ip6mr-sk-done
expect 0 'undone' undo "${desk[@]}" --last
as_before 'a placebo'

# --- a deadline: confirmed, or settled by whoever comes next
machine centos-7.5-docker
at=2030-01-01T00:00
within=(apply "${desk[@]}" "${plan[@]}" --accept-impact --confirm-within 1m --no-wait)
expect 0 'transaction 1: applied' "${within[@]}" --now "$at:00Z"
expect 0 'waits to be confirmed, 30 s left' history "${desk[@]}" --now "$at:30Z"
expect 1 'waits to be confirmed: hardenctl confirm 1' apply "${desk[@]}" --policies policies ip6mr-sk-done \
  --remedy disable-ipv6-addresses --accept-impact --now "$at:30Z"
expect 0 'transaction 1: confirmed' confirm "${desk[@]}" 1 --now "$at:59Z"
expect 0 'still holds' drift "${desk[@]}"
expect 0 'undone' undo "${desk[@]}" 1
expect 0 'transaction 2: applied' "${within[@]}" --now "$at:00Z"
expect 1 'transaction 2 was settled: undone \(it was not confirmed in time\)' confirm "${desk[@]}" 2 --now 2030-01-01T00:01:00Z
as_before 'not confirmed in time'
expect 0 'transaction 3: applied' "${within[@]}" --now "$at:00Z"
expect 0 'transaction 3 was settled' apply "${desk[@]}" "${plan[@]}" --accept-impact --now 2031-01-01
expect 0 'undone' undo "${desk[@]}" --last
expect 0 'transaction 5: applied' "${within[@]}" --now "$at:00Z"
expect 0 'transaction 5 was settled: undone' settle "${desk[@]}" --now 2030-01-01T00:01:00Z
as_before 'settled'
# A clock that was set back tells nothing: the time is over.
expect 0 'transaction 6: applied' "${within[@]}" --now "$at:00Z"
expect 1 'nothing to undo' undo "${desk[@]}" --last --now 2029-12-31T23:59:00Z
as_before 'the clock was set back'
document outcome "${within[@]}"
expect 0 'undone' undo "${desk[@]}" --last

# --- one that waits, and is interrupted
"$hardenctl" apply "${desk[@]}" "${plan[@]}" --accept-impact --confirm-within 10m --format json \
  >"$work/waited.json" 2>"$work/waiting" &
waiting=$!
for _ in $(seq 200); do
  grep -q 'keep it from another terminal' "$work/waiting" && break
  sleep 0.1
done
holds "$sack" 0
kill -TERM "$waiting"
wait "$waiting" && fault "an interrupted wait ended with 0"
/usr/bin/python3 -c 'import json, sys; sys.exit(json.load(open(sys.argv[1]))["state"] != "undone")' "$work/waited.json" ||
  fault "an interrupted wait did not undo, or more than its document is in its output: $(cat "$work/waited.json")"
as_before 'the wait was interrupted'

# --- links, folders, and what cannot be written
ln -s ../passwd "$work/host/$own"
expect 1 'is a link to' plan --root "$work/host" "${plan[@]}"
expect 1 'nothing was changed: .*is a link to' apply "${desk[@]}" "${plan[@]}" --accept-impact
rm "$work/host/$own"
printf '{ "debug": true' >"$work/host/etc/docker/daemon.json"
expect 1 'daemon.json is not JSON' apply "${desk[@]}" "${plan[@]}" --accept-impact
cp -a "$work/before/etc/docker/daemon.json" "$work/host/etc/docker/daemon.json"
# A folder at the draft's place: the write fails after others were made. It is
# named, and left alone.
mkdir "$work/host/etc/docker/.daemon.json.hardend"
expect 1 'transaction [0-9]+: undone' apply "${desk[@]}" "${plan[@]}" --accept-impact
grep -q '/etc/docker/.daemon.json.hardend' "$work/out" || fault "it does not say what is in the way"
rmdir "$work/host/etc/docker/.daemon.json.hardend"
as_before 'a write failed'

# --- a store that is none
echo 'not a database, whatever its name says' >"$work/state/broken.db"
expect 1 'broken.db' apply --root "$work/host" --state "$work/state/broken.db" "${plan[@]}" --accept-impact
as_before 'a broken store'

# --- the lock is held by another
exec 9>"$work/state/state.db.lock"
flock 9
expect 1 'holds the lock' apply "${desk[@]}" "${plan[@]}" --accept-impact
expect 0 'undone' history "${desk[@]}" # looking needs no lock
exec 9>&-
as_before 'the lock was held'

# --- as nobody, on the running machine
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
  cp "$hardenctl" "$work/hardenctl"
  chmod a+rx "$work" "$work/hardenctl"
  root_hardenctl=$hardenctl
  as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$work/hardenctl" "$@"; }
  hardenctl=as_nobody
  expect 77 'run it as root' undo --last
  expect 77 'run it as root' confirm 1
  expect 77 'run it as root' apply
  hardenctl=$root_hardenctl
fi

# --- other machines: everything that can be done there, and back
for name in debian-12-old alpine-3.19 ubuntu-16.04-4.4 hostile-names; do
  machine "$name"
  expect 0 'confirmed' apply "${desk[@]}" --policies policies --accept-impact
  expect 0 'nothing to change' apply "${desk[@]}" --policies policies --accept-impact
  expect 0 'nothing to change' \
    apply --root "$work/host" --state "$work/state/second.db" --policies policies --accept-impact
  [ ! -e "$work/state/second.db" ] || fault "a store was made where nothing was to change"
  expect 0 'still holds' drift "${desk[@]}"
  expect 0 'undone' undo "${desk[@]}" --last
  as_before "$name"
done

finish
