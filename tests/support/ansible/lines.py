# SPDX-License-Identifier: Apache-2.0
"""What a playbook did, for tests: one JSON object a line, one line a result of a task on a host."""

DOCUMENTATION = """
name: lines
type: stdout
short_description: One JSON object for each result
description: [For tests alone.]
"""

import json

from ansible.parsing.ajson import AnsibleJSONEncoder
from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "lines"

    def tell(self, state, result, ignored=False):
        line = {"task": result._task.get_name().split(" : ")[-1], "host": result._host.get_name(), "state": state,
                "ignored": ignored, "result": result._result}
        print(json.dumps(line, cls=AnsibleJSONEncoder, preprocess_unsafe=False), flush=True)

    def v2_runner_on_ok(self, result):
        self.tell("changed" if result._result.get("changed") else "ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.tell("failed", result, ignore_errors)

    def v2_runner_on_unreachable(self, result):
        self.tell("unreachable", result)

    def v2_runner_on_skipped(self, result):
        self.tell("skipped", result)
