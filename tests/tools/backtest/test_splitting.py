"""Splits inside a run: whatever the ratio and whatever is held, nobody gains or loses, and no trade is lost."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache

import numpy as np
import pytest

from tests.tools.backtest.markets import FIRST, LAST, looks, plan_of, small_past
from tools.backtest.engine import Engine
from tools.backtest.outcome import outcome
from tools.domain.chain import Chain, new_york_date
from tools.domain.market import Snapshot
from tools.portfolio.fixings import ShareSplit
from tools.portfolio.settlement_price import ExpiryPrices

DAY = date(2008, 9, 17)
BEFORE = date(2008, 9, 16)
BOOKS = ("cash_secured_put", "primary", "covered_call", "strangle")
SHARES = {"SPY": 500}
EVEN, UNEVEN, REVERSE = (2, 1), (3, 2), (1, 10)


@dataclass(frozen=True)
class Splitting:
    """The small past with a split of SPY on `day`; from `DAY` on nothing is traded any more.

    silent  days without a look
    """

    ratio: tuple[int, int] | None
    day: date = DAY
    silent: frozenset[date] = frozenset()

    @property
    def source(self) -> str:
        return "splitting"

    def looks(self, first: date, last: date) -> Iterator[Snapshot]:
        for snapshot in looks(FIRST, max(last, LAST)):
            day = new_york_date(snapshot.as_of)
            if first <= day <= last and day not in self.silent:
                yield self._after(snapshot, day) if day >= DAY else snapshot

    def expiry_prices(self, underlying: str, expiry: date) -> ExpiryPrices:
        told = small_past().expiry_prices(underlying, expiry)
        return ExpiryPrices(
            opening=told.opening * self._share(expiry),
            close=told.close * self._share(expiry),
            earlier_close=told.earlier_close * self._share(expiry),
        )

    def close(self, symbol: str, day: date) -> float:
        return small_past().close(symbol, day) * self._share(day)

    def going_ex(self, symbol: str, day: date) -> float:
        return small_past().going_ex(symbol, day) * self._share(day)

    def splits(self, symbol: str, *, after: date, until: date) -> tuple[ShareSplit, ...]:
        found = self.ratio is not None and symbol == "SPY" and after < self.day <= until
        return (ShareSplit(self.day, *self.ratio),) if found and self.ratio is not None else ()

    def _share(self, day: date) -> float:
        """Of an old share, what a share of `day` is."""
        return 1.0 if self.ratio is None or day < self.day else self.ratio[1] / self.ratio[0]

    def _after(self, snapshot: Snapshot, day: date) -> Snapshot:
        chains = {name: self._restated(chain, self._share(day)) for name, chain in snapshot.chains.items()}
        return replace(snapshot, chains=chains, fingerprint=f"{snapshot.fingerprint} after")

    def _restated(self, chain: Chain, share: float) -> Chain:
        return replace(
            chain,
            spot=chain.spot * share,
            strike=chain.strike * share,
            bid=chain.bid * share,
            ask=chain.ask * share,
            volume=np.zeros(len(chain)),
            dividends=tuple(replace(each, cash=each.cash * share) for each in chain.dividends),
        )


def run(market: Splitting, *, last: date = LAST) -> Engine:
    plan = plan_of(*BOOKS, last=last, people="approve", holdings=SHARES, interest=False)
    engine = Engine(market, plan)
    for snapshot in market.looks(plan.first, plan.last):
        engine.day(snapshot)
    engine.journal.attribution = engine.attributing.total()
    return engine


@lru_cache
def unsplit() -> Engine:
    return run(Splitting(None))


@lru_cache
def split_in(ratio: tuple[int, int]) -> Engine:
    return run(Splitting(ratio))


@lru_cache
def until_the_eve() -> Engine:
    return run(Splitting(None), last=BEFORE)


def test_there_is_something_to_split() -> None:
    held = {each.structure.value for each in until_the_eve().blotter.open.values()}
    assert held >= {"cash_secured_put", "strangle"}
    assert any(line.symbol == "SPY" for line in until_the_eve().books.lines())


def test_a_two_for_one_split_changes_no_day_and_no_trade() -> None:
    plain, split = unsplit(), split_in(EVEN)
    assert [each.nav for each in split.journal.days] == pytest.approx(
        [each.nav for each in plain.journal.days], abs=0.05
    )
    ours, theirs = ({each.id: each for each in engine.journal.trades} for engine in (plain, split))
    assert ours.keys() == theirs.keys()
    late = [each for each in ours.values() if each.closed_at.date() >= DAY]
    assert len(late) >= 3
    for each in late:
        other = theirs[each.id]
        assert (other.exit, other.closed_at) == (each.exit, each.closed_at)
        assert float(other.pnl) == pytest.approx(float(each.pnl), abs=0.01)
        assert other.premium == pytest.approx(each.premium)
        assert (other.contracts, other.credit, other.debit) == pytest.approx(
            (2 * each.contracts, each.credit / 2, each.debit / 2)
        )
    assert split.journal.counts["splits of what was held"] == 1
    assert split.journal.counts["option lines restated by a split"] >= 4


def test_its_attribution_is_what_it_would_have_been() -> None:
    plain, split = (engine.journal.attribution for engine in (unsplit(), split_in(EVEN)))
    assert plain is not None
    assert split is not None
    for source, amount in plain.money().items():
        assert float(split.money()[source]) == pytest.approx(float(amount), abs=1.0), source
    nav = split_in(EVEN).journal.days[-1].nav
    assert float(sum(split.money().values())) == pytest.approx(nav - 1_000_000, abs=0.01)


def test_shares_called_away_are_bought_again_in_the_new_measure() -> None:
    held = {line.symbol: line.quantity for line in split_in(EVEN).books.lines() if line.symbol == "SPY"}
    assert held in ({"SPY": 1_000}, {})
    assert split_in(EVEN).delivering.grown == {"SPY": 2}


@pytest.mark.parametrize("ratio", [EVEN, UNEVEN, REVERSE])
def test_on_the_morning_of_a_split_nothing_is_lost(ratio: tuple[int, int]) -> None:
    """All that is held at the marks of the evening before is worth the same after the split, book by book."""
    engine = deepcopy(until_the_eve())
    engine.splitting.market = Splitting(ratio)
    before, cash = engine.books.value, engine.books.cash
    books = {name: engine.books.statement(name).pnl for name in engine.books.books}
    options = [line for line in engine.books.lines() if line.symbol != "SPY"]
    trades = set(engine.blotter.open)
    engine.splitting.morning(BEFORE, DAY)
    assert before is not None
    assert engine.books.value is not None
    assert abs(engine.books.value - before) < Decimal("0.01")
    for name, pnl in books.items():
        assert float(engine.books.statement(name).pnl or 0) == pytest.approx(float(pnl or 0), abs=0.01)
    if ratio == EVEN:
        assert engine.books.cash == cash
        assert set(engine.blotter.open) == trades
    else:
        assert {line.symbol for line in engine.books.lines()} <= {"SPY"}
        assert not engine.blotter.open
        named = "option lines closed at their mark, since an uneven split adjusts them"
        assert engine.journal.counts[named] == len(options)
        ended = {each.id: each for each in engine.journal.trades if each.id in trades}
        assert ended.keys() == trades
        assert {each.exit for each in ended.values()} == {f"adjusted by a {ratio[0]}-for-{ratio[1]} split"}
        shares = next(line.quantity for line in engine.books.lines())
        assert shares == SHARES["SPY"] * ratio[0] // ratio[1]


@pytest.mark.parametrize("ratio", [UNEVEN, REVERSE])
def test_an_uneven_split_is_attributed_to_the_cent(ratio: tuple[int, int]) -> None:
    engine = split_in(ratio)
    kept = engine.journal.attribution
    assert kept is not None
    assert float(sum(kept.money().values())) == pytest.approx(engine.journal.days[-1].nav - 1_000_000, abs=0.01)


def test_what_expired_between_two_looks_settles_in_the_shares_of_its_time() -> None:
    """No look from Wednesday to the weekend of an expiry, and a split on the Monday after it."""
    silent, monday = frozenset({date(2008, 10, 16), date(2008, 10, 17)}), date(2008, 10, 20)
    plain, split = (
        run(Splitting(ratio, day=monday, silent=silent), last=date(2008, 10, 21)) for ratio in (None, EVEN)
    )
    assert [each for each in plain.journal.trades if each.closed_at.date() == monday]
    assert [each.nav for each in split.journal.days] == pytest.approx(
        [each.nav for each in plain.journal.days], abs=0.05
    )
    kept = split.journal.attribution
    assert kept is not None
    assert float(sum(kept.money().values())) == pytest.approx(split.journal.days[-1].nav - 1_000_000, abs=0.01)


def test_the_benchmark_is_held_through_a_split() -> None:
    plain, split = (
        outcome(engine.journal, engine.plan, engine.market).benchmark for engine in (unsplit(), split_in(EVEN))
    )
    assert plain is not None
    assert split is not None
    assert split.levels == pytest.approx(plain.levels)
