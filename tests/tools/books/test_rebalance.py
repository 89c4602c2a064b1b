"""Delta rebalancing: what leans is rolled back at equal count, never by selling more (spec E2, E3, J)."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.backtest.markets import FIRST, LAST, Spoilt, looks, plan_of
from tools.backtest.engine import Engine
from tools.books.manage import Roll
from tools.books.rebalance import rebalance
from tools.calendar.trading_time import Clock
from tools.domain.market import Snapshot
from tools.portfolio.positions import Positions, read_positions
from tools.portfolio.rolls import RollRules
from tools.portfolio.spiral import Adjustment, spiral
from tools.pricing.quotes import quote_greeks
from tools.risk.profile import LimitProfile

WIDE = LimitProfile(net_delta=9.0)
DAYS = looks(FIRST, LAST)


@lru_cache
def books_until(day: int) -> tuple[Engine, Snapshot]:
    """Strangles as they are open after so many looks, and the next look."""
    plan = plan_of("strangle", people="approve")
    engine = Engine(Spoilt(), plan)
    for snapshot in DAYS[:day]:
        engine.day(snapshot)
    return engine, DAYS[day]


def seen(day: int) -> tuple[Engine, Snapshot, Positions]:
    engine, snapshot = books_until(day)
    account = engine._account(snapshot)
    gap = engine.plan.house.profile.overnight
    return engine, snapshot, read_positions(account, snapshot, clock=Clock.CALENDAR_365, gap=gap)


def rolls(day: int, *, band: float, positions: Positions | None = None) -> tuple[Roll, ...]:
    engine, snapshot, read = seen(day)
    return rebalance(
        engine.by_name,
        list(engine.blotter.open.values()),
        snapshot,
        account=engine._account(snapshot),
        positions=positions or read,
        limits={"strangle": WIDE},
        band=band,
    )


def lean(positions: Positions) -> float:
    return math.fsum(each.dollar_delta for each in positions.exposures) / positions.nav


def leaning_days() -> list[int]:
    return [day for day in range(4, len(DAYS) - 1, 3) if seen(day)[0].blotter.open]


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_every_roll_keeps_the_count_and_takes_delta_away(data: st.DataObject) -> None:
    day = data.draw(st.sampled_from(leaning_days()))
    band = data.draw(st.floats(0.0, 0.02))
    engine, snapshot, positions = seen(day)
    found = rolls(day, band=band)
    if abs(lean(positions)) <= band:
        assert found == ()
    assert len({each.trade.id for each in found}) == len(found)
    chain = snapshot.chains["SPY"]
    greeks = quote_greeks(chain, clock=Clock.CALENDAR_365)
    deltas = {chain.contract(row).occ: float(greeks.delta[row]) for row in range(len(chain))}
    for each in found:
        trade, proposal = each.trade, each.proposal
        assert proposal.contracts == trade.contracts
        assert [leg.quantity for leg in proposal.legs] == [leg.quantity for leg in trade.legs]
        assert proposal.restored > 0
        assert proposal.delta_before * lean(positions) > 0
        n = trade.contracts
        adjustment = Adjustment(
            closed=tuple(leg.model_copy(update={"quantity": leg.quantity * n}) for leg in trade.legs),
            opened=tuple(leg.model_copy(update={"quantity": leg.quantity * n}) for leg in proposal.legs),
        )
        held = [leg.model_copy(update={"quantity": leg.quantity * n}) for leg in trade.legs]
        assert spiral(adjustment, held=held, deltas=deltas, spots={"SPY": chain.spot}) is None
    assert engine.by_name["strangle"].rolls.rebalance


def test_some_day_leans_and_is_mended() -> None:
    mended = [day for day in leaning_days() if rolls(day, band=0.0)]
    assert mended
    first = rolls(mended[0], band=0.0)[0]
    assert first.signals[0].text.startswith("the account leans ")


def test_inside_the_band_or_unknown_nothing_moves() -> None:
    day = next(day for day in leaning_days() if rolls(day, band=0.0))
    positions = seen(day)[2]
    assert rolls(day, band=abs(lean(positions)) + 1e-9) == ()
    assert rolls(day, band=0.0, positions=replace(positions, nav=math.nan)) == ()


def test_a_book_that_does_not_roll_for_it_is_left_alone() -> None:
    day = next(day for day in leaning_days() if rolls(day, band=0.0))
    engine, snapshot, positions = seen(day)
    book = engine.by_name["strangle"]
    stiff = book.model_copy(update={"rolls": book.rolls.model_copy(update={"rebalance": False})})
    found = rebalance(
        {"strangle": stiff}, list(engine.blotter.open.values()), snapshot, account=engine._account(snapshot),
        positions=positions, limits={"strangle": WIDE}, band=0.0,
    )  # fmt: skip
    assert found == ()


def test_rebalance_without_any_roll_is_refused() -> None:
    with pytest.raises(ValueError, match="no meaning where no exit is rolled"):
        RollRules(rebalance=True)
