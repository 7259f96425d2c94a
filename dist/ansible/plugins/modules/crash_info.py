#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: The hardend developers
# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function
__metaclass__ = type

DOCUMENTATION = r'''
module: crash_info
short_description: Read the kernel crashes that a host has on record
version_added: "0.1.0"
description:
  - Looks through pstore, kdump folders and the journal, or through the files given, and ties what it finds to known bugs.
author: The hardend developers (@hardend)
options:
  files:
    description: Kernel logs or dumps on the host. Its own records when empty.
    type: list
    elements: path
    default: []
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
- name: See whether this host has crashed in a known way
  hardend.agent.crash_info:
  register: crashes
'''

RETURN = r'''
crashes:
  description: One entry a crash, newest first, as C(hardenctl crash --format json) has them.
  returned: always
  type: list
  elements: dict
unread:
  description: What could not be read, and why. Where it is not empty, there may be crashes that nobody has seen.
  returned: always
  type: list
  elements: dict
known:
  description: Ids of the policies that the crashes match.
  returned: always
  type: list
  elements: str
'''

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hardend.agent.plugins.module_utils.hardenctl import (
    ARGUMENTS, CLEAN, FAILED, FINDINGS, UNDECIDED, Hardenctl)


def main():
    module = AnsibleModule(
        argument_spec=dict(ARGUMENTS, files=dict(type='list', elements='path', default=[])),
        supports_check_mode=True,
    )
    ctl = Hardenctl(module)
    words = ['crash'] + (module.params['files'] or ['--scan']) + ctl.policies()
    document = ctl.document(words, answers=(CLEAN, FAILED, FINDINGS, UNDECIDED))[1]
    known = sorted(set(match['policy'] for crash in document['crashes'] for match in crash['matches']))
    module.exit_json(changed=False, crashes=document['crashes'], unread=document['unread'], known=known)


if __name__ == '__main__':
    main()
