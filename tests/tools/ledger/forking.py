"""Real processes for the crash and race tests: forked, so that a thousand kills cost no thousand start-ups."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable


def in_child(*jobs: Callable[[], object]) -> list[int]:
    """Runs each job in a process of its own, all at once; their exit codes, negative for a signal."""
    children = [_fork(job) for job in jobs]
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def _fork(job: Callable[[], object]) -> int:
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        result = job()
        code = result if isinstance(result, int) else 0
    except BaseException:  # noqa: BLE001 - a child must never return into the parent's test
        traceback.print_exc()
    finally:
        os._exit(code)
