#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Five hosts, one Prometheus, one controller, as fleet.sh starts them.

The role puts hardend on all of them, and changes nothing the second time. A
rollout is cut off and run again. Then it goes in waves of one, two and two: one host falls ill of the remedy;
one loses its power in the middle of its wave; Prometheus is gone before or after
a wave is applied; and in the end all are well. Each time a wave is confirmed as a
whole or not at all, and what is after it is not touched.
"""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from checks import check, finish, until
from machines import Bed, Played

NAMES = ["edge-1.fleet", "web-1.fleet", "web-2.fleet", "db-1.fleet", "db-2.fleet"]
KEY = "net.ipv4.tcp_sack"
DROP_IN = "etc/sysctl.d/99-zz-hardend.conf"
WEB = "127.0.0.1:9090"
# While selective acknowledgements are off, this host cannot be scraped.
ILLNESS = f"""[Service]
ExecStart=/bin/sh -c 'while sleep 0.2; do case $(cat /proc/sys/{KEY.replace(".", "/")}) in \
0) systemctl stop hardend-metrics.socket hardend-metrics.service ;; *) systemctl start hardend-metrics.socket ;; esac; done'
"""


class Prometheus:
    def __init__(self, bed):
        self.bed, self.process = bed, None
        targets = [{"targets": [f"{one.address}:9976"], "labels": {"instance": one.name}} for one in bed.machines]
        (bed.work / "prometheus.json").write_text(json.dumps({
            "global": {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "1s"},
            "rule_files": [str(bed.source / "dist/prometheus/hardend.rules.yml")],
            "scrape_configs": [{"job_name": "hardend", "static_configs": targets}]}))

    def start(self):
        with open(self.bed.work / "prometheus.log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={self.bed.work}/prometheus.json", f"--web.listen-address={WEB}",
                 f"--storage.tsdb.path={self.bed.work}/tsdb"], stdout=log, stderr=log)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    @staticmethod
    def ask(query):
        """The hosts that the answer has a sample of."""
        words = urllib.parse.urlencode({"query": query})
        try:
            with urllib.request.urlopen(f"http://{WEB}/api/v1/query?{words}", timeout=5) as answer:
                result = json.load(answer)["data"]["result"]
        except (OSError, ValueError, urllib.error.URLError):
            return []
        return sorted(one["metric"].get("instance", "") for one in result)

    def sees(self, what, query, hosts):
        until(what, lambda: self.ask(query) == sorted(hosts))


class Rollout:
    """The playbook of this test: what it takes, and what a host is like before and after."""

    def __init__(self, bed):
        self.bed = bed
        self.path = bed.source / "dist/ansible/playbooks/rollout.yml"

    def start(self, *words, **more):
        given = {"policies": ["daemon-sack"], "accept_impact": True, "waves": [1, 2, 2], "confirm_within": "2m",
                 "prometheus": f"http://{WEB}", "healthy_settle": 3, "healthy_retries": 15, "healthy_delay": 2, **more}
        return self.bed.start_playbook(self.path, *words, **given)

    def run(self, *words, **more):
        return Played(self.start(*words, **more))

    @staticmethod
    def ailing():
        """What was not well in the last minute, for whoever reads of a failure."""
        return {what: Prometheus.ask(query) for what, query in (
            ("not scraped", "min_over_time(up[1m]) == 0"), ("slow", "max_over_time(scrape_duration_seconds[1m]) > 0.5"),
            ("drifted", "max_over_time(hardend_drift_changes[1m]) > 0"),
            ("stuck", "max_over_time(hardend_transactions_unresolved[1m]) > 0"))}

    @staticmethod
    def is_clean(machine):
        return machine.sysctl(KEY) == "1" and not (machine.root / DROP_IN).exists()

    @staticmethod
    def is_cured(machine):
        return machine.sysctl(KEY) == "0" and (machine.root / DROP_IN).exists()


def untouched(what, machine):
    check(f"{machine.name} {what}", Rollout.is_clean(machine) and machine.transactions() == [], machine.transactions())


def kept(machine):
    check(f"{machine.name} is confirmed", Rollout.is_cured(machine) and machine.transactions()[:1] == ["confirmed"],
          machine.transactions())


def taken_back(machine):
    check(f"{machine.name} is taken back", Rollout.is_clean(machine) and machine.transactions()[:1] == ["undone"],
          machine.transactions())


def install(bed):
    """The role, twice."""
    role = bed.role(hardend_metrics_listen="127.0.0.1:9976", hardend_metrics_expose="{{ ansible_host }}:9976",
                    hardend_policies=[str(bed.source / "tests/e2e/policies/daemon-sack.toml")])
    first = bed.playbook(role)
    if not check("the role installs hardend on all", first.status == 0 and first.changed(), first):
        finish()
    second = bed.playbook(role)
    check("the second time it changes nothing", second.status == 0 and not second.changed(), f"{second.changed()}\n{second}")


def shown(rollout, machines):
    """In check mode with --diff, the exact change, and nothing done."""
    played = rollout.run("--check", "--diff")
    results = played.of("Apply, to be undone unless confirmed")
    seen = {host: [(one["before"], one["after"]) for one in result.get("diff", []) if one["after_header"].endswith("tcp_sack")]
            for host, result in results.items()}
    check("--check --diff shows the change of every host", seen == {name: [("1\n", "0\n")] for name in NAMES}, f"{seen}\n{played}")
    for machine in machines:
        untouched("is not changed by it", machine)


def cut_off(rollout, machines):
    """The controller dies when it has applied the first wave; who runs it again keeps what was applied."""
    edge = machines[0]
    process = rollout.start(target=edge.name, healthy_settle=60)
    until("the first wave is applied", lambda: rollout.is_cured(edge), 60)
    process.kill()
    process.communicate()
    check("a rollout that is cut off has confirmed nothing", edge.transactions() == ["applied"], edge.transactions())
    played = rollout.run(target=edge.name)
    check("which is run again ends well", played.status == 0, f"{Rollout.ailing()} {played}")
    kept(edge)
    check("without applying it twice", len(edge.transactions()) == 1, edge.transactions())
    played = edge.bed.playbook(undo_of(edge, 1))
    check("and can be undone", played.status == 0, played)
    taken_back(edge)


def undo_of(machine, number):
    path = machine.bed.work / "undo.yml"
    path.write_text(json.dumps([{"hosts": machine.name, "become": True, "gather_facts": False, "tasks": [
        {"name": "Undo", "hardend.agent.apply": {"state": "undone", "transaction": number}}]}]))
    return path


def ill(rollout, prometheus, machines):
    """web-2 cannot be scraped with the remedy."""
    edge, web1, web2, db1, db2 = machines
    web2.unit("illness.service", ILLNESS)
    web2.run("systemctl", "daemon-reload")
    web2.run("systemctl", "start", "illness.service")
    played = rollout.run()
    check("the rollout fails where a host falls ill", played.status != 0, played)
    message = str(played.of("Stop before the next wave"))
    check("and says which one", "not well: web-2.fleet" in message, f"{Rollout.ailing()} {message}\n{played}")
    kept(edge)
    taken_back(web1)
    taken_back(web2)
    untouched("is not reached", db1)
    untouched("is not reached", db2)
    prometheus.sees("Prometheus finds all of them well again", "up == 1", NAMES)
    web2.run("systemctl", "stop", "illness.service")


def down(rollout, prometheus, machines):
    """db-2 loses its power when its wave has been applied."""
    edge, web1, web2, db1, db2 = machines
    process = rollout.start(confirm_within="90s")
    until("the last wave is applied", lambda: rollout.is_cured(db1) and rollout.is_cured(db2), 120)
    db2.cut_power()
    played = Played(process)
    check("the rollout fails where a host is lost", played.status != 0, played)
    message = str(played.of("Stop before the next wave"))
    # Its power goes before or after it could say that it has applied.
    check("and says which one", ("not well: db-2.fleet" in message or "not applied on db-2.fleet" in message) and
          "undoes itself 90s after it was: db-2.fleet" in message, f"{message}\n{played}")
    check("edge-1.fleet is left as it was", edge.transactions() == ["confirmed", "undone"], edge.transactions())
    kept(web1)
    kept(web2)
    taken_back(db1)
    db2.boot()
    until("db-2.fleet comes back", db2.is_up)
    until("and has undone what was not confirmed", lambda: rollout.is_clean(db2) and db2.transactions() == ["undone"], 150)
    prometheus.sees("Prometheus finds it well again", "up == 1", NAMES)


def blind(rollout, prometheus, machines):
    """Prometheus is gone: first after a wave was applied, then from the beginning."""
    db1, db2 = machines[3:]
    process = rollout.start(target="db-*", waves=[2], healthy_settle=15)
    until("the wave is applied", lambda: rollout.is_cured(db1) and rollout.is_cured(db2), 60)
    prometheus.stop()
    played = Played(process)
    check("the rollout fails where Prometheus goes away", played.status != 0, played)
    message = str(played.of("Stop before the next wave"))
    check("and says so", "Prometheus does not answer" in message, f"{message}\n{played}")
    taken_back(db1)
    taken_back(db2)
    played = rollout.run(target="db-*", waves=[2])
    message = str(played.of("Begin only with a wave that is well"))
    check("where it is not there, nothing is begun", played.status != 0 and "nothing was changed" in message, played)
    check("on neither host", [len(one.transactions()) for one in (db1, db2)] == [2, 2])
    prometheus.start()
    prometheus.sees("Prometheus is there again", "up == 1", NAMES)


def well(rollout, prometheus, machines):
    """All of it, and once more."""
    played = rollout.run()
    check("the rollout ends well", played.status == 0, f"{Rollout.ailing()} {played}")
    for machine in machines:
        kept(machine)
    played = rollout.run()
    check("the second time it changes nothing", played.status == 0 and not played.changed(), f"{played.changed()}\n{played}")
    prometheus.sees("the policy is mitigated on all of them",
                    'hardend_policy_verdict{policy="daemon-sack", verdict="mitigated"} == 1', NAMES)


def drift(rollout, prometheus, machines):
    """What somebody changes is seen from afar, and put back by the same playbook's module."""
    machines[0].run("sysctl", "-w", f"{KEY}=1")
    prometheus.sees("Prometheus sees drift", "hardend_drift_changes > 0", [NAMES[0]])
    prometheus.sees("and the alert is on its way", 'ALERTS{alertname="HardendDrift"}', [NAMES[0]])
    played = rollout.run()
    message = str(played.of("Begin only with a wave that is well"))
    check("no wave begins with a host that has drifted", played.status != 0 and "not well: edge-1.fleet" in message, played)
    machines[0].run("sysctl", "-w", f"{KEY}=0")
    prometheus.sees("until it holds again", "hardend_drift_changes > 0", [])


def main():
    begun = time.monotonic()
    bed = Bed(sys.argv[1:])
    machines = bed.add(NAMES)
    bed.boot()
    prometheus = Prometheus(bed)
    prometheus.start()
    rollout = Rollout(bed)
    install(bed)
    prometheus.sees("Prometheus scrapes all of them", "up == 1", NAMES)
    for part in (lambda: shown(rollout, machines), lambda: cut_off(rollout, machines), lambda: ill(rollout, prometheus, machines),
                 lambda: down(rollout, prometheus, machines), lambda: blind(rollout, prometheus, machines),
                 lambda: well(rollout, prometheus, machines), lambda: drift(rollout, prometheus, machines)):
        part()
        print(f"-- {time.monotonic() - begun:.0f} s", flush=True)
    finish()


if __name__ == "__main__":
    main()
