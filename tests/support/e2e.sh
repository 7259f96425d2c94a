# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the scripts that run hardenctl share: `source` it with the script's own
# arguments, HARDENCTL SOURCE. It changes to the source and gives a folder
# $work that goes with the script.
set -euo pipefail

hardenctl=$1
source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$source"
failed=0

fault() {
  echo "$*"
  failed=$((failed + 1))
}

# expect STATUS PATTERN WORDS...: what it prints, on either stream, matches.
expect() {
  local status=$1 pattern=$2 got=0
  shift 2
  "$hardenctl" "$@" >"$work/out" 2>&1 || got=$?
  if [ "$got" -ne "$status" ] || ! grep -Eq -- "$pattern" "$work/out"; then
    fault "hardenctl $*: exit status $got (wanted $status), wanted to see: $pattern"
    head -n 20 "$work/out"
  fi
}

# document SCHEMA WORDS...: the JSON that it prints, which stays in
# $work/document.json, follows dist/schema/SCHEMA.schema.json.
document() {
  local schema=dist/schema/$1.schema.json
  shift
  "$hardenctl" "$@" --format json >"$work/document.json" 2>"$work/err" || true
  /usr/bin/python3 - "$work/document.json" "$schema" 2>"$work/err" <<'PYTHON' ||
import glob, json, sys, jsonschema
store = {one["$id"]: one for one in (json.load(open(path)) for path in glob.glob("dist/schema/*.json"))}
schema = json.load(open(sys.argv[2]))
resolver = jsonschema.RefResolver.from_schema(schema, store=store)
jsonschema.Draft202012Validator(schema, resolver=resolver).validate(json.load(open(sys.argv[1])))
PYTHON
    fault "hardenctl $*: does not follow $schema: $(tail -n 3 "$work/err")"
}

# The script's last line.
finish() {
  echo "$failed failed"
  [ "$failed" -eq 0 ]
}
