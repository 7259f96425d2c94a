#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Changes to a real machine that go wrong: disks that are full or read-only,
# /proc/sys that is, a kernel that refuses a value or takes another, a link at our
# file's place, a store that is damaged or locked. Each time everything is as
# before, and what is said names the file and what to do. It runs in namespaces of
# its own, with memory in the place of the folders that are written.
#
#   bad_luck.sh HARDENCTL SOURCE
set -euo pipefail

if [ -z "${IN_NAMESPACES-}" ]; then
  if [ "$(id -u)" -ne 0 ]; then echo "skipped: not root"; exit 77; fi
  for tool in unshare sqlite3 flock ip; do
    if ! command -v "$tool" >/dev/null; then echo "skipped: no $tool"; exit 77; fi
  done
  if ! unshare --mount --net --pid --fork --mount-proc true; then echo "skipped: no namespaces"; exit 77; fi
  IN_NAMESPACES=1 exec unshare --mount --net --pid --fork --kill-child --mount-proc "$0" "$(realpath "$1")" "$(realpath "$2")"
fi

# shellcheck source=tests/support/e2e.sh
source "$2/tests/support/e2e.sh"
export ASAN_OPTIONS=detect_leaks=0
mkdir "$work/layers"
mount -t tmpfs tmpfs "$work/layers"
trap 'umount -l "$work/layers"; rm -rf "$work"' EXIT
for folder in etc var/lib; do
  mkdir -p "$work/layers/$folder/upper" "$work/layers/$folder/work"
  if ! mount -t overlay overlay \
    -o "lowerdir=/$folder,upperdir=$work/layers/$folder/upper,workdir=$work/layers/$folder/work" "/$folder"; then
    echo "skipped: no layer above /$folder"
    exit 77
  fi
done
mkdir -p /etc/sysctl.d /etc/modprobe.d
# What this machine's own files say is nothing for a test.
for folder in /etc/modprobe.d /run/sysctl.d /usr/lib/sysctl.d; do
  [ ! -d "$folder" ] || mount -t tmpfs tmpfs "$folder"
done
ip link set lo up

store=/var/lib/hardend/state.db
own=/etc/sysctl.d/99-zz-hardend.conf
sack=/proc/sys/net/ipv4/tcp_sack
policies=(--policies tests/e2e/policies)
plan=("${policies[@]}" --remedy kill-sysctl/keys --remedy kill-module/block)
apply=(apply "${plan[@]}" --accept-impact)

# disk FOLDER OPTIONS: an empty disk of its own there, in the place of the last.
disk() {
  umount "$1" 2>/dev/null || true
  mkdir -p "$1"
  mount -t tmpfs -o "$2" tmpfs "$1"
}

fill() { dd if=/dev/zero of="$1/full" bs=4k status=none 2>/dev/null || true; }

places() {
  grep -r . /proc/sys/net/ipv4/{tcp,ip}* /proc/sys/net/ipv4/{conf,neigh} 2>/dev/null | grep -v '/full:'
  find /etc/sysctl.d /etc/modprobe.d -not -name full | sort
  find /etc/sysctl.d /etc/modprobe.d -type f -not -name full -exec cat {} +
}

# fresh: an ordinary machine again, which `as_before` compares with.
fresh() {
  disk /etc/sysctl.d size=1m
  disk /var/lib/hardend size=4m,mode=700
  places >"$work/before"
}

as_before() { places | diff "$work/before" - >"$work/diff" || fault "not as before: $1: $(cat "$work/diff")"; }

says() { grep -Eq -- "$1" "$work/out" || fault "it does not say $1: $(cat "$work/out")"; }

sound() { [ "$(sqlite3 "$store" 'pragma integrity_check')" = ok ] || fault "the store is damaged: $1"; }

# --- as it goes with good luck
fresh
expect 0 'transaction 1: confirmed' "${apply[@]}"
expect 0 'transaction 1: undone' undo --last
as_before 'good luck'

# --- a full disk under the files
fresh
disk /etc/sysctl.d size=16k
fill /etc/sysctl.d
expect 1 'transaction 1: undone' "${apply[@]}"
says "$own: No space left on device; make room"
as_before 'a full disk'
sound 'a full disk'
rm /etc/sysctl.d/full
expect 0 'transaction 2: confirmed' "${apply[@]}"
fill /etc/sysctl.d
expect 0 'transaction 2: undone' undo --last # taking a file away takes no room
as_before 'an undo on a full disk'

# --- a full disk under the store
fresh
disk /var/lib/hardend size=64k,mode=700
fill /var/lib/hardend
expect 1 "$store" "${apply[@]}"
says 'No space left on device; make room'
as_before 'no room for a store'
rm /var/lib/hardend/full
disk /var/lib/hardend size=256k,mode=700
expect 0 'transaction 1: confirmed' "${apply[@]}"
fill /var/lib/hardend
expect 1 "$store" undo --last
says 'No space left on device; make room'
[ "$(cat $sack)" = 0 ] || fault "an undo that could not be noted was begun"
rm /var/lib/hardend/full
expect 0 'undone' undo --last
as_before 'no room in the store'
sound 'no room in the store'

# --- a read-only disk under the files
fresh
mount -o remount,ro /etc/sysctl.d
expect 1 "read-only" "${apply[@]}"
says "$own"
as_before 'a read-only disk'
mount -o remount,rw /etc/sysctl.d
expect 0 'confirmed' "${apply[@]}"
mount -o remount,ro /etc/sysctl.d
expect 1 'stuck' undo --last
says "$own cannot be set back: Read-only file system"
mount -o remount,rw /etc/sysctl.d
expect 0 'undone' undo 1 --force
as_before 'an undo on a read-only disk'

# --- a read-only disk under the store
fresh
expect 0 'confirmed' "${apply[@]}"
mount -o remount,ro /var/lib/hardend
expect 77 "$store" undo --last
says 'Read-only file system'
expect 0 'confirmed' history
expect 0 'still holds' drift
mount -o remount,rw /var/lib/hardend
expect 0 'undone' undo --last
as_before 'a read-only store'

# --- /proc/sys read-only, as in a container
fresh
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
expect 1 'net.ipv4.tcp_sack cannot be written: .*read-only' plan "${plan[@]}"
expect 1 'nothing was changed' "${apply[@]}"
umount /proc/sys
as_before '/proc/sys is read-only'

# --- a kernel that refuses a value
fresh
expect 1 'transaction 1: undone' apply "${policies[@]}" --accept-impact --remedy bad-luck/refused
says '/proc/sys/net/ipv4/ip_default_ttl: the kernel refuses the value "256"'
as_before 'a value is refused'

# --- a kernel that takes another value: milliseconds are kept in ticks
time=/proc/sys/net/ipv4/neigh/lo/retrans_time_ms
was=$(cat "$time")
echo 1 >"$time"
taken=$(cat "$time")
echo "$was" >"$time"
fresh
if [ "$taken" = 1 ]; then
  echo "this kernel keeps every millisecond: no key takes another value"
else
  expect 1 'transaction 1: undone' apply "${policies[@]}" --accept-impact --remedy bad-luck/rounded
  says "$time: was given \"1\" and held \"$taken\""
  as_before 'another value'
fi

# --- a link at our file's place, before and after
fresh
echo precious >/etc/sysctl.d/precious
ln -s precious "$own"
places >"$work/before"
expect 1 "$own is a link to" plan "${plan[@]}"
expect 1 'nothing was changed: .*is a link to' "${apply[@]}"
as_before 'a link was planted'
fresh
echo precious >/etc/sysctl.d/precious
places >"$work/before"
expect 0 'confirmed' "${apply[@]}"
mv "$own" "$work/ours"
ln -s precious "$own"
expect 1 'stuck' undo --last
says "$own.*a symbolic link"
[ "$(readlink "$own")" = precious ] && [ "$(cat /etc/sysctl.d/precious)" = precious ] || fault "the link was followed or replaced"
mv "$work/ours" "$own"
expect 0 'undone' undo 1 --force
as_before 'a link was planted later'

# --- a damaged store
fresh
expect 0 'confirmed' "${apply[@]}"
places >"$work/after"
cp "$store" "$work/whole.db"
dd if=/dev/urandom of="$store" bs=4k seek=1 count=3 conv=notrunc status=none
for words in 'undo --last' 'history' 'drift' 'confirm 1' 'settle' "${apply[*]}"; do
  # shellcheck disable=SC2086  # words
  expect 1 "$store: the store is damaged .*; move it aside, with its -wal, and a new one is made" $words
done
places | diff "$work/after" - || fault "a damaged store: something was done all the same"
cp "$work/whole.db" "$store"
expect 0 'undone' undo --last
as_before 'a damaged store'

# --- a locked store
fresh
expect 0 'confirmed' "${apply[@]}"
mkfifo "$work/hold" "$work/held"
sqlite3 "$store" <"$work/hold" >"$work/held" &
holder=$!
exec 8>"$work/hold" 7<"$work/held"
echo 'begin exclusive; select 1;' >&8
read -r -t 60 _ <&7 || fault "a locked store: sqlite3 does not hold it"
expect 1 "$store: .*somebody else is writing to the store and did not finish in time" undo --last
[ "$(cat $sack)" = 0 ] || fault "a locked store: something was done all the same"
exec 8>&- 7<&-
wait "$holder"
exec 9>"$store.lock"
flock 9
expect 1 'holds the lock' undo --last
exec 9>&-
expect 0 'undone' undo --last
as_before 'a locked store'

finish
