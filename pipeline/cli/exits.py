"""Exit codes, the same for every verb."""

from __future__ import annotations

from enum import IntEnum

from tools.domain import errors


class Exit(IntEnum):
    """Done, failed, usage or settings, refused by risk, still waiting, broker or data, eval gate, interrupted."""

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
