#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: The hardend developers
# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function
__metaclass__ = type

DOCUMENTATION = r'''
module: waiver
short_description: Answer for leaving a finding as it is, until a day
version_added: "0.1.0"
description:
  - A waived finding is still judged and shown; it does not fail a check.
author: The hardend developers (@hardend)
options:
  policy:
    description: The policy's id.
    type: str
    required: true
  state:
    description: Whether there is to be a waiver.
    type: str
    choices: [present, absent]
    default: present
  reason:
    description: Why it is left as it is. Required for C(present).
    type: str
  until:
    description: The last day, C(2026-12-31), or a moment, C(2026-12-31T12:00:00Z).
    type: str
  duration:
    description:
      - How long from now on, such as C(30d).
      - A waiver that is in force with the same reason and owner is left as it is.
    type: str
  owner:
    description: Who answers for it.
    type: str
    default: ''
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
    description: Says what would be changed.
    support: full
  diff_mode:
    description: Shows the waiver before and after.
    support: full
'''

EXAMPLES = r'''
- name: Live with it until the maintenance window
  hardend.agent.waiver:
    policy: ip6mr-sk-done
    reason: reboot is planned
    until: "2026-12-31"
    owner: ops
'''

RETURN = r'''
waiver:
  description: The waiver that is in the store afterwards.
  returned: when state is present
  type: dict
'''

from datetime import datetime, timedelta

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hardend.agent.plugins.module_utils.hardenctl import ARGUMENTS, Hardenctl


def stored(ctl, policy):
    """The waiver of the store; files are for whoever wrote them."""
    for waiver in ctl.document(['waive', 'list'])[1]['waivers']:
        if waiver['policy'] == policy and not waiver['source']:
            return waiver
    return None


def moment_of(until):
    """As the store has it: a day lasts until its end, which is the first second of the next."""
    try:
        return (datetime.strptime(until, '%Y-%m-%d') + timedelta(days=1)).strftime('%Y-%m-%dT%H:%M:%SZ')
    except (ValueError, OverflowError):
        return until


def wished(before, params):
    """What the store will have, in check mode."""
    until = moment_of(params['until']) if params['until'] else 'in %s' % params['duration']
    return dict(before or {}, policy=params['policy'], reason=params['reason'], owner=params['owner'], until=until)


def shown(waiver):
    return '' if waiver is None else ''.join('%s: %s\n' % (name, waiver[name]) for name in ('policy', 'reason', 'owner', 'until'))


def diff_of(before, after):
    return dict(before_header='waiver', after_header='waiver', before=shown(before), after=shown(after))


def is_as_wanted(waiver, params):
    if waiver is None or waiver['expired']:
        return False
    if waiver['reason'] != params['reason'] or waiver['owner'] != params['owner']:
        return False
    return not params['until'] or waiver['until'] == moment_of(params['until'])


def main():
    module = AnsibleModule(
        argument_spec=dict(
            ARGUMENTS,
            policy=dict(type='str', required=True),
            state=dict(type='str', choices=['present', 'absent'], default='present'),
            reason=dict(type='str'),
            until=dict(type='str'),
            duration=dict(type='str'),
            owner=dict(type='str', default=''),
        ),
        required_if=[('state', 'present', ['reason']), ('state', 'present', ['until', 'duration'], True)],
        mutually_exclusive=[('until', 'duration')],
        supports_check_mode=True,
    )
    params = module.params
    ctl = Hardenctl(module)
    before = stored(ctl, params['policy'])
    if params['state'] == 'absent':
        if before is not None and not module.check_mode:
            words = ['waive', 'remove', params['policy']]
            status, out, err = ctl.run(words)
            if status:
                ctl.fail(words, status, out, err)
        module.exit_json(changed=before is not None, diff=diff_of(before, None))
    if is_as_wanted(before, params):
        module.exit_json(changed=False, waiver=before)
    if not module.check_mode:
        words = ['waive', 'add', params['policy'], '--reason', params['reason'], '--owner', params['owner']]
        words += ['--until', params['until']] if params['until'] else ['--for', params['duration']]
        status, out, err = ctl.run(words + ctl.policies())
        if status:
            ctl.fail(words, status, out, err)
    after = wished(before, params) if module.check_mode else stored(ctl, params['policy'])
    module.exit_json(changed=True, waiver=after, diff=diff_of(before, after))


if __name__ == '__main__':
    main()
