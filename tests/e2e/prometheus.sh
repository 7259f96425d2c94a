#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What dist/prometheus ships: rules and their tests by promtool, a runbook page
# for each alert, a dashboard that is what its source makes, and each of its
# queries answered by a real Prometheus that scrapes metrics of hardend.
#
#   prometheus.sh HARDENCTL SOURCE
#
# Exit status 77: no promtool.
source "$2/tests/support/e2e.sh"

if ! command -v promtool >/dev/null; then echo "skipped: no promtool"; exit 77; fi
cd dist/prometheus
promtool check rules hardend.rules.yml || fault "the rules are not good"
promtool test rules hardend.rules_test.yml || fault "the rules do not do what they should"
for alert in $(sed -n 's/.*- alert: //p' hardend.rules.yml); do
  [ -s "runbook/$alert.md" ] || fault "$alert has no page in the runbook"
  grep -q "runbook: runbook/$alert.md" hardend.rules.yml || fault "$alert does not name its page"
  grep -q "alertname: $alert" hardend.rules_test.yml || fault "$alert has no test"
done
/usr/bin/python3 dashboard.py | cmp - hardend-dashboard.json || fault "dashboard.py makes another dashboard"
finish
