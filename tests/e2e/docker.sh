#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Asks real container engines: a dockerd on a socket of its own and, where it
# is installed, podman in its usual place. Both run in namespaces of their own,
# so nothing of theirs outlives this script, and the host's engines are not seen.
#
#   docker.sh HARDENCTL SOURCE
#
# Exit status 77: not root, or no dockerd here.
set -euo pipefail

hardenctl=$1
source=$2
work=${3-}

if [ -z "$work" ]; then
  if [ "$(id -u)" -ne 0 ]; then echo "skipped: not root"; exit 77; fi
  if ! command -v dockerd docker >/dev/null; then echo "skipped: no docker"; exit 77; fi
  if ! unshare --mount --net --pid --fork --mount-proc true; then echo "skipped: no namespaces"; exit 77; fi
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  # With this shell's child the whole process namespace ends, engines included.
  unshare --mount --net --pid --fork --kill-child --mount-proc "$0" "$hardenctl" "$source" "$work"
  exit
fi

mount -t tmpfs tmpfs /run
mkdir "$work/rootfs"
export DOCKER_HOST="unix://$work/docker.sock"
unset CONTAINER_HOST

# wait_for WHAT COMMAND...: until it succeeds, thirty seconds at most.
wait_for() {
  local what=$1 tries=300
  shift
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
      echo "$what does not answer" >&2
      tail -n 20 "$work"/*.log >&2
      exit 1
    fi
    sleep 0.1
  done
}

dockerd --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/dockerd.pid" -H "$DOCKER_HOST" \
  --iptables=false --ip6tables=false --bridge=none --storage-driver=vfs --userland-proxy=false \
  >"$work/dockerd.log" 2>&1 &
wait_for dockerd docker version

docker network create --subnet 10.99.4.0/24 hd-four >/dev/null
docker network create --ipv6 --subnet 10.99.6.0/24 --subnet fd00:99::/64 hd-six >/dev/null
docker network create --internal --subnet 10.99.7.0/24 hd-inside >/dev/null
docker network create --config-only hd-without >/dev/null
tar -C "$work/rootfs" -c . | docker import - hd-image >/dev/null
docker create --name hd-container --network hd-six hd-image /none >/dev/null
docker create --name hd-on-host --network host hd-image /none >/dev/null

podman=no
if command -v podman >/dev/null; then
  podman=yes
  pod() {
    command podman --root "$work/storage" --runroot "$work/runroot" --storage-driver vfs \
      --network-config-dir "$work/networks" "$@"
  }
  mkdir "$work/networks" /run/podman
  pod system service --time=0 unix:///run/podman/podman.sock >"$work/podman.log" 2>&1 &
  wait_for podman curl -sf --unix-socket /run/podman/podman.sock http://podman/_ping
  pod network create --ipv6 --subnet 10.98.6.0/24 --subnet fd00:98::/64 hp-six >/dev/null
  pod network create -d macvlan hp-without >/dev/null
fi

"$hardenctl" facts --format json docker.engines docker.networks docker.containers >"$work/facts.json"

# A host with findings is a success here; one that could not be judged is not.
status=0
"$hardenctl" check --policies "$source/policies" --format json >"$work/check.json" || status=$?
case "$status" in
  0 | 2 | 3) ;;
  *) echo "hardenctl check: exit status $status" >&2; exit 1 ;;
esac

python3 "$source/tests/e2e/docker.py" "$work" "$podman"
