#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: The hardend developers
# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function
__metaclass__ = type

DOCUMENTATION = r'''
module: apply
short_description: Apply remedies on a host as a transaction, confirm it, or take it back
version_added: "0.1.0"
description:
  - Written ahead, verified, persistent, undoable, and undone by itself unless confirmed in time.
  - Idempotent. Where the plan has no changes, nothing is changed. Where an earlier transaction of these policies still
    waits for its confirmation, its number is returned, so that it can be confirmed.
author: The hardend developers (@hardend)
options:
  state:
    description:
      - C(applied) carries the plan out.
      - C(confirmed) keeps a transaction that waits for its confirmation.
      - C(undone) takes a transaction back.
    type: str
    choices: [applied, confirmed, undone]
    default: applied
  transaction:
    description: The number of the transaction to confirm or to take back.
    type: int
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
  digest:
    description: Apply only if the plan still has this digest.
    type: str
  accept_impact:
    description: Take what the plan breaks on this host.
    type: bool
    default: false
  accept_irreversible:
    description: Take it that some of the plan lasts until the next boot.
    type: bool
    default: false
  confirm_within:
    description: Undo it all unless it is confirmed in this time, such as C(5m).
    type: str
  force:
    description: When taking back, overwrite also what somebody else has written since.
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
    description: Says what would be changed.
    support: full
  diff_mode:
    description: Shows every place with before and after.
    support: full
'''

EXAMPLES = r'''
- name: Apply a remedy and take it back in five minutes unless it is confirmed
  hardend.agent.apply:
    policies: [CVE-2019-11477]
    accept_impact: true
    confirm_within: 5m
  register: applied

- name: Keep it
  hardend.agent.apply:
    state: confirmed
    transaction: "{{ applied.transaction }}"
'''

RETURN = r'''
transaction:
  description: The number of the transaction, null where nothing had to be changed and in check mode.
  returned: always
  type: int
transaction_state:
  description: How it stands, C(nothing_to_do) where there is none.
  returned: always
  type: str
plan:
  description: The plan that was, or would be, carried out.
  returned: when state is applied
  type: dict
'''

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hardend.agent.plugins.module_utils.hardenctl import (
    ARGUMENTS, CLEAN, FAILED, Hardenctl, diff_of, plan_words)


def waiting(module, ctl):
    """The newest transaction of these policies that undoes itself unless it is confirmed."""
    wanted = set(module.params['policies'] + list(module.params['remedies'] or {}))
    for one in ctl.document(['history'])[1]['transactions']:
        policies = set(item['policy'] for item in one['items'])
        if one['state'] == 'applied' and (not wanted or wanted & policies):
            return one
    return None


def nothing_to_change(module, ctl, plan):
    result = dict(changed=False, plan=plan, transaction=None, transaction_state='nothing_to_do', diff=[])
    standing = waiting(module, ctl)
    if standing is not None:
        result.update(transaction=standing['id'], transaction_state=standing['state'])
        module.warn('transaction %d undoes itself unless it is confirmed within %s s of %s' % (
            standing['id'], standing['seconds_to_confirm'], standing['ended']))
    module.exit_json(**result)


def apply(module, ctl):
    params = module.params
    words = plan_words(params) + ctl.policies()
    plan = ctl.document(['plan'] + words)[1]
    if not plan['changes']:
        nothing_to_change(module, ctl, plan)
    if module.check_mode:
        module.exit_json(changed=True, plan=plan, transaction=None, diff=diff_of(plan['changes']),
                         transaction_state='nothing_to_do')
    words = ['apply'] + words + ['--digest', params['digest'] or plan['digest']]
    for flag in ('accept_impact', 'accept_irreversible'):
        if params[flag]:
            words.append('--' + flag.replace('_', '-'))
    if params['confirm_within']:
        words += ['--confirm-within', params['confirm_within'], '--no-wait']
    status, out, err = ctl.run(words + ['--format', 'json'])
    if status != CLEAN:
        ctl.fail(words, status, out, err, plan=plan)
    for line in err.splitlines():
        module.warn(line)
    outcome = module.from_json(out)
    module.exit_json(changed=True, plan=plan, transaction=outcome['transaction'], transaction_state=outcome['state'],
                     diff=diff_of(plan['changes']))


def end(module, ctl, wanted, verb):
    """Brings one transaction into a state that it may be in already."""
    number = module.params['transaction']
    history = ctl.document(['history', str(number)])[1]
    state, changes = history['transactions'][0]['state'], history['transactions'][0]['changes']
    diff = diff_of(changes, undo=True) if verb == 'undo' and state != wanted else []
    if state == wanted or module.check_mode:
        module.exit_json(changed=state != wanted, transaction=number, transaction_state=state, diff=diff)
    words = [verb, str(number)] + (['--force'] if verb == 'undo' and module.params['force'] else [])
    outcome = ctl.document(words, answers=(CLEAN, FAILED))[1]
    result = dict(changed=True, transaction=number, transaction_state=outcome['state'], diff=diff)
    if outcome['state'] != wanted:
        module.fail_json(msg='transaction %d is %s: %s' % (number, outcome['state'], outcome['note']), **result)
    module.exit_json(**result)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            ARGUMENTS,
            state=dict(type='str', choices=['applied', 'confirmed', 'undone'], default='applied'),
            transaction=dict(type='int'),
            policies=dict(type='list', elements='str', default=[]),
            remedies=dict(type='dict', default={}),
            runtime_only=dict(type='bool', default=False),
            digest=dict(type='str'),
            accept_impact=dict(type='bool', default=False),
            accept_irreversible=dict(type='bool', default=False),
            confirm_within=dict(type='str'),
            force=dict(type='bool', default=False),
        ),
        required_if=[('state', 'confirmed', ['transaction']), ('state', 'undone', ['transaction'])],
        supports_check_mode=True,
    )
    ctl = Hardenctl(module)
    if module.params['state'] == 'applied':
        apply(module, ctl)
    elif module.params['state'] == 'confirmed':
        end(module, ctl, 'confirmed', 'confirm')
    else:
        end(module, ctl, 'undone', 'undo')


if __name__ == '__main__':
    main()
