#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hardenctl as its user meets it: exit statuses, messages, bad input, another
# user's eyes.
#
#   command_line.sh HARDENCTL SOURCE
# shellcheck source=tests/support/e2e.sh
source "$2/tests/support/e2e.sh"

centos=tests/hosts/centos-7.5-docker
debian=tests/hosts/debian-12

# --- statuses
expect 0 'check.*Judge' --help
expect 0 '^hardenctl [0-9.]+$' --version
expect 64 'Try: hardenctl --help'
expect 64 "^hardenctl: 'chekc' is no verb of hardenctl; did you mean check\\?$" chekc
expect 64 "^hardenctl: 'xyzzy' is no verb of hardenctl$" xyzzy
expect 64 "'lsit' is no verb of policy; did you mean list\\?" policy lsit
expect 64 'Try: hardenctl policy --help' policy lsit
expect 64 'say what to do: hardenctl policy VERB' policy
expect 64 'check has no option --fromat; did you mean --format\?' check --fromat json
expect 64 'plan has no option --polices; did you mean --policies\?' plan --polices=policies
expect 64 'undo has no option --lats; did you mean --last\?' undo --lats
expect 64 'hardenctl has no option --verison; did you mean --version\?' --verison
expect 64 "history does not take '2'" history 1 2
expect 64 'escaped\\x1b' "$(printf 'escaped\033')"
expect 64 'hardenctl: .*never' check --fail-on never
expect 2 '5 exposed' check --policies policies --root "$centos"
expect 2 'EXPOSED +high +ip6mr-sk-done' check --policies policies --root "$centos" --policy ip6mr-sk-done
expect 0 '1 exposed' check --policies policies --root "$debian"
expect 2 '1 exposed' check --policies policies --root "$debian" --fail-on medium
expect 3 '[1-9][0-9]* unknown' check --policies policies --root tests/hosts/files-denied
expect 64 "did you mean 'ip6mr-sk-done'" check --policies policies --policy ip6mr-sk-don
expect 1 'No such file' check --policies policies --root "$work/nothing"
expect 65 'no-policies-here' check --policies "$work/no-policies-here"

# --- the other verbs
expect 0 '^kernel.release +"3.10.0-862' facts --root "$centos" kernel
expect 0 'kernel.panic' facts --root "$centos" 'sysctl["kernel.panic"]'
expect 64 "did you mean 'kernel.release'" facts kernel.relase
expect 0 'net.ipv6.enabled : bool' facts --describe
expect 0 '^true$' eval --root "$centos" 'cpu.possible >= 2 && net.ipv6.enabled'
expect 0 '^\[1, 2\]$' eval '[1, 2]'
expect 0 'cpu.possible = [0-9]+ +<- ' eval --root "$centos" --trace 'cpu.possible >= 2'
expect 1 'hardenctl: .*zero' eval '1 / 0'
expect 3 '"unknown"' eval --root tests/hosts/files-denied 'cgroup.controllers'
expect 65 "did you mean 'cpu.possible'" eval 'cpu.posible > 1'
expect 65 '\^' eval '1 +'
expect 0 'ineffective +disable-ipv6-addresses' explain --policies policies --root "$centos" ip6mr-sk-done
expect 64 'there is no policy' explain --policies policies nothing
expect 0 'at next boot  1  by systemd-sysctl' explain --sysctl net.ipv4.conf.all.rp_filter --root "$debian"
expect 0 '"role": "shadowed"' explain --sysctl /net/ipv4/conf/all/rp_filter --root "$debian" --format json
expect 1 "no sysctl 'kernel.pani'" explain --sysctl kernel.pani --root "$debian"
expect 64 'not the name of one sysctl' explain --sysctl 'net.ipv4.conf.*.rp_filter' --root "$debian"
expect 64 'sysctl' explain --sysctl '' --root "$debian"
expect 64 'explain takes ID or --sysctl, and one is required' explain
expect 64 'explain takes only one of ID or --sysctl' explain --sysctl kernel.panic ip6mr-sk-done
expect 64 'requires' explain ip6mr-sk-done --format json
expect 0 'ip6mr-sk-done +high' policy list --policies policies
expect 0 '"id": "ip6mr-sk-done"' policy list --policies policies --format json
expect 0 'boot-without-ipv6' policy show --policies policies ip6mr-sk-done
expect 0 '^[0-9]+ policies without mistakes' policy lint policies
expect 0 '^[0-9]+ passed, 0 failed$' policy test --policies policies

# --- bad policies: a clear word, and everything else still judged
mkdir -p "$work/bad"
cp policies/crash/ip6mr-sk-done.toml "$work/bad/"
printf 'id = "broken\n' >"$work/bad/broken.toml"
printf '\xff\xfe\x00' >"$work/bad/binary.toml"
head -c 300 policies/crash/CVE-2019-11477.toml >"$work/bad/CVE-2019-11477.toml"
printf 'a = %s' "$(printf '[%.0s' $(seq 1 100000))" >"$work/bad/deep.toml"
truncate -s 100M "$work/bad/large.toml"
expect 2 'EXPOSED +high +ip6mr-sk-done' check --policies "$work/bad" --root "$centos"
for name in broken binary CVE-2019-11477 deep large; do
  expect 2 "$name.toml:" check --policies "$work/bad" --root "$centos"
done
expect 65 'ip6mr-sk-done' check --policies "$work/bad" --root "$debian"
expect 65 'broken.toml:1:' policy lint "$work/bad"
if [ "$(du -k "$work/out" | cut -f1)" -gt 100 ]; then echo "the diagnostics are too long"; failed=$((failed + 1)); fi

# --- no folder of policies: whatever the verb, who says so and what to do
none="^hardenctl: $work/none: No such file or directory; .*--policies"
echo 'nothing happened' >"$work/log"
expect 65 "$none" check --policies "$work/none" --root "$centos"
expect 65 "$none" crash --policies "$work/none" "$work/log"
expect 64 "$none" plan --policies "$work/none" --root "$centos" ip6mr-sk-done
expect 64 "$none" apply --policies "$work/none" --root "$centos" --state "$work/none.db" ip6mr-sk-done
[ ! -e "$work/none.db" ] || fault "a store was made for a policy that is not there"

# --- hostile names reach no terminal as they are
for verb in "check --policies policies" "facts"; do
  # shellcheck disable=SC2086  # a list of words
  "$hardenctl" $verb --root tests/hosts/hostile-names --color never >"$work/out" 2>&1 || true
  if LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" "$work/out" || grep -q $'\u202e' "$work/out"; then
    echo "$verb lets control characters through"
    failed=$((failed + 1))
  fi
done

# --- colours only where asked for, none with NO_COLOR
"$hardenctl" check --policies policies --root "$centos" --color always >"$work/out" || true
grep -q $'\x1b\[1;31m' "$work/out" || { echo "no colour with --color always"; failed=$((failed + 1)); }
"$hardenctl" check --policies policies --root "$centos" >"$work/out" || true
if grep -q $'\x1b' "$work/out"; then echo "colour in a file"; failed=$((failed + 1)); fi

# --- a reader that goes away, a disk that is full
"$hardenctl" facts --root "$centos" | head -n 1 >/dev/null
got=0; "$hardenctl" facts --root "$centos" >/dev/full 2>"$work/out" || got=$?
[ "$got" -eq 1 ] && grep -q 'standard output' "$work/out" || { echo "a full disk goes unseen: $got"; failed=$((failed + 1)); }

# --- on this host, as nobody: what is closed is unknown, and nothing crashes
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
  cp "$hardenctl" "$work/hardenctl"
  cp -r policies "$work/policies"
  chmod -R a+rX "$work"
  got=0
  setpriv --reuid=65534 --regid=65534 --clear-groups "$work/hardenctl" check --policies "$work/policies" --format json \
    >"$work/out" 2>"$work/err" || got=$?
  case $got in 0 | 2 | 3) ;; *) echo "as nobody: exit status $got"; cat "$work/err"; failed=$((failed + 1)) ;; esac
  /usr/bin/python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$work/out" || failed=$((failed + 1))
fi

finish
