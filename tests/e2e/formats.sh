#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The formats of `check` in the hands of those who read them: JUnit's by
# python3-junitparser, SARIF's by its own validator, the HTML report in a real
# browser at two widths and in both colours, with axe-core. The last two come
# from npm; formats.mjs says what is looked at.
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
else
  echo "not read: JUnit, for want of python3-junitparser"
fi

modules=${HARDEN_NODE_MODULES:-}
if [ -n "$modules" ] && [ -x "$modules/.bin/sarif-multitool" ]; then
  read=$((read + 1))
  for host in centos-7.5-docker hostile-names; do
    "$modules/.bin/sarif-multitool" validate "$work/$host.sarif" >"$work/sarif.log" 2>&1 || true
    grep -q 'Analysis completed successfully' "$work/sarif.log" || fault "sarif: $host: $(tail -n 3 "$work/sarif.log")"
    if grep -E ': error ' "$work/sarif.log"; then fault "sarif: $host"; fi
  done
else
  echo "not read: SARIF, for want of HARDEN_NODE_MODULES"
fi

if [ -n "$modules" ] && [ -x /usr/bin/chromium ] && [ -d "$modules/axe-core" ]; then
  read=$((read + 1))
  for host in centos-7.5-docker hostile-names debian-12; do
    HARDEN_NODE_MODULES=$modules node tests/e2e/formats.mjs "$work/$host.html" "$work/$host" || fault "html: $host"
  done
else
  echo "not read: HTML, for want of chromium or HARDEN_NODE_MODULES"
fi

if [ "$read" -eq 0 ]; then echo "skipped: no reader of these formats is here"; exit 77; fi
finish
