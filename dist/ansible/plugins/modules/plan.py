#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: The hardend developers
# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function
__metaclass__ = type

DOCUMENTATION = r'''
module: plan
short_description: Show what hardend would change on a host, and its price there
version_added: "0.1.0"
description:
  - Pure. The same host gives the same plan, with a digest that M(hardend.agent.apply) can be held to.
author: The hardend developers (@hardend)
options:
  policies:
    description: Plan for these policies, by id. Every exposed finding when empty.
    type: list
    elements: str
    default: []
  remedies:
    description: Policy id to the remedy to take, whatever its grade.
    type: dict
    default: {}
  runtime_only:
    description: Change nothing that survives a boot.
    type: bool
    default: false
  hardenctl:
    description: The program, by name or path.
    type: path
    default: hardenctl
  policy_dirs:
    description: Folders to read policies from, in place of the installed ones.
    type: list
    elements: path
    default: []
attributes:
  check_mode:
    description: Runs the same.
    support: full
  diff_mode:
    description: Shows every place with before and after.
    support: full
'''

EXAMPLES = r'''
- name: See what a cure would change and break here
  hardend.agent.plan:
    policies: [ip6mr-sk-done]
  register: planned
  diff: true
'''

RETURN = r'''
plan:
  description: The document of C(hardenctl plan --format json).
  returned: always
  type: dict
would_change:
  description: Whether applying it would change anything.
  returned: always
  type: bool
'''

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hardend.agent.plugins.module_utils.hardenctl import ARGUMENTS, Hardenctl, diff_of, plan_words


def main():
    module = AnsibleModule(
        argument_spec=dict(
            ARGUMENTS,
            policies=dict(type='list', elements='str', default=[]),
            remedies=dict(type='dict', default={}),
            runtime_only=dict(type='bool', default=False),
        ),
        supports_check_mode=True,
    )
    ctl = Hardenctl(module)
    plan = ctl.document(['plan'] + plan_words(module.params) + ctl.policies())[1]
    module.exit_json(changed=False, plan=plan, would_change=bool(plan['changes']), diff=diff_of(plan['changes']))


if __name__ == '__main__':
    main()
