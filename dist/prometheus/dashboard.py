#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the Grafana dashboard hardend-dashboard.json. Panels are rows of the table below.

dashboard.py > hardend-dashboard.json      after a change
dashboard.py --queries                     every query, one a line
"""
import json
import sys

# title, kind, width of 24, unit, [(query, legend)], description
PANELS = [
    ("Hosts", "stat", 4, "none", [('count(hardend_build_info{job="$job"})', "")],
     "Hosts whose hardend answers."),
    ("Hosts exposed", "stat", 4, "none", [('sum(job:hardend_hosts_exposed:count{job="$job"}) or vector(0)', "")],
     "Hosts with at least one exposed finding, waived or not."),
    ("Critical, not waived", "stat", 4, "none",
     [('sum(instance_severity:hardend_exposed_unwaived:sum{job="$job", severity="critical"}) or vector(0)', "")],
     "Exposed findings of severity critical that nobody answers for."),
    ("Places that drifted", "stat", 4, "none", [('sum(hardend_drift_changes{job="$job"})', "")],
     "Changes of hardend that no longer hold, or will not at the next boot."),
    ("Stuck transactions", "stat", 4, "none", [('sum(hardend_transactions_unresolved{job="$job"})', "")],
     "A person must look at these."),
    ("Silent hosts", "stat", 4, "none", [('count(up{job="$job"} == 0) or vector(0)', "")],
     "Nothing is known of these."),
    ("Exposure by policy", "bars", 8, "none",
     [('sort_desc(sum by (policy) (policy_verdict:hardend_hosts:count{job="$job", verdict="exposed"}))', "{{policy}}")],
     "Hosts that are exposed, by policy."),
    ("What could not be told, by policy", "bars", 8, "none",
     [('sort_desc(sum by (policy) (policy_verdict:hardend_hosts:count{job="$job", verdict="unknown"}))', "{{policy}}")],
     "Unknown is not fine: facts could not be read."),
    ("Exposed hosts by kernel", "bars", 8, "none",
     [('sort_desc(count by (kernel) ((sum by (job, instance) (hardend_findings{job="$job", verdict="exposed"}) > 0)'
       ' * on (job, instance) group_left (kernel) hardend_host_info{job="$job"}))', "{{kernel}}")],
     "Hosts with at least one exposed finding, by the kernel that runs."),
    ("Verdicts over time", "graph", 12, "none",
     [('sum by (verdict) (policy_verdict:hardend_hosts:count{job="$job"})', "{{verdict}}")],
     "Policies times hosts, by verdict."),
    ("Crashes on record, by policy", "graph", 12, "none",
     [('sum by (policy, type) (hardend_crash_records{job="$job"})', "{{policy}} {{type}}")],
     "An empty policy: no known bug."),
    ("Drift over time", "graph", 12, "none",
     [('sum by (instance) (hardend_drift_changes{job="$job"}) > 0', "{{instance}}")], "By host."),
    ("Age of the verdicts", "graph", 12, "s",
     [('topk(5, time() - hardend_last_evaluation_timestamp_seconds{job="$job"})', "{{instance}}")],
     "The five oldest."),
    ("Exposed hosts", "table", 24, "none",
     [('sum by (instance, policy, severity) ((hardend_policy_verdict{job="$job", verdict="exposed"} == 1)'
       ' * on (job, instance, policy) group_left (severity) hardend_policy_info{job="$job"})', "")],
     "Every exposed finding with its host."),
]
KINDS = {"stat": "stat", "bars": "bargauge", "graph": "timeseries", "table": "table"}
HEIGHTS = {"stat": 4, "bars": 9, "graph": 8, "table": 10}


def target(number, kind, query, legend):
    return {"datasource": {"type": "prometheus", "uid": "${source}"}, "refId": chr(ord("A") + number), "expr": query,
            "legendFormat": legend or "__auto", "instant": kind != "graph", "range": kind == "graph",
            "format": "table" if kind == "table" else "time_series"}


def options(kind):
    if kind == "stat":
        return {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value"}
    if kind == "bars":
        return {"orientation": "horizontal", "displayMode": "basic", "reduceOptions": {"calcs": ["lastNotNull"]}}
    return {}


def panels():
    x = y = 0
    for number, (title, kind, width, unit, queries, description) in enumerate(PANELS, 1):
        if x + width > 24:
            x, y = 0, y + HEIGHTS[PANELS[number - 2][1]]
        yield {"id": number, "title": title, "description": description, "type": KINDS[kind],
               "gridPos": {"x": x, "y": y, "w": width, "h": HEIGHTS[kind]},
               "datasource": {"type": "prometheus", "uid": "${source}"},
               "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []}, "options": options(kind),
               "targets": [target(i, kind, *query) for i, query in enumerate(queries)]}
        x += width


def dashboard():
    return {"title": "hardend: known kernel crash bugs", "uid": "hardend", "schemaVersion": 38, "version": 1,
            "tags": ["hardend", "kernel"], "timezone": "utc", "refresh": "1m", "time": {"from": "now-24h", "to": "now"},
            "editable": True, "templating": {"list": [
                {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
                {"name": "job", "label": "Job", "type": "query", "refresh": 2,
                 "datasource": {"type": "prometheus", "uid": "${source}"},
                 "query": "label_values(hardend_build_info, job)", "current": {"text": "hardend", "value": "hardend"}}]},
            "panels": list(panels())}


def main():
    if sys.argv[1:] == ["--queries"]:
        for _, _, _, _, queries, _ in PANELS:
            for query, _ in queries:
                print(query.replace("$job", "hardend"))
    elif len(sys.argv) == 1:
        print(json.dumps(dashboard(), indent=2))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
