# -*- coding: utf-8 -*-
# Copyright: The hardend developers
# SPDX-License-Identifier: Apache-2.0
"""What the modules share: running hardenctl and understanding its answer."""

from __future__ import absolute_import, division, print_function
__metaclass__ = type

import json

SCHEMA = 1

ARGUMENTS = dict(
    hardenctl=dict(type='path', default='hardenctl'),
    policy_dirs=dict(type='list', elements='path', default=[]),
)

# The exit statuses of hardenctl that are an answer, and those that are not.
CLEAN, FAILED, FINDINGS, UNDECIDED = 0, 1, 2, 3
TROUBLES = {
    64: 'it was asked for something that it does not know; if this is no mistake, it is of another version than this '
        'collection',
    65: 'a policy or another file of data is bad',
    69: 'the daemon cannot be reached',
    77: 'not permitted; become root, or a member of the group that hardend.toml names',
}


class Hardenctl(object):
    def __init__(self, module):
        self.module = module
        self.path = module.get_bin_path(module.params['hardenctl'], required=False) or module.params['hardenctl']

    def policies(self):
        words = []
        for folder in self.module.params['policy_dirs']:
            words += ['--policies', folder]
        return words

    def run(self, words):
        """Exit status, standard output and standard error."""
        try:
            return self.module.run_command([self.path] + words, handle_exceptions=False)
        except (OSError, IOError) as error:
            self.module.fail_json(msg='cannot run %s: %s; install hardend first' % (self.path, error))

    def document(self, words, answers=(CLEAN,)):
        """Exit status and the JSON document that it printed; fails the module otherwise."""
        status, out, err = self.run(words + ['--format', 'json'])
        if status not in answers or (status != CLEAN and not out.strip()):
            self.fail(words, status, out, err)
        for line in err.splitlines():
            self.module.warn(line)
        try:
            document = json.loads(out)
        except ValueError as error:
            self.module.fail_json(msg='hardenctl %s printed no JSON: %s' % (words[0], error), rc=status,
                                  stdout=out[:2000], stderr=err)
        if document.get('schema') != SCHEMA:
            self.module.fail_json(msg='hardenctl %s speaks schema %s, this collection schema %d: install a collection '
                                      'and a hardend of one version' % (words[0], document.get('schema'), SCHEMA))
        return status, document

    def fail(self, words, status, out, err, **more):
        said = (err or out).strip()
        known = TROUBLES.get(status)
        self.module.fail_json(msg='hardenctl %s: %s' % (words[0], '; '.join(filter(None, [said, known]))), rc=status,
                              stderr=err, **more)


def diff_of(changes, undo=False):
    """What Ansible shows with --diff: one entry a place."""
    before, after = ('after', 'before') if undo else ('before', 'after')
    return [dict(before_header=change['path'], after_header=change['path'],
                 before=text_of(change.get(before)), after=text_of(change.get(after)))
            for change in changes]


def text_of(content):
    if content is None:
        return ''
    return content if content.endswith('\n') else content + '\n'


def plan_words(params):
    """The words that ask for the plan of these parameters."""
    words = list(params['policies'])
    for policy, remedy in sorted((params['remedies'] or {}).items()):
        words += ['--remedy', '%s/%s' % (policy, remedy)]
    if params['runtime_only']:
        words.append('--runtime-only')
    return words
