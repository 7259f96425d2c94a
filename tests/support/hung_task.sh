#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Has this machine's kernel report a task that hangs, a real one: it writes to a
# file system that is frozen for the few seconds which that takes. The kernel's
# limit is lowered meanwhile, which other tasks that wait so long may be named for.
#
#   hung_task.sh FOLDER
#
# in a mount namespace of its own. Exit status 77 where it cannot be had, or
# where a hung task would stop the machine.
set -euo pipefail

skip() {
  echo "$*"
  exit 77
}

cd "$1"
knobs=/proc/sys/kernel
PATH=$PATH:/usr/sbin:/sbin
for tool in mkfs.ext4 fsfreeze dmesg; do command -v "$tool" >/dev/null || skip "no $tool"; done
[ -w "$knobs/hung_task_timeout_secs" ] || skip "the kernel does not look for hung tasks"
[ "$(cat $knobs/hung_task_panic)" = 0 ] || skip "a hung task is a panic here"
before=$(cat $knobs/hung_task_timeout_secs)
warnings=$(cat $knobs/hung_task_warnings)
[ "$warnings" != 0 ] || skip "the kernel names no more hung tasks"

truncate -s 16M disk
mkfs.ext4 -q -F disk
mkdir frozen
mount -o loop disk frozen 2>/dev/null || skip "no loop device"
end() {
  echo "$before" >$knobs/hung_task_timeout_secs
  fsfreeze --unfreeze frozen || true
  wait
  echo "$warnings" >$knobs/hung_task_warnings
  umount frozen
}
trap end EXIT
fsfreeze --freeze frozen
touch frozen/file &
hung=$!
echo 1 >$knobs/hung_task_timeout_secs
for _ in $(seq 1 100); do
  if dmesg | grep -q "task touch:$hung blocked for more than"; then
    echo "task touch:$hung"
    exit 0
  fi
  sleep 0.1
done
skip "it was not reported"
