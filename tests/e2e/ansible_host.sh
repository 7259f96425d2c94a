#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The Ansible collection on a booted Debian machine with a daemon that runs:
# ansible_host.py, which says what is checked.
#
#   ansible_host.sh HARDENCTL SOURCE
source "$2/tests/support/machines.sh"
machines ansible_host.py ansible-playbook
