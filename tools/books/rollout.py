"""Gradual rollout: how much of its capital a book is let have, by what it has shown (spec H6, H8).

    paper → 10 % → 25 % → 50 % → 100 %          one stage at a time, each with evidence of its own
          ←      ←      ←      ←                one stage back at once, whenever it has shown the contrary

Evidence counts from the day a stage began, so that a good stage never pays for a bad one. The fraction multiplies
the book's share of capital (`House.rollout`); on paper a book has all of it, and none as soon as money is real.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from itertools import accumulate
from typing import Self

from pydantic import Field, model_validator

from tools.domain.mode import Mode
from tools.domain.value import Value
from tools.screening.impossible import refuse

DAYS_PER_WEEK = 7


class Stage(StrEnum):
    """In their order."""

    PAPER = "paper"
    TENTH = "tenth"
    QUARTER = "quarter"
    HALF = "half"
    WHOLE = "whole"

    @property
    def fraction(self) -> float:
        """The part of its capital that the book is let have."""
        return _FRACTIONS[self]

    @classmethod
    def of(cls, told: str | float) -> Stage:
        """Of a word (`paper`) or a fraction (0.10); `ValueError` names the stages."""
        for stage in cls:
            if told == stage.value or (not isinstance(told, str) and told == stage.fraction):
                return stage
        known = ", ".join(f"{stage.fraction:g}" for stage in cls if stage.fraction)
        raise ValueError(f"{told!r} is no stage; choose paper, {known}")

    @property
    def words(self) -> str:
        """`paper`, `10 %`, …"""
        return f"{100 * self.fraction:g} %" if self.fraction else self.value

    def fraction_in(self, mode: Mode) -> float:
        """The part of its capital that a book opens trades with: all of it on paper, unless money is real."""
        if self is Stage.PAPER:
            return 0.0 if mode is Mode.LIVE else 1.0
        return self.fraction

    @property
    def next(self) -> Stage:
        return _neighbour(self, 1)

    @property
    def before(self) -> Stage:
        return _neighbour(self, -1)


_FRACTIONS = {Stage.PAPER: 0.0, Stage.TENTH: 0.10, Stage.QUARTER: 0.25, Stage.HALF: 0.50, Stage.WHOLE: 1.0}
_ORDER = tuple(Stage)


def _neighbour(stage: Stage, step: int) -> Stage:
    return _ORDER[min(len(_ORDER) - 1, max(0, _ORDER.index(stage) + step))]


class RolloutRules(Value):
    """What a stage asks. The win rate and drawdown are the seed's success figures, two weeks its paper trading.

    weeks          calendar weeks in a stage, at least, before the next one
    trades         trades that ended in it, at least: before these nothing is judged but the drawdown
    win_rate       share of them that made money, at least
    average_pnl    their mean profit, above; account currency
    drawdown       of the capital the book is let have: at most, to be promoted
    back_drawdown  above it the book goes back at once, whatever else it has shown
    back_win_rate  below it, once there are enough trades, the book goes back
    backtest_gap   how far its win rate may lie below that of its backtest (spec L: out of sample within 10 %)
    """

    weeks: float = Field(default=2.0, gt=0)
    trades: int = Field(default=10, ge=1)
    win_rate: float = Field(default=0.75, ge=0, le=1)
    average_pnl: float = 0.0
    drawdown: float = Field(default=0.05, gt=0, le=1)
    back_drawdown: float = Field(default=0.10, gt=0, le=1)
    back_win_rate: float = Field(default=0.60, ge=0, le=1)
    backtest_gap: float = Field(default=0.10, ge=0, le=1)

    @model_validator(mode="after")
    def _apart(self) -> Self:
        """What promotes must never be what sends back."""
        problems = []
        if self.back_drawdown <= self.drawdown:
            problems.append((("back_drawdown",), f"must lie above drawdown ({self.drawdown:g})"))
        if self.back_win_rate > self.win_rate:
            problems.append((("back_win_rate",), f"must not lie above win_rate ({self.win_rate:g})"))
        if problems:
            refuse(type(self).__name__, problems)
        return self


class Rollout(Value):
    """Where a book stands; `since` is the day its stage began."""

    book: str
    stage: Stage = Stage.PAPER
    since: date


class Evidence(Value):
    """What a book has shown since its stage began.

    drawdown  of the capital it is let have, 0-1, None unknown
    expected  the win rate that a backtest of the same rules came to, None where there is none
    """

    trades: int = Field(ge=0)
    wins: int = Field(ge=0)
    pnl: float
    drawdown: float | None
    expected: float | None = None

    @property
    def win_rate(self) -> float | None:
        return self.wins / self.trades if self.trades else None

    @property
    def average_pnl(self) -> float | None:
        return self.pnl / self.trades if self.trades else None


class Review(Value):
    """What comes of a look at a book, and why: `reasons` are what it still lacks, or what sent it back."""

    rollout: Rollout
    moved: int = Field(ge=-1, le=1)
    reasons: tuple[str, ...]


def evidence(
    profits: Iterable[float], *, capital: float, drawdown: float | None = None, expected: float | None = None
) -> Evidence:
    """From profits of the trades that ended in a stage, oldest first, account currency.

    drawdown  of the book's own equity where it is marked daily; without it that of the profits, which sees no loss
              before its trade has ended
    """
    ended = tuple(profits)
    return Evidence(
        trades=len(ended),
        wins=sum(profit > 0 for profit in ended),
        pnl=math.fsum(ended),
        drawdown=fall(accumulate(ended), capital) if drawdown is None else drawdown,
        expected=expected,
    )


def review(state: Rollout, shown: Evidence, rules: RolloutRules, *, today: date) -> Review:
    """The stage a book is in from today on: back, on, or the same."""
    against = _against(shown, rules)
    if against:
        return _moved(state, state.stage.before, today, against, -1)
    lacking = (*_waiting(state, rules, today), *_lacking(shown, rules))
    if lacking or state.stage is Stage.WHOLE:
        return Review(rollout=state, moved=0, reasons=lacking)
    return _moved(state, state.stage.next, today, (), 1)


def _moved(state: Rollout, stage: Stage, today: date, reasons: tuple[str, ...], step: int) -> Review:
    """A stage begins anew, also where paper is sent back to paper: its evidence is spent."""
    moved = step if stage is not state.stage else 0
    return Review(rollout=state.model_copy(update={"stage": stage, "since": today}), moved=moved, reasons=reasons)


def _against(shown: Evidence, rules: RolloutRules) -> tuple[str, ...]:
    found = []
    if shown.drawdown is not None and shown.drawdown > rules.back_drawdown:
        found.append(f"its drawdown is {_percent(shown.drawdown)}, above {_percent(rules.back_drawdown)}")
    rate = shown.win_rate
    if rate is not None and shown.trades >= rules.trades and rate < rules.back_win_rate:
        found.append(f"it won {_percent(rate)} of {shown.trades} trades, below {_percent(rules.back_win_rate)}")
    return tuple(found)


def _waiting(state: Rollout, rules: RolloutRules, today: date) -> tuple[str, ...]:
    weeks = (today - state.since).days / DAYS_PER_WEEK
    return () if weeks >= rules.weeks else (f"{weeks:.1f} of {rules.weeks:g} weeks in its stage",)


def _lacking(shown: Evidence, rules: RolloutRules) -> tuple[str, ...]:
    found = []
    if shown.trades < rules.trades:
        found.append(f"{shown.trades} of {rules.trades} trades have ended")
    if shown.win_rate is not None and shown.win_rate < rules.win_rate:
        found.append(
            f"it won {_percent(shown.win_rate)} of its trades, at least {_percent(rules.win_rate)} is asked"
        )
    if shown.win_rate is not None and shown.expected is not None:
        least = shown.expected - rules.backtest_gap
        if shown.trades >= rules.trades and shown.win_rate < least:
            expected = f"its backtest won {_percent(shown.expected)}"
            found.append(f"it won {_percent(shown.win_rate)}, and {expected}: at least {_percent(least)} is asked")
    if shown.average_pnl is not None and shown.average_pnl <= rules.average_pnl:
        found.append(f"its mean profit is {shown.average_pnl:,.2f}, above {rules.average_pnl:,.2f} is asked")
    if shown.drawdown is None:
        found.append("its drawdown is not known")
    elif shown.drawdown > rules.drawdown:
        found.append(f"its drawdown is {_percent(shown.drawdown)}, at most {_percent(rules.drawdown)} is asked")
    return tuple(found)


def fall(profits: Iterable[float], capital: float) -> float | None:
    """The deepest fall of capital and profit so far from their highest, a share of that; None without capital."""
    if capital <= 0:
        return None
    highest = capital
    deepest = 0.0
    for profit in profits:
        level = capital + profit
        highest = max(highest, level)
        deepest = max(deepest, 1 - level / highest)
    return deepest


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
