#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Waivers as their users meet them: added, shown, heeded by `check`, over,
# removed; bad input, another user, stores and files that cannot be read.
#
#   waive.sh HARDENCTL SOURCE
# shellcheck source=tests/support/e2e.sh
source "$2/tests/support/e2e.sh"

# A machine of one's own, so that it can have files and a store.
cp -r tests/hosts/centos-7.5-docker "$work/host"
machine=(--root "$work/host")
check=(check --policies policies "${machine[@]}" --policy ip6mr-sk-done)
add=(waive add --policies policies "${machine[@]}")
store=$work/host/var/lib/hardend/state.db
mkdir -p "$work/host/var/lib"

# --- before
expect 2 '1 exposed.* 0 waived' "${check[@]}"
expect 0 '^nothing is waived$' waive list "${machine[@]}"
expect 1 'there is no waiver' waive remove "${machine[@]}" ip6mr-sk-done
[ ! -e "$store" ] || fault "looking has made a store"

# --- what cannot be added
expect 64 "did you mean 'ip6mr-sk-done'" "${add[@]}" ip6mr-sk-don --reason r --for 30d
expect 64 'is in the past' "${add[@]}" ip6mr-sk-done --reason r --until 2020-01-01
expect 64 'is in the past' "${add[@]}" ip6mr-sk-done --reason r --until 2026-06-01 --now 2026-06-02
expect 64 'neither a date' "${add[@]}" ip6mr-sk-done --reason r --until soon
expect 64 'no length of time' "${add[@]}" ip6mr-sk-done --reason r --for ever
expect 64 'longer than ten years' "${add[@]}" ip6mr-sk-done --reason r --for 1000w
expect 64 'one of them' "${add[@]}" ip6mr-sk-done --reason r
expect 64 'one of them' "${add[@]}" ip6mr-sk-done --reason r --for 1d --until 2030-01-01
expect 64 'reason' "${add[@]}" ip6mr-sk-done --for 1d
expect 64 '--reason says nothing' "${add[@]}" ip6mr-sk-done --reason ' ' --for 1d
expect 64 '--now' check --policies policies --now yesterday
[ ! -e "$store" ] || fault "a refused waiver has made a store"

# --- during
expect 0 'is waived until 2030-06-30 by Alice: the window is in July' \
  "${add[@]}" ip6mr-sk-done --reason 'the window is in July' --owner Alice --until 2030-06-30
[ "$(stat -c %a "$store" "$(dirname "$store")" | xargs)" = "600 700" ] || fault "the store is open to others"
expect 0 'EXPOSED +high +ip6mr-sk-done' "${check[@]}" --now 2030-06-30T23:59:59Z
expect 0 'waived until 2030-06-30 by Alice: the window is in July' "${check[@]}" --now 2030-06-30T23:59:59Z
expect 0 '1 exposed.* 1 waived' "${check[@]}" --fail-on low
expect 2 '1 waived' check --policies policies "${machine[@]}" # the others still count
expect 0 '^waived until 2030-06-30 by Alice' explain --policies policies "${machine[@]}" ip6mr-sk-done
expect 0 'ip6mr-sk-done  waived until 2030-06-30 by Alice' waive list "${machine[@]}"
expect 0 '"expired": false' waive list "${machine[@]}" --format json
document check "${check[@]}"
document waivers waive list "${machine[@]}"
[ "$(ls -A "$(dirname "$store")")" = state.db ] || fault "looking leaves files beside the store"

# --- after
expect 2 'waiver over +ip6mr-sk-done was waived until 2030-06-30' "${check[@]}" --now 2030-07-01T00:00:00Z
expect 2 '0 waived' "${check[@]}" --now 2030-07-01T00:00:00Z
expect 0 'ip6mr-sk-done  over ' waive list "${machine[@]}" --now 2031-01-01
expect 0 'is waived no more' waive remove "${machine[@]}" ip6mr-sk-done
expect 2 '0 waived' "${check[@]}"
expect 1 'there is no waiver' waive remove "${machine[@]}" ip6mr-sk-done

# --- an unknown that is waived is decided enough
denied=(check --policies policies --root tests/hosts/files-denied --state "$work/unknown.db" --policy CVE-2024-1086)
expect 3 '1 unknown' "${denied[@]}"
expect 0 'waived' waive add --policies policies --state "$work/unknown.db" CVE-2024-1086 --reason r --for 2w
expect 0 '1 unknown.* 1 waived' "${denied[@]}"

# --- files
mkdir -p "$work/host/etc/hardend/waivers.d"
file=$work/host/etc/hardend/waivers.d/site.toml
printf '[[waiver]]\npolicy = "ip6mr-sk-done"\nreason = "r"\nuntil = 2030-06-30\nowner = "site"\n' >"$file"
expect 0 'by site: r \(as /etc/hardend/waivers.d/site.toml says\)' "${check[@]}" --now 2030-01-01
expect 1 'stands in /etc/hardend/waivers.d/site.toml' waive remove "${machine[@]}" ip6mr-sk-done
expect 0 'until 2030-07-31: longer' "${add[@]}" ip6mr-sk-done --reason longer --until 2030-07-31
expect 0 'until 2030-07-31: longer' "${check[@]}" --now 2030-07-15
expect 0 'still waived in /etc/hardend/waivers.d/site.toml' waive remove "${machine[@]}" ip6mr-sk-done
expect 0 'by site' "${check[@]}" --now 2030-01-01
printf '[[waiver]]\npolicy = "ip6mr-sk-don"\nreason = "r"\nuntil = 2030-06-30\n' >"$file"
expect 2 "names 'ip6mr-sk-don', which is no policy; did you mean 'ip6mr-sk-done'" "${check[@]}"
printf '[[waiver]]\npolicy = "ip6mr-sk-done"\nreson = "r"\nuntil = 2030-06-30\n' >"$file"
expect 2 "site.toml:3:1: unknown key \"reson\"" "${check[@]}"
expect 65 'site.toml:3:1' check --policies policies "${machine[@]}" --policy ip6mr-sk-done --fail-on critical
expect 65 'site.toml:3:1' waive list "${machine[@]}"
rm "$file"

# --- a store that is damaged, foreign, newer, behind a link: a word, and nothing counts as waived
bad=(check --policies policies "${machine[@]}" --policy ip6mr-sk-done --state)
for content in garbage '' "$(head -c 5000 /dev/zero | tr '\0' x)"; do
  printf '%s' "$content" >"$work/bad.db"
  expect 2 'bad.db: its waivers cannot be read.*damaged.*move it aside' "${bad[@]}" "$work/bad.db"
  expect 1 'damaged' waive add --policies policies --state "$work/bad.db" ip6mr-sk-done --reason r --for 1d
  [ "$(cat "$work/bad.db")" = "$content" ] || fault "a damaged store was touched"
done
ln -s "$store" "$work/link.db"
expect 2 'link.db: its waivers cannot be read.*symbolic link' "${bad[@]}" "$work/link.db"
rm -r "$work/host/var/lib/hardend"
ln -s / "$work/host/var/lib/hardend"
expect 2 'a symbolic link' "${check[@]}"
expect 1 'a symbolic link' "${add[@]}" ip6mr-sk-done --reason r --for 1d
expect 1 'a symbolic link' waive list "${machine[@]}"

# --- as nobody: 77 and a sentence, and check still works
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
  mkdir "$work/closed"
  "$hardenctl" waive add --policies policies --state "$work/closed/state.db" ip6mr-sk-done --reason r --for 1d >/dev/null
  cp "$hardenctl" "$work/hardenctl"
  cp -r policies "$work/policies"
  chmod -R a+rX "$work"
  chmod 600 "$work/closed/state.db"
  root_hardenctl=$hardenctl
  as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$work/hardenctl" "$@"; }
  hardenctl=as_nobody
  nobody=(--policies "$work/policies" --state "$work/closed/state.db")
  expect 77 'root' waive add "${nobody[@]}" ip6mr-sk-done --reason r --for 1d
  expect 77 'root' waive add --policies "$work/policies" --state "$work/closed/new.db" ip6mr-sk-done --reason r --for 1d
  expect 77 '.' waive remove --state "$work/closed/state.db" ip6mr-sk-done
  expect 2 'its waivers cannot be read' check "${nobody[@]}" --root "$work/host" --policy ip6mr-sk-done
  chmod 644 "$work/closed/state.db"
  expect 0 '1 waived' check "${nobody[@]}" --root "$work/host" --policy ip6mr-sk-done
  hardenctl=$root_hardenctl
fi

finish
