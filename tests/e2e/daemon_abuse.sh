#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# daemon_abuse.sh HARDENCTL SOURCE: broken, slow and greedy clients of the real
# hardend, and whether everybody else is served meanwhile. Exit status 77 where
# this is not root (another user is needed) or there is no hardend.
set -euo pipefail
hardend=$(dirname "$1")/hardend
[ "$(id -u)" -eq 0 ] || { echo "not root"; exit 77; }
[ -x "$hardend" ] || { echo "no hardend beside hardenctl"; exit 77; }
exec /usr/bin/python3 "$(dirname "$0")/daemon_abuse.py" "$hardend" "$2"
