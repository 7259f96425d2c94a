#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: The hardend developers
# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function
__metaclass__ = type

DOCUMENTATION = r'''
module: facts_info
short_description: Read facts of a host as hardend sees them
version_added: "0.1.0"
description:
  - Kernel, sysctls, modules, LSMs, networks and container engines, each with where it was read.
  - What could not be read has C(error) in place of C(value).
author: The hardend developers (@hardend)
options:
  names:
    description: Facts, or groups of facts such as C(kernel). All of them when empty.
    type: list
    elements: str
    default: []
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
- name: Read the kernel's facts
  hardend.agent.facts_info:
    names: [kernel, lsm]
  register: seen
'''

RETURN = r'''
facts:
  description: By name, each with C(value) or C(error), and C(source).
  returned: always
  type: dict
'''

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hardend.agent.plugins.module_utils.hardenctl import ARGUMENTS, Hardenctl


def main():
    module = AnsibleModule(
        argument_spec=dict(ARGUMENTS, names=dict(type='list', elements='str', default=[]), root=dict(type='path')),
        supports_check_mode=True,
    )
    words = ['facts'] + module.params['names']
    if module.params['root']:
        words += ['--root', module.params['root']]
    document = Hardenctl(module).document(words)[1]
    facts = document['facts']
    if isinstance(facts, list):
        facts = dict((fact['name'], fact) for fact in facts)
    module.exit_json(changed=False, facts=facts)


if __name__ == '__main__':
    main()
