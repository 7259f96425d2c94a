#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The founding incident, from the finding to the cure and back, on a host of its
# own: a network namespace with a service that listens on IPv6, a real dockerd
# with an IPv6 network, a scratch layer on /etc and /var/lib. The kernel that
# runs here need not have the bug, so the files by which a kernel is known
# (osrelease, version, its config, os-release) are covered by those of Debian 9's
# 4.9.30, which has it; the policy is the shipped one. A reboot is played: the boot
# id changes, and the command line gets what the grub drop-ins add to it; where
# that says ipv6.disable=1, the kernel's flag and the sysctls of IPv6 follow.
#
#   incident.sh HARDENCTL SOURCE
#
# Exit status 77: not root, no dockerd or no overlays here.
set -euo pipefail

hardenctl=$(realpath "$1")
source=$(realpath "$2")
work=${3-}

if [ -z "$work" ]; then
  if [ "$(id -u)" -ne 0 ]; then echo "skipped: not root"; exit 77; fi
  if ! command -v dockerd docker python3 >/dev/null; then echo "skipped: no docker"; exit 77; fi
  if ! unshare --mount --net --pid --fork --mount-proc true; then echo "skipped: no namespaces"; exit 77; fi
  if [ ! -e /proc/sys/net/ipv6/conf/all/disable_ipv6 ]; then echo "skipped: no IPv6"; exit 77; fi
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  unshare --mount --net --pid --fork --kill-child --mount-proc "$0" "$hardenctl" "$source" "$work"
  exit
fi

failed=0
fail() {
  echo "failed: $*" >&2
  failed=1
}

# says FILE WORDS...: each of them stands in the file.
says() {
  local file=$1 word
  shift
  for word in "$@"; do
    grep -qF -- "$word" "$file" || { fail "'$word' is not in:"; cat "$file" >&2; }
  done
}

# cover PLACE CONTENT: as the machine shows it from now on.
cover() {
  local file
  file=$(mktemp -p "$work")
  printf '%s\n' "$2" >"$file"
  mount --bind "$file" "$1"
}

# harden WANTED ARGUMENTS...: its output is in $work/out.
harden() {
  local wanted=$1 status=0
  shift
  "$hardenctl" "$@" >"$work/out" 2>&1 || status=$?
  [ "$status" -eq "$wanted" ] || { fail "hardenctl $*: status $status, wanted $wanted"; cat "$work/out" >&2; }
}

policies=(--policies "$source/policies")
verdict() {
  { "$hardenctl" check "${policies[@]}" --format json || true; } |
    python3 -c 'import json, sys
print(*(f["verdict"] for f in json.load(sys.stdin)["findings"] if f["policy"] == "ip6mr-sk-done"))'
}
is() { [ "$(verdict)" = "$1" ] || fail "the verdict is $(verdict), wanted $1 ($2)"; }

# Every byte that could have changed.
all_places() {
  find /etc -type f -exec sha256sum {} + | sort -k 2
  find /etc -printf '%p %y %m %U %G\n' | sort
  for key in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo "$key $(cat "$key")"; done
}

mount -t tmpfs tmpfs "$work"
mkdir -p "$work"/{etc,lib}/{upper,work} "$work/boot"
if ! mount -t overlay overlay -o "lowerdir=/etc,upperdir=$work/etc/upper,workdir=$work/etc/work" /etc; then
  echo "skipped: no overlays"
  exit 77
fi
mount -t overlay overlay -o "lowerdir=/var/lib,upperdir=$work/lib/upper,workdir=$work/lib/work" /var/lib
rm -rf /var/lib/hardend /etc/hardend
mount -t tmpfs tmpfs /run
ip link set lo up

# The kernel of Debian 9.
release=4.9.0-3-amd64
printf 'CONFIG_NET_NS=y\nCONFIG_IPV6=y\nCONFIG_IPV6_MROUTE=y\nCONFIG_IPV6_MROUTE_MULTIPLE_TABLES=y\n' >"$work/config"
mount --bind "$work/boot" /boot
cp "$work/config" "/boot/config-$release"
if [ -e /proc/config.gz ]; then
  gzip -k "$work/config"
  mount --bind "$work/config.gz" /proc/config.gz
fi
cover /proc/sys/kernel/osrelease "$release"
built="#1 SMP Debian 4.9.30-2 (2017-06-12)"
cover /proc/sys/kernel/version "$built"
cover /proc/version "Linux version $release (debian-kernel@lists.debian.org) (gcc version 6.3.0 20170516 ) $built"
cover /sys/devices/system/cpu/possible "0-3"
cover /proc/cmdline "BOOT_IMAGE=/boot/vmlinuz-$release root=/dev/vda1 ro quiet"
rm -f /etc/os-release
printf 'PRETTY_NAME="Debian GNU/Linux 9 (stretch)"\nNAME="Debian GNU/Linux"\nVERSION_ID="9"\nID=debian\n' >/etc/os-release
mkdir -p /etc/default/grub.d /etc/sysctl.d

# The listener and the network.
python3 -c 'import socket
server = socket.socket(socket.AF_INET6)
server.bind(("::", 8443))
server.listen()
print("up", flush=True)
server.accept()' >"$work/listener" &
dockerd --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/dockerd.pid" -H unix:///run/docker.sock \
  --iptables=false --ip6tables=false --bridge=none --storage-driver=vfs --userland-proxy=false \
  >"$work/dockerd.log" 2>&1 &
export DOCKER_HOST=unix:///run/docker.sock
tries=300
until docker version >/dev/null 2>&1 && [ -s "$work/listener" ]; do
  tries=$((tries - 1))
  if [ "$tries" -eq 0 ]; then
    echo "dockerd does not answer" >&2
    tail -n 20 "$work/dockerd.log" >&2
    exit 1
  fi
  sleep 0.1
done
docker network create --ipv6 --subnet 10.99.6.0/24 --subnet fd00:99::/64 hd-six >/dev/null
docker network create --subnet 10.99.4.0/24 hd-four >/dev/null

all_places >"$work/before"
is exposed "at first"

# What was done then.
sysctl_remedy=(ip6mr-sk-done --remedy disable-ipv6-addresses "${policies[@]}")
harden 0 plan "${sysctl_remedy[@]}"
says "$work/out" ineffective "net.ipv6.conf.all.disable_ipv6" 8443 hd-six "stays exposed"
! grep -q hd-four "$work/out" || fail "the plan names a network without IPv6"
harden 1 apply "${sysctl_remedy[@]}"
says "$work/out" "--accept-impact"
all_places | cmp - "$work/before" || fail "a refused plan changed something"
harden 0 apply "${sysctl_remedy[@]}" --accept-impact
[ "$(cat /proc/sys/net/ipv6/conf/all/disable_ipv6)" = 1 ] || fail "the sysctl was not set"
says /etc/sysctl.d/99-zz-hardend.conf "net.ipv6.conf.all.disable_ipv6 = 1"
is exposed "with the sysctl set"
harden 0 drift
harden 0 undo --last
all_places | cmp - "$work/before" || fail "undo of the sysctl left something"

# What would have helped.
cmdline_remedy=(ip6mr-sk-done --remedy boot-without-ipv6 "${policies[@]}")
harden 0 plan "${cmdline_remedy[@]}"
says "$work/out" prevents "ipv6.disable=1" 8443 hd-six reboot update-grub /etc/default/grub.d/99-zz-hardend.cfg
! grep -q hd-four "$work/out" || fail "the plan names a network without IPv6"
harden 0 apply "${cmdline_remedy[@]}" --accept-impact
is exposed "before the reboot"

# The reboot, with what update-grub would have made of the drop-ins.
# shellcheck disable=SC1090  # the drop-in that hardenctl has just made
words=$(GRUB_CMDLINE_LINUX=''; for file in /etc/default/grub.d/*.cfg; do . "$file"; done; echo "$GRUB_CMDLINE_LINUX")
cover /proc/cmdline "BOOT_IMAGE=/boot/vmlinuz-$release root=/dev/vda1 ro quiet$words"
cover /proc/sys/kernel/random/boot_id 5c4fd3f1-7e1e-4b5c-9a35-000000000001
case " $words " in
  *" ipv6.disable=1 "*)
    cover /sys/module/ipv6/parameters/disable 1
    mount -t tmpfs -o ro tmpfs /proc/sys/net/ipv6
    ;;
  *) fail "the drop-in gives '$words'" ;;
esac
is mitigated "after the reboot"
harden 0 drift

harden 0 undo --last
umount /proc/sys/net/ipv6
all_places | cmp - "$work/before" || fail "undo of the command line left something"
harden 0 history
says "$work/out" disable-ipv6-addresses boot-without-ipv6 undone

[ "$failed" -eq 0 ] && echo "exposed, ineffective sysctl, mitigated by the command line, undone to the byte"
exit "$failed"
