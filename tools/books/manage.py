"""What a book does with its open trades: one action each, the same live and in history.

    trades, snapshot → views → it lost a leg to assignment or expiry → close
                             → exit signals → accepted delivery?   → hold
                                            → nothing fired        → hold, with what is near or unknown
                                            → a leg without quote  → hold, and wait for one
                                            → every exit that fired can be rolled, and a roll is found → roll
                                            → close

A roll answers only what the book lets it answer: one fired exit that is not among `rolls.on` closes the trade.
Trades are taken in their order, and each roll is held against the account with the rolls before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tools.books.book import Book
from tools.domain.account import Account
from tools.domain.market import Snapshot
from tools.domain.structure import Leg
from tools.domain.trade import Trade
from tools.domain.value import Value
from tools.portfolio.exit_rules import ExitRule
from tools.portfolio.exits import ExitSignal, ExitState, exit_signals, fired, needs_greeks
from tools.portfolio.greeks import account_greeks
from tools.portfolio.positions import Positions
from tools.portfolio.roll_limits import Desk
from tools.portfolio.rolls import RollProposal, RollSearch, propose_rolls
from tools.portfolio.trade_view import TradeView, read_trades
from tools.risk.profile import LimitProfile


class Close(Value):
    """Buy the trade back. Money per share of a unit, credit positive: what is paid is negative.

    signals   the exits it has reached, the one that names the reason first
    legs      of the order, one unit
    mid       where its price starts; `natural` what it brings at once
    no_roll   why it is not rolled where the book would have
    """

    kind: Literal["close"] = "close"
    trade: Trade
    signals: tuple[ExitSignal, ...]
    legs: tuple[Leg, ...]
    mid: float
    natural: float
    no_roll: str = ""


class Roll(Value):
    """Move the trade, in one order."""

    kind: Literal["roll"] = "roll"
    trade: Trade
    signals: tuple[ExitSignal, ...]
    proposal: RollProposal


class Hold(Value):
    """Do nothing. `signals` tell what is near, unknown or accepted; `waits` why a fired exit is not acted on."""

    kind: Literal["hold"] = "hold"
    trade: Trade
    signals: tuple[ExitSignal, ...] = ()
    waits: str = ""


Action = Close | Roll | Hold


def manage(
    book: Book,
    trades: Sequence[Trade],
    snapshot: Snapshot,
    *,
    account: Account,
    profile: LimitProfile,
    iv_means: Mapping[str, float] | None = None,
    commission: float = 0.0,
    positions: Positions | None = None,
    views: Sequence[TradeView] | None = None,
) -> tuple[Action, ...]:
    """One action per trade of the book, in their order.

    profile     the limits that hold for the book
    iv_means    30-day mean volatility by OCC symbol, on the book's clock; missing is unknown
    commission  per contract, account currency
    positions   `read_positions` of the same account and snapshot, where it is at hand
    views       `read_trades` of the trades on the book's clock, priced, where they are at hand
    """
    if views is None:
        means = iv_means or {}
        priced = bool(book.rolls.on) or needs_greeks(book.exits, iv_means=bool(means))
        greeks = account_greeks(account, snapshot, clock=book.clock) if priced else {}
        views = read_trades(trades, snapshot, clock=book.clock, iv_means=means, greeks=greeks, priced=priced)
    desk = _Sitting(book, account, snapshot, profile, commission, positions)
    return tuple(
        _left_behind(view) if view.trade.broken else _action(view, exit_signals(view, book.exits), desk)
        for view in views
    )


@dataclass(slots=True)
class _Sitting:
    """One pass over a book's trades; `desk` is read when the first roll is looked for."""

    book: Book
    account: Account
    snapshot: Snapshot
    profile: LimitProfile
    commission: float
    positions: Positions | None
    desk: Desk | None = None

    def search(self, view: TradeView) -> RollSearch:
        """The best admissible roll, remembered for the trades after it."""
        desk = self.desk or self._read()
        found = propose_rolls(
            view,
            chain=self.snapshot.chains[view.trade.underlying],
            desk=desk,
            rules=self.book.rolls,
            exits=self.book.exits,
            commission=self.commission,
        )
        self.desk = desk.after(found.changes[0]) if found.changes else desk
        return found

    def _read(self) -> Desk:
        where = (self.account, self.snapshot, self.profile, self.book.clock)
        return Desk.read(*where) if self.positions is None else Desk(*where, self.positions)


def _action(view: TradeView, signals: tuple[ExitSignal, ...], sitting: _Sitting) -> Action:
    reasons = fired(signals)
    if not reasons or any(signal.state is ExitState.ACCEPTED for signal in signals):
        return Hold(trade=view.trade, signals=signals)
    if view.natural is None or view.cost is None:
        return _wait(view, signals)
    if not {signal.rule for signal in reasons} <= set(sitting.book.rolls.on):
        return _closed(view, reasons)
    found = sitting.search(view)
    if not found.proposals:
        return _closed(view, reasons, no_roll=found.reason)
    return Roll(trade=view.trade, signals=reasons, proposal=found.proposals[0])


def _left_behind(view: TradeView) -> Action:
    signals = (ExitSignal(rule=ExitRule.ORPHAN, state=ExitState.FIRED, text="a leg was assigned or has expired"),)
    return _wait(view, signals) if view.natural is None or view.cost is None else _closed(view, signals)


def _wait(view: TradeView, signals: tuple[ExitSignal, ...]) -> Hold:
    return Hold(trade=view.trade, signals=signals, waits=f"It waits for a quote: {view.missing['natural']}.")


def _closed(view: TradeView, reasons: tuple[ExitSignal, ...], *, no_roll: str = "") -> Close:
    return Close(
        trade=view.trade,
        signals=reasons,
        legs=view.trade.closing_legs,
        mid=-(view.cost or 0.0),
        natural=-(view.natural or 0.0),
        no_roll=no_roll,
    )
