# SPDX-License-Identifier: Apache-2.0
"""What docker.sh must have been told: docker.py FOLDER PODMAN."""

import json
import pathlib
import re
import sys

work = pathlib.Path(sys.argv[1])
podman = sys.argv[2] == "yes"


def load(name):
    return json.loads((work / name).read_text(encoding="utf-8"))


document = load("facts.json")
assert document["schema"] == 1, document
facts = {fact["name"]: fact["value"] for fact in document["facts"]}
engines = {engine["engine"]: engine for engine in facts["docker.engines"]}
networks = {(network["engine"], network["name"]): network for network in facts["docker.networks"]}
containers = {container["name"]: container for container in facts["docker.containers"]}


def expect(what, found, **wanted):
    differing = {key: found[key] for key in wanted if found[key] != wanted[key]}
    assert not differing, f"{what}: {differing}, not {wanted}"


assert set(engines) == ({"docker", "podman"} if podman else {"docker"}), engines
expect(
    "dockerd",
    engines["docker"],
    socket=str(work / "docker.sock"),
    rootless=False,
    userland_proxy=False,
    live_restore=False,
    ipv6=False,
    swarm=False,
    storage_driver="vfs",
    containers_running=0,
)
assert engines["docker"]["version"] and engines["docker"]["runc_version"], engines

for name, driver, containers_on_it in (("host", "host", 1), ("none", "null", 0)):
    network = networks["docker", name]
    expect(name, network, driver=driver, subnets=[], predefined=True, containers=containers_on_it)
expect("four", networks["docker", "hd-four"], subnets=["10.99.4.0/24"], ipv6=False, internal=False, predefined=False)
expect("six", networks["docker", "hd-six"], ipv6=True, driver="bridge", scope="local", containers=1)
assert sorted(networks["docker", "hd-six"]["subnets"]) == ["10.99.6.0/24", "fd00:99::/64"], networks
expect("inside", networks["docker", "hd-inside"], internal=True, subnets=["10.99.7.0/24"])
expect("without", networks["docker", "hd-without"], subnets=[], predefined=False)
expect("container", containers["hd-container"], state="created", image="hd-image", networks=["hd-six"])
expect("on host", containers["hd-on-host"], networks=["host"])

if podman:
    expect("podman", engines["podman"], socket="/run/podman/podman.sock", userland_proxy=False, swarm=False)
    expect("podman's six", networks["podman", "hp-six"], ipv6=True, predefined=False)
    expect("podman's without", networks["podman", "hp-without"], subnets=[], predefined=False)
    defaults = [name for engine, name in networks if engine == "podman" and networks[engine, name]["predefined"]]
    assert defaults in (["bridge"], ["podman"]), defaults

# What an engine makes for itself is never what is wrong with a host. The
# evidence shows every network; the sentences must not name these.
for finding in load("check.json")["findings"]:
    impacts = [impact for remedy in finding["remedies"] for impact in remedy["impacts"]]
    for sentence in [finding["reason"], *impacts]:
        named = re.search(r"""networks? \W?(host|none)\b|\b(host|none)\W? network""", sentence)
        assert named is None, f"{finding['policy']}: {sentence}"

print(f"{len(engines)} engines, {len(networks)} networks and {len(containers)} containers, as they were made")
