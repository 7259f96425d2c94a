#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A fleet: fleet.py, which says what is checked, with five Debian machines, the
# Ansible collection and a real Prometheus.
#
#   fleet.sh HARDENCTL SOURCE
source "$2/tests/support/machines.sh"
machines fleet.py ansible-playbook prometheus
