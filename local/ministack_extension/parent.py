"""The line protocol with the parent: one JSON command a line on stdin, one JSON answer a line on stdout.

When stdin ends the parent is gone, and the emulator goes with it.
"""

import json
import os
import shutil
import signal
import sys

from .recorded import recorded_only


class Parent:
    """The process that started this one. Take it before anything prints: answers keep the real stdout to themselves."""

    def __init__(self):
        self.answers = os.fdopen(os.dup(sys.stdout.fileno()), 'w', encoding='utf-8')
        # Whatever else prints goes to stderr.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def tell(self, answer):
        self.answers.write(json.dumps(answer) + '\n')
        self.answers.flush()

    def serve(self):
        for line in sys.stdin:
            command = json.loads(line)
            try:
                answer = {'result': obey(command)}
            except Exception as error:  # an answer must come, or the parent waits for ever
                answer = {'error': repr(error)}
            self.tell({'id': command['id'], **answer})
        leave_nothing()


def obey(command):
    if command['do'] == 'recorded-only':
        return sorted(recorded_only)
    if command['do'] == 'kill-workers':
        return kill_workers(command['function'])
    raise ValueError(f'unknown command {command["do"]}')


def kill_workers(function_name):
    """SIGKILLs every process of a function and says how many there were."""
    from ministack.core import lambda_runtime
    killed = 0
    for name, workers in list(lambda_runtime._workers.items()):
        for worker in list(workers) if name.split(':')[2] == function_name else []:
            process = worker._proc
            if process is not None and process.poll() is None:
                process.kill()
                killed += 1
    return killed


def leave_nothing():
    shutil.rmtree(os.environ['TMPDIR'], ignore_errors=True)
    # The parent made this process the leader of a group of its own, so this reaches the workers and nobody else.
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)
