#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What bash, zsh and fish offer for hardenctl, in the shells themselves:
# completions.py.
#
#   completions.sh HARDENCTL SOURCE
set -euo pipefail

for tool in bash zsh fish; do
  if ! command -v "$tool" >/dev/null; then echo "skipped: no $tool"; exit 77; fi
done
if [ ! -r /usr/share/bash-completion/bash_completion ]; then echo "skipped: no bash-completion"; exit 77; fi
exec /usr/bin/python3 "$2/tests/e2e/completions.py" "$(realpath "$1")" "$(realpath "$2")"
