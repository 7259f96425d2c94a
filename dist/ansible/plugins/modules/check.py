#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: The hardend developers
# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function
__metaclass__ = type

DOCUMENTATION = r'''
module: check
short_description: Judge a host by every policy of hardend
version_added: "0.1.0"
description:
  - Says which known kernel crash bugs the host is exposed to, why, and what is known to help.
  - Changes nothing.
author: The hardend developers (@hardend)
options:
  policies:
    description: Only these policies, by id.
    type: list
    elements: str
    default: []
  severity:
    description: Only policies of at least this severity.
    type: str
    choices: [low, medium, high, critical]
    default: low
  fail_on:
    description: Fail where an exposed finding of at least this severity is not waived. Never fails for it when left out.
    type: str
    choices: [low, medium, high, critical]
  root:
    description: Look at the machine in this folder instead of the running one.
    type: path
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
'''

EXAMPLES = r'''
- name: See what this host is exposed to
  hardend.agent.check:
  register: posture

- name: Stop where something critical is open
  hardend.agent.check:
    fail_on: critical
'''

RETURN = r'''
findings:
  description: One entry a policy, worst first, as C(hardenctl check --format json) has them.
  returned: always
  type: list
  elements: dict
summary:
  description: How many policies have which verdict.
  returned: always
  type: dict
  sample: {exposed: 1, mitigated: 0, not_affected: 12, unknown: 1, waived: 0}
host:
  description: Which host and kernel was looked at.
  returned: always
  type: dict
status:
  description: The exit status of hardenctl. 0 clean, 2 findings, 3 undecided, 65 where a policy or waiver could not be read.
  returned: always
  type: int
'''

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hardend.agent.plugins.module_utils.hardenctl import (
    ARGUMENTS, CLEAN, FINDINGS, UNDECIDED, Hardenctl)

LEVELS = ['low', 'medium', 'high', 'critical']


def main():
    module = AnsibleModule(
        argument_spec=dict(
            ARGUMENTS,
            policies=dict(type='list', elements='str', default=[]),
            severity=dict(type='str', choices=LEVELS, default='low'),
            fail_on=dict(type='str', choices=LEVELS),
            root=dict(type='path'),
        ),
        supports_check_mode=True,
    )
    params = module.params
    ctl = Hardenctl(module)
    words = ['check', '--severity', params['severity'], '--fail-on', params['fail_on'] or 'high'] + ctl.policies()
    for policy in params['policies']:
        words += ['--policy', policy]
    if params['root']:
        words += ['--root', params['root']]
    status, document = ctl.document(words, answers=(CLEAN, FINDINGS, UNDECIDED, 65))
    result = dict(changed=False, status=status, findings=document['findings'], summary=document['summary'],
                  host=document['host'])
    if status == FINDINGS and params['fail_on']:
        names = [finding['policy'] for finding in document['findings']
                 if finding['verdict'] == 'exposed' and not finding['waived']
                 and LEVELS.index(finding['severity']) >= LEVELS.index(params['fail_on'])]
        module.fail_json(msg='exposed to %s' % ', '.join(names), **result)
    module.exit_json(**result)


if __name__ == '__main__':
    main()
