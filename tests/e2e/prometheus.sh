#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What dist/prometheus ships: rules and their tests by promtool, a runbook page
# for each alert, a dashboard that is what its source makes, and each of its
# queries answered by a real Prometheus that scrapes metrics of hardend. And what
# hardenctl prints for node_exporter is what the daemon answers.
#
#   prometheus.sh HARDENCTL SOURCE
#
# Exit status 77: no promtool.
source "$2/tests/support/e2e.sh"

if ! command -v promtool >/dev/null; then echo "skipped: no promtool"; exit 77; fi
hardenctl=$(realpath "$hardenctl")
source=$(realpath "$source")
cd dist/prometheus
promtool check rules hardend.rules.yml || fault "the rules are not good"
promtool test rules hardend.rules_test.yml || fault "the rules do not do what they should"
for alert in $(sed -n 's/.*- alert: //p' hardend.rules.yml); do
  [ -s "runbook/$alert.md" ] || fault "$alert has no page in the runbook"
  grep -q "runbook: runbook/$alert.md" hardend.rules.yml || fault "$alert does not name its page"
  grep -q "alertname: $alert" hardend.rules_test.yml || fault "$alert has no test"
done
# What a page says to run is there.
grep -ohE 'hardenctl [a-z]+( [a-z]+)?' runbook/*.md | sort -u | while read -r _ verb word; do
  case "$verb $word" in "policy "* | "waive "* | "crash ack") set -- "$verb" "$word" ;; *) set -- "$verb" ;; esac
  "$hardenctl" "$@" --help >/dev/null 2>&1 || echo "hardenctl $*"
done >"$work/missing"
[ ! -s "$work/missing" ] || fault "the runbook names what is not there: $(cat "$work/missing")"
/usr/bin/python3 dashboard.py | cmp - hardend-dashboard.json || fault "dashboard.py makes another dashboard"

# A daemon that looks at one of tests/hosts, and a Prometheus that scrapes it.
hardend=$(dirname "$hardenctl")/hardend
if [ ! -x "$hardend" ] || ! command -v prometheus >/dev/null; then
  echo "not asked: the queries, for want of hardend or prometheus"
  finish
  exit
fi
free_port() { /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
metrics=127.0.0.1:$(free_port)
web=127.0.0.1:$(free_port)
cp -r "$source/tests/hosts/centos-7.5-docker" "$work/host"
cp -r "$source/policies" "$work/host/policies"
printf 'socket = "%s/socket"\npolicies = ["/policies"]\n[metrics]\nlisten = "%s"\n' \
  "$work" "$metrics" >"$work/hardend.toml"
sed "s#__METRICS__#$metrics#; s#__RULES__#$PWD/hardend.rules.yml#" >"$work/prometheus.yml" <<'YAML'
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [__RULES__]
scrape_configs:
  - job_name: hardend
    static_configs: [{targets: ["__METRICS__"]}]
YAML
"$hardend" --config "$work/hardend.toml" --state "$work/state" --root "$work/host" \
  >"$work/hardend.log" 2>&1 &
daemon=$!
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" --web.listen-address="$web" \
  >"$work/prometheus.log" 2>&1 &
server=$!
trap 'kill $daemon $server 2>/dev/null; wait; rm -rf "$work"' EXIT

mkfifo "$work/never"  # nobody writes to it: reading from it is a pause

# ask QUERY: the number of series in the answer; "refused" where it is no query.
ask() {
  curl -s --get --data-urlencode "query=$1" "http://$web/api/v1/query" | /usr/bin/python3 -c '
import json, sys
answer = json.load(sys.stdin)
print(len(answer["data"]["result"]) if answer["status"] == "success" else "refused")' 2>/dev/null || echo none
}

# The recording rules rest on a scrape, and the dashboard on those.
for _ in $(seq 1 120); do
  case "$(ask 'policy_verdict:hardend_hosts:count')" in [1-9]*) break ;; esac
  read -r -t 0.5 <>"$work/never" || true
done
./dashboard.py --queries >"$work/queries"
while IFS= read -r query; do
  seen=$(ask "$query")
  echo "$seen series: $query"
  case "$query" in
    *"> 0"*) [ "$seen" != refused ] && [ "$seen" != none ] || fault "no answer: $query" ;;  # nothing drifts here
    *) case "$seen" in [1-9]*) ;; *) fault "no series: $query" ;; esac ;;
  esac
done <"$work/queries"
curl -s "http://$metrics/metrics" >"$work/metrics"
promtool check metrics <"$work/metrics" || fault "promtool complains of the metrics"

# The same names with the same values; hostile names stay labels.
"$hardenctl" check --root "$work/host" --policies "$source/policies" --format prometheus >"$work/check.prom" || true
promtool check metrics <"$work/check.prom" || fault "promtool complains of check --format prometheus"
[ "$(grep -c '^hardend_policy_verdict{' "$work/check.prom")" -eq 56 ] || fault "not every verdict of 14 policies is there"
grep -v '^#' "$work/check.prom" | grep -v '^hardend_check_complete ' | sort >"$work/check.series"
comm -23 "$work/check.series" <(sort "$work/metrics") >"$work/other"
[ ! -s "$work/other" ] || fault "hardenctl and the daemon differ: $(head -n 5 "$work/other")"
for log in ip6mr-sk-done.el7 hostile nothing; do
  "$hardenctl" crash "$source/tests/crash/samples/$log.log" --policies "$source/policies" --root "$work/host" \
    --format prometheus >"$work/crash.prom" || true
  promtool check metrics <"$work/crash.prom" || fault "promtool complains of crash --format prometheus: $log"
done

series=$(grep -cv '^#' "$work/metrics")
echo "$series series a host with the shipped policies; $((series * 100000)) for 100,000 hosts"
[ "$series" -lt 300 ] || fault "$series series, 300 or more"
finish
