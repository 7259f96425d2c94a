#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The sweep is a hundred thousand machines: the optimised build of it where
# there is one (HARDENCTL_RELEASE), as the other long tests do.
#
#   power_cut.sh PROGRAM [OPTION...]
program=$1
shift
optimised=${HARDENCTL_RELEASE:+$(dirname "$HARDENCTL_RELEASE")/tests/power_cut}
if [ -n "$optimised" ] && [ -x "$optimised" ]; then program=$optimised; fi
exec "$program" "$@"
