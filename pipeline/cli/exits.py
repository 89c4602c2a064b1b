"""Exit codes, the same for every verb."""

from __future__ import annotations

from enum import IntEnum

from tools.domain import errors


class Exit(IntEnum):
    """0 done · 1 failed · 2 usage or settings · 3 refused by risk · 4 still waiting · 5 broker or data · 6 eval gate."""

    OK = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    WAITING = 4
    BROKER_OR_DATA = 5
    EVAL_GATE = 6
    INTERRUPTED = 130


def exit_for(error: errors.ThetagateError) -> Exit:
    match error:
        case errors.ChainError() | errors.DataError() | errors.BrokerError():
            return Exit.BROKER_OR_DATA
        case errors.InputError():
            return Exit.USAGE
        case _:
            return Exit.FAILED
