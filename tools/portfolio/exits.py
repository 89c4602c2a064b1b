"""Which exits of a book an open trade has reached.

    view → every rule the book sets → measured → fired | warning | unknown | accepted, in the order of precedence

A rule that holds, or does not apply, is silent. Everything is measured at the mid: what closing costs beyond it is
the order's business. An unknown measure never fires and never passes for calm: it is told.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tools.domain.chain import new_york_date
from tools.domain.value import Value
from tools.domain.wording import told_apart
from tools.portfolio.exit_rules import ExitRule, ExitRules
from tools.portfolio.trade_view import LegMark, TradeView, can_be_assigned, is_call

# 1.00 - 0.35 of a credit of 1.00 is the 65 % aimed at, whatever its last binary digit says.
SLACK = 1e-9


class ExitState(StrEnum):
    """fired: leave; warning: a stop is near; unknown: it cannot be told; accepted: delivery is let happen (E4)."""

    FIRED = "fired"
    WARNING = "warning"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"


class ExitSignal(Value):
    """One rule on one trade; `value` and `threshold` in the unit of the rule, None where there is no number."""

    rule: ExitRule
    state: ExitState
    value: float | None = None
    threshold: float | None = None
    text: str


def exit_signals(view: TradeView, rules: ExitRules) -> tuple[ExitSignal, ...]:
    """What the rules say of the trade, in the order of `ExitRule`."""
    active = rules.active
    found = (_READERS[rule](view, rules) for rule in _ORDER if rule in active)
    return tuple(signal for signal in found if signal is not None)


def fired(signals: tuple[ExitSignal, ...]) -> tuple[ExitSignal, ...]:
    """Those that ask to leave, the one that names the reason first."""
    return tuple(signal for signal in signals if signal.state is ExitState.FIRED)


def needs_greeks(rules: ExitRules, *, iv_means: bool) -> bool:
    """Whether any rule looks at deltas, or at a volatility there is a mean to compare with."""
    leans = rules.delta is not None or rules.net_delta is not None
    return leans or (rules.iv_over_mean is not None and iv_means)


@dataclass(frozen=True, slots=True)
class _Measured:
    """A figure, or why there is none; both empty where the rule does not apply. `seen` is told beside it."""

    value: float | None = None
    unknown: str = ""
    seen: str = ""


_NONE = _Measured()
_Measure = Callable[[TradeView], _Measured]
_Reader = Callable[[TradeView, ExitRules], ExitSignal | None]


@dataclass(frozen=True, slots=True)
class _Bound:
    """A rule that is a figure against a bound.

    says   how figure and bound read: `{seen}`, `{value}` and `{bound}` stand in it
    write  puts a figure into words with so many places
    stop   a bound that losses run into: it warns before it is reached (spec F7)
    above  the bound itself still holds
    falls  reached from above
    """

    rule: ExitRule
    label: str
    measure: _Measure
    says: str
    write: Callable[[float, int], str]
    places: int = 1
    stop: bool = True
    above: bool = False
    falls: bool = False

    def __call__(self, view: TradeView, rules: ExitRules) -> ExitSignal | None:
        measured, bound = self.measure(view), float(getattr(rules, self.rule.value))
        if measured.value is None:
            return _unknown(self.rule, self.label, measured.unknown)
        state = self._state(measured.value, bound, rules)
        return None if state is None else self._signal(state, measured, bound)

    def _signal(self, state: ExitState, measured: _Measured, bound: float) -> ExitSignal:
        value = measured.value or 0.0
        shown = told_apart(value, bound, self.write, places=self.places)
        text = self.says.format(seen=measured.seen, value=shown, bound=self.write(bound, 6))
        return ExitSignal(rule=self.rule, state=state, value=value, threshold=bound, text=text)

    def _state(self, value: float, bound: float, rules: ExitRules) -> ExitState | None:
        if self._reaches(value, bound):
            return ExitState.FIRED
        near = self.stop and value >= rules.warn_at * bound * (1 - SLACK)
        return ExitState.WARNING if near else None

    def _reaches(self, value: float, bound: float) -> bool:
        if self.falls:
            return value <= bound
        return value > bound * (1 + SLACK) if self.above else value >= bound - SLACK * max(1.0, bound)


def _unknown(rule: ExitRule, label: str, reason: str) -> ExitSignal | None:
    """No figure: told with its reason, silent where the rule does not apply."""
    text = f"{label} unknown: {reason}"
    return ExitSignal(rule=rule, state=ExitState.UNKNOWN, text=text) if reason else None


# --- what is measured --------------------------------------------------------------------------------


def _kept(view: TradeView) -> _Measured:
    """(credit - cost) / credit; what was bought has no credit to keep."""
    if view.trade.credit <= 0:
        return _NONE
    if view.cost is None:
        return _Measured(unknown=view.missing["cost"])
    return _Measured((view.trade.credit - view.cost) / view.trade.credit)


def _lost(view: TradeView) -> _Measured:
    kept = _kept(view)
    return kept if kept.value is None else _Measured(-kept.value)


def _sunk(view: TradeView) -> _Measured:
    """1 - value / cost of what was bought; silent of what was sold."""
    if view.trade.credit >= 0:
        return _NONE
    if view.cost is None:
        return _Measured(unknown=view.missing["cost"])
    return _Measured(1 - view.cost / view.trade.credit)


def _held(view: TradeView) -> _Measured:
    return _NONE if view.trade.credit >= 0 else _Measured(float((view.today - _bought_on(view)).days))


def _bought_on(view: TradeView) -> date:
    return new_york_date(view.trade.opened_at)


def _days(view: TradeView) -> _Measured:
    return _Measured(float(view.dte))


def _short_delta(view: TradeView) -> _Measured:
    if not view.shorts:
        return _NONE
    return _Measured(view.short_delta, unknown=view.missing.get("greeks", ""))


def _net_delta(view: TradeView) -> _Measured:
    if view.net_delta is None:
        return _Measured(unknown=view.missing.get("greeks", ""))
    return _Measured(abs(view.net_delta), seen=f"{view.net_delta:+.2f}")


def _vix_rise(view: TradeView) -> _Measured:
    if view.vix is None:
        return _Measured(unknown=view.missing["vix"])
    return _rise(view.vix, view.trade.entry.vix, "VIX", f"{view.vix:.1f}")


def _spread_rise(view: TradeView) -> _Measured:
    """Against the premium sold where that has decayed: a nickel on what is left of a gain is no alarm."""
    if view.spread is None or view.cost is None:
        return _Measured(unknown=view.missing.get("natural", "the legs have no price"))
    left = view.cost / view.trade.credit if view.trade.credit > 0 else 1.0
    weighed = view.spread * min(1.0, max(0.0, left))
    return _rise(weighed, view.trade.entry.spread, "spread", f"{100 * view.spread:.1f} %")


def _iv_over_mean(view: TradeView) -> _Measured:
    if not view.shorts:
        return _NONE
    if view.iv is None:
        return _Measured(unknown=view.missing.get("greeks", ""))
    if view.iv_mean is None or view.iv_mean <= 0:
        return _Measured(unknown=view.missing["iv_mean"])
    return _Measured(view.iv / view.iv_mean - 1, seen=f"{100 * view.iv:.1f} %")


def _rise(now: float, then: float | None, name: str, seen: str) -> _Measured:
    if then is None or then <= 0:
        return _Measured(unknown=f"the {name} at entry is not known")
    return _Measured(now / then - 1, seen=seen)


# --- words -------------------------------------------------------------------------------------------


def _percent(value: float, places: int) -> str:
    return f"{_trimmed(100 * value, places)} %"


def _signed_percent(value: float, places: int) -> str:
    return f"{'+' if value >= 0 else ''}{_percent(value, places)}"


def _plain(value: float, places: int) -> str:
    whole, _, decimals = f"{value:.{places}f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def _trimmed(value: float, places: int) -> str:
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# --- rules that are no bound -------------------------------------------------------------------------


def _expiry_day(view: TradeView, rules: ExitRules) -> ExitSignal | None:
    if not view.last_day:
        return None
    text = f"the expiry {view.trade.expiry} trades for the last time"
    return ExitSignal(rule=ExitRule.EXPIRY_DAY, state=ExitState.FIRED, value=float(view.dte), text=text)


def _faded(view: TradeView, rules: ExitRules) -> ExitSignal | None:
    if view.trade.credit >= 0:
        return None
    if view.momentum is None:
        return _unknown(ExitRule.FADED, "momentum", "the MACD of the underlying is not known")
    if view.momentum > 0:
        return None
    text = (
        f"MACD histogram {_signed_percent(view.momentum, 2)} of the price: the momentum it was bought for is gone"
    )
    return ExitSignal(rule=ExitRule.FADED, state=ExitState.FIRED, value=view.momentum, threshold=0.0, text=text)


def _early_exercise(view: TradeView) -> tuple[LegMark, ...]:
    """Short legs whose holders may exercise, in the money or not to be told."""
    spot = view.spot
    legs = (mark for mark in view.shorts if can_be_assigned(mark))
    return tuple(mark for mark in legs if spot is None or mark.in_the_money(spot) > 0)


def _ex_dividend(view: TradeView, rules: ExitRules) -> ExitSignal | None:
    """A holder exercises just before an ex-date when the dividend is worth more than the time value given up
    (Merton 1973, "Theory of Rational Option Pricing", §4)."""
    rule, sessions = ExitRule.EX_DIVIDEND, rules.ex_dividend or 0
    for mark in (mark for mark in _early_exercise(view) if is_call(mark)):
        symbol = mark.leg.contract.occ
        if view.dividends is None:
            return _unknown(rule, "ex-dividend", view.missing["dividends"])
        cash = view.dividend_within(sessions, until=mark.leg.contract.expiry)
        if cash == 0:
            continue
        if view.spot is None or math.isnan(mark.mid):
            return _unknown(rule, "ex-dividend", view.missing.get("cost", "there is no price"))
        left = mark.extrinsic(view.spot)
        if left < cash:
            text = f"{symbol} keeps {left:.2f} above its intrinsic value, less than the dividend of {cash:.2f}"
            return ExitSignal(rule=rule, state=ExitState.FIRED, value=left, threshold=cash, text=text)
    return None


def _assignment(view: TradeView, rules: ExitRules) -> ExitSignal | None:
    """The short leg in the money with the least extrinsic value; too wide to be bought back, it is delivered."""
    rule, share = ExitRule.ASSIGNMENT, rules.assignment or 0.0
    marks = _early_exercise(view)
    if marks and (view.spot is None or any(math.isnan(mark.mid) for mark in marks)):
        return _unknown(rule, "assignment", view.missing.get("cost", "there is no price"))
    spot = view.spot or 0.0
    ranked = sorted((mark.extrinsic(spot) / mark.leg.contract.strike, i) for i, mark in enumerate(marks))
    if not ranked or ranked[0][0] > share * (1 + SLACK):
        return None
    value, place = ranked[0]
    mark, most = marks[place], rules.assignment_spread
    text = (
        f"{mark.leg.contract.occ} is in the money and keeps {_percent(value, 2)} of its strike "
        f"above its intrinsic value (assignment is near at {_percent(share, 6)})"
    )
    state = ExitState.FIRED
    if most is not None and mark.spread > most:
        state = ExitState.ACCEPTED
        text += f"; its spread of {_percent(mark.spread, 1)} is above {_percent(most, 6)}: delivery is accepted"
    return ExitSignal(rule=rule, state=state, value=value, threshold=share, text=text)


@dataclass(frozen=True, slots=True)
class _Spread:
    """The spread's rise fires only where the spread is wide as well: from 1 % to 2 % is a tick (spec F9)."""

    bound: _Bound

    def __call__(self, view: TradeView, rules: ExitRules) -> ExitSignal | None:
        signal = self.bound(view, rules)
        narrow = view.spread is not None and view.spread <= rules.spread_floor
        if signal is None or signal.state is not ExitState.FIRED or not narrow:
            return signal
        still = f"{signal.text}, and still within {_percent(rules.spread_floor, 6)}"
        return signal.model_copy(update={"state": ExitState.WARNING, "text": still})


_BOUNDS = (
    _Bound(ExitRule.TAKE_PROFIT, "credit kept", _kept, "credit kept {value} (take profit at {bound})", _percent,
           stop=False),
    _Bound(ExitRule.EARLY_DECAY, "premium decay", _kept, "premium decayed by {value} (early exit at {bound})",
           _percent, stop=False),
    _Bound(ExitRule.ADVERSE_STOP, "loss", _lost, "loss {value} of the credit (stop at {bound})", _percent),
    _Bound(ExitRule.TIME_STOP, "time to expiry", _days, "time to expiry {value} days (out at {bound})", _trimmed,
           places=0, stop=False, falls=True),
    _Bound(ExitRule.VIX_RISE, "VIX since entry", _vix_rise, "VIX {seen}, {value} since entry (stop at {bound})",
           _signed_percent),
    _Bound(ExitRule.IV_OVER_MEAN, "IV over its mean", _iv_over_mean,
           "IV {seen}, {value} on its 30-day mean (stop at {bound})", _signed_percent),
    _Bound(ExitRule.DELTA, "short delta", _short_delta, "short delta {value} (at most {bound})", _plain, places=2,
           above=True),
    _Bound(ExitRule.NET_DELTA, "net delta", _net_delta, "net delta {seen} (at most {bound} either way)", _plain,
           places=2, above=True),
    _Bound(ExitRule.LOSS, "loss of value", _sunk, "value {value} below its cost (out at {bound})", _percent),
    _Bound(ExitRule.HELD, "time held", _held, "held {value} days (out after {bound})", _trimmed, places=0,
           stop=False),
)  # fmt: skip
_SPREAD = _Bound(
    ExitRule.SPREAD_RISE,
    "spread since entry",
    _spread_rise,
    "spread {seen}, {value} since entry (stop at {bound})",
    _signed_percent,
)


def _asked_of_the_account(view: TradeView, rules: ExitRules) -> None:
    """Nothing of a trade tells whether the account is short of cash, or whether a person ends everything."""


_READERS: dict[ExitRule, _Reader] = {
    **{each.rule: each for each in _BOUNDS},
    ExitRule.SPREAD_RISE: _Spread(_SPREAD),
    ExitRule.EXPIRY_DAY: _expiry_day,
    ExitRule.FADED: _faded,
    ExitRule.CASH_NEED: _asked_of_the_account,
    ExitRule.FLATTEN: _asked_of_the_account,
    ExitRule.EX_DIVIDEND: _ex_dividend,
    ExitRule.ASSIGNMENT: _assignment,
}
_ORDER = tuple(ExitRule)
