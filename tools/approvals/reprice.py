"""The same trade at another credit: what it brings, what it may lose, and where it breaks even."""

from __future__ import annotations

from tools.domain.candidate import Candidate


def at_credit(candidate: Candidate, credit: float) -> Candidate:
    """One unit sold for `credit` per share instead: every cent less is a cent more to lose.

    A lower breakeven falls and an upper one rises with what is received; of a single one the side is told by
    whether the calls alone are sold.
    """
    more = credit - candidate.credit
    if more == 0:
        return candidate
    money = more * candidate.multiplier
    return candidate.model_copy(
        update={
            "credit": credit,
            "premium_yield": candidate.premium_yield * (credit / candidate.credit)
            if candidate.credit
            else candidate.premium_yield,
            "breakevens": _moved(candidate, more),
            "max_loss": candidate.max_loss - money,
            "max_profit": candidate.max_profit + money,
        }
    )


def _moved(candidate: Candidate, more: float) -> tuple[float, ...]:
    if len(candidate.breakevens) == 2:
        low, high = candidate.breakevens
        return (low - more, high + more)
    side = 1 if candidate.structure.value == "call_credit_spread" else -1
    return tuple(level + side * more for level in candidate.breakevens)
