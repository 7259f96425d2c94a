#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The formats of `check` and `crash` in the hands of those who read them: JUnit's by
# python3-junitparser, SARIF's by its published schema and its own validator, the
# HTML report in a real browser at two widths and in both colours, with axe-core. The
# last two come from npm; formats.mjs says what is looked at.
#
#   formats.sh HARDENCTL SOURCE
#
# Exit status 77: no reader at all is here. HARDEN_NODE_MODULES names a folder
# with axe-core, playwright-core and @microsoft/sarif-multitool.
source "$2/tests/support/e2e.sh"

read=0
for host in centos-7.5-docker hostile-names files-denied debian-12; do
  for format in junit sarif html; do
    "$hardenctl" check --policies policies --root "tests/hosts/$host" --format "$format" >"$work/$host.$format" || true
  done
done

# Of a known bug, of none, with markup in it, a warning without a crash, and none at all.
logs="ip6mr-sk-done.el7 unknown hostile warning nothing"
for log in $logs; do
  for format in json junit sarif html nagios npd; do
    "$hardenctl" crash "tests/crash/samples/$log.log" --policies policies --root tests/hosts/centos-7.5-docker \
      --format "$format" >"$work/$log.$format" || true
  done
  [ "$(wc -l <"$work/$log.nagios")" -eq 1 ] && [ "$(wc -l <"$work/$log.npd")" -eq 1 ] || fault "crash: $log: not one line"
  [ "$(wc -c <"$work/$log.npd")" -le 81 ] || fault "crash: $log: over 80 bytes for node-problem-detector"
  [ "$(tr -cd '|' <"$work/$log.nagios" | wc -c)" -eq 1 ] || fault "crash: $log: not one | for performance data"
done
for host in centos-7.5-docker hostile-names; do
  line=$("$hardenctl" check --policies policies --root "tests/hosts/$host" --format nagios || true)
  [ "$(echo "$line" | tr -cd '|' | wc -c)" -eq 1 ] || fault "check: $host: not one | for performance data"
done

if /usr/bin/python3 -c 'import junitparser' 2>/dev/null; then
  read=$((read + 1))
  for host in centos-7.5-docker hostile-names files-denied debian-12; do
    /usr/bin/python3 - "$work/$host.junit" "tests/hosts/$host/want.json" <<'PYTHON' || fault "junit: $host"
import json, sys, junitparser
suites = junitparser.JUnitXml.fromfile(sys.argv[1])
want = json.load(open(sys.argv[2]))
want = want.get("verdicts", want)
seen = {"failures": 0, "errors": 0, "tests": 0}
for suite in suites:
    for case in suite:
        kinds = [type(one).__name__ for one in case.result]
        wanted = {"exposed": ["Failure"], "unknown": ["Error"]}.get(want[case.name], [])
        assert kinds == wanted, (case.name, kinds, wanted)
        seen["tests"] += 1
        seen["failures"] += kinds == ["Failure"]
        seen["errors"] += kinds == ["Error"]
    assert (suite.tests, suite.failures, suite.errors) == (seen["tests"], seen["failures"], seen["errors"]), seen
assert seen["tests"] == 14, seen
PYTHON
  done
  for log in $logs; do
    /usr/bin/python3 - "$work/$log.junit" "$work/$log.json" <<'PYTHON' || fault "junit: $log"
import json, sys, junitparser
document = json.load(open(sys.argv[2]))
cases = [case for suite in junitparser.JUnitXml.fromfile(sys.argv[1]) for case in suite]
kinds = [type(one).__name__ for case in cases for one in case.result]
assert kinds == ["Failure"] * len(document["crashes"]), kinds
assert len(cases) == max(1, len(kinds)), cases
titles = [crash["title"] for crash in document["crashes"]]
for case, title in zip(cases, titles):
    # What XML cannot hold stands escaped, so only the beginning up to there is compared.
    plain = "".join(c if c.isprintable() else "\0" for c in title).split("\0")[0]
    assert case.result[0].message.startswith(plain.split("\\")[0]), (case.result[0].message, title)
PYTHON
  done
else
  echo "not read: JUnit, for want of python3-junitparser"
fi

modules=${HARDEN_NODE_MODULES:-}
schema=$(find -L "${modules:-/nowhere}/@microsoft" -name sarif-2.1.0.json -print -quit 2>/dev/null || true)
if [ -n "$schema" ] && [ -x "$modules/.bin/sarif-multitool" ]; then
  read=$((read + 1))
  for name in centos-7.5-docker hostile-names $logs; do
    # The published schema; and the rules that a schema cannot say, which are off unless asked for.
    /usr/bin/python3 - "$schema" "$work/$name.sarif" <<'PYTHON' || fault "sarif: $name: does not follow the schema"
import json, sys, jsonschema
jsonschema.validate(*(json.load(open(path)) for path in reversed(sys.argv[1:])))
PYTHON
    "$modules/.bin/sarif-multitool" validate "$work/$name.sarif" --rule-kind Sarif >"$work/sarif.log" 2>&1 || true
    grep -q 'Analysis completed successfully' "$work/sarif.log" || fault "sarif: $name: $(tail -n 3 "$work/sarif.log")"
    if grep -E ': error ' "$work/sarif.log"; then fault "sarif: $name"; fi
  done
else
  echo "not read: SARIF, for want of HARDEN_NODE_MODULES"
fi

if [ -n "$modules" ] && [ -x /usr/bin/chromium ] && [ -d "$modules/axe-core" ]; then
  read=$((read + 1))
  for host in centos-7.5-docker hostile-names debian-12; do
    HARDEN_NODE_MODULES=$modules node tests/e2e/formats.mjs "$work/$host.html" "$work/$host" 14 || fault "html: $host"
  done
  # One for each crash, each warning, and each bug that there is something against.
  for log in $logs; do
    articles=$(/usr/bin/python3 -c '
import json, sys
view = json.load(open(sys.argv[1]))
matched = {match["policy"] for crash in view["crashes"] for match in crash["matches"]}
print(len(view["crashes"]) + len(view["warnings"]) + len(matched))' "$work/$log.json")
    HARDEN_NODE_MODULES=$modules node tests/e2e/formats.mjs "$work/$log.html" "$work/$log" "$articles" || fault "html: $log"
  done
else
  echo "not read: HTML, for want of chromium or HARDEN_NODE_MODULES"
fi

if [ "$read" -eq 0 ]; then echo "skipped: no reader of these formats is here"; exit 77; fi
finish
