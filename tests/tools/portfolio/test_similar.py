"""The distance between trades is a metric over what is known, and never looks ahead."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.agents.examples import candidate, conditions, facts, unknown_facts
from tools.domain.fact import Fact
from tools.domain.mode import Mode
from tools.domain.past_trade import EntryFeatures, PastTrade
from tools.domain.structure import StructureKind
from tools.portfolio.similar import (
    EARNINGS_HORIZON,
    MOST,
    SCALES,
    UNKNOWN,
    PastTrades,
    distances,
    entry_features,
)

NOW = datetime(2026, 11, 3, 20, 45, tzinfo=UTC)
PUT = EntryFeatures(
    structure=StructureKind.CASH_SECURED_PUT,
    book="cash_secured_put",
    underlying="XOM",
    sector="Energy",
    dte=45,
    delta=0.22,
    iv_rank=62,
    premium_yield=0.084,
    spread=0.022,
    breakeven=0.8,
    earnings=30,
    vix=17.4,
)


def put(**changes: object) -> EntryFeatures:
    return PUT.model_copy(update=changes)


def past(number: int, *, days_ago: float = 10, simulated: bool = False, **changes: object) -> PastTrade:
    closed = NOW - timedelta(days=days_ago)
    return PastTrade(
        id=f"d-{number:012x}",
        label="XOM 45d 98 put",
        features=put(**changes),
        opened_at=closed - timedelta(days=20),
        closed_at=closed,
        contracts=2,
        pnl=90.0,
        collateral=9800.0,
        ended_by="take profit",
        mode=Mode.PAPER,
        simulated=simulated,
    )


def nearest(*trades: PastTrade, count: int = 3, simulated: bool = False) -> list[str]:
    found = PastTrades(trades).nearest(PUT, before=NOW, count=count, simulated=simulated)
    return [each.trade.id for each in found]


measure = st.one_of(st.none(), st.floats(-100, 100))
features = st.builds(
    EntryFeatures,
    structure=st.sampled_from(list(StructureKind)[:3]),
    book=st.sampled_from(["a", "b"]),
    underlying=st.sampled_from(["XOM", "SPY"]),
    sector=st.sampled_from([None, "", "Energy"]),
    **dict.fromkeys(SCALES, measure),
)


@given(features, features, features)
def test_symmetric_and_no_way_round_is_shorter(a: EntryFeatures, b: EntryFeatures, c: EntryFeatures) -> None:
    ab, ac = distances(a, [b, c])
    (bc,) = distances(b, [c])
    assert distances(b, [a])[0] == pytest.approx(ab)
    assert ac <= ab + bc + 1e-9
    assert ab >= 0


@given(features)
def test_nothing_but_the_unknown_keeps_a_trade_from_itself(a: EntryFeatures) -> None:
    (own,) = distances(a, [a])
    unknown = [getattr(a, name) for name in SCALES].count(None)
    assert own**2 == pytest.approx(UNKNOWN**2 * unknown / len(SCALES) + (0.25 if a.sector is None else 0))


def test_by_hand() -> None:
    """One scale in one of eight measures, two in another however far, an unknown one, another book."""
    (found,) = distances(PUT, [put(dte=60, vix=90, iv_rank=None, book="primary")])
    assert found**2 == pytest.approx((1 + MOST**2 + 1) / 8 + 0.5**2)


@pytest.mark.parametrize("name", list(SCALES))
def test_each_measure_counts_in_its_scale(name: str) -> None:
    moved = put(**{name: getattr(PUT, name) + SCALES[name]})
    assert distances(PUT, [moved])[0] == pytest.approx(np.sqrt(1 / 8))


def test_the_nearest_come_first_and_another_structure_is_farther_than_any_book() -> None:
    alike, less, other_book = past(1), past(2, iv_rank=50), past(3, book="primary")
    other_kind = past(4, structure=StructureKind.PUT_CREDIT_SPREAD)
    assert nearest(other_kind, other_book, less, alike, count=4) == [
        each.id for each in (alike, less, other_book, other_kind)
    ]


def test_of_equally_near_ones_the_later_comes_first_and_then_the_id_decides() -> None:
    old, recent, twin = past(1, days_ago=40), past(2, days_ago=5), past(3, days_ago=5)
    assert nearest(old, twin, recent) == [recent.id, twin.id, old.id]
    assert nearest(recent, old, twin) == [recent.id, twin.id, old.id]


def test_nothing_is_known_of_a_trade_until_it_is_over() -> None:
    open_then, at_once, over = past(1, days_ago=-1), past(2, days_ago=0), past(3, days_ago=0.001)
    assert nearest(open_then, at_once, over) == [over.id]


def test_what_is_far_away_is_not_called_similar() -> None:
    far = past(1, structure=StructureKind.IRON_CONDOR, dte=7, vix=40, delta=0.05, iv_rank=95)
    assert nearest(far) == []
    assert nearest() == []


def test_a_real_trade_is_not_compared_with_an_invented_one() -> None:
    made, real = past(1, simulated=True), past(2)
    assert nearest(made, real) == [real.id]
    assert nearest(made, real, simulated=True) == [made.id, real.id]


def test_at_most_so_many() -> None:
    assert len(nearest(*(past(number) for number in range(9)))) == 3
    assert nearest(past(1), count=0) == []


def test_what_a_candidate_looks_like() -> None:
    found = entry_features(candidate(), facts(), conditions())
    assert found.dte == 45
    assert found.delta == pytest.approx(0.2214)
    assert found.breakeven == pytest.approx((104.37 - 97.09) / 9.02)
    assert found.sector == "Energy"
    assert found.iv_rank == facts().iv_rank.value


def test_unknown_stays_unknown_and_what_cannot_be_stands_far_off() -> None:
    blind = entry_features(candidate(greeks=None, expected_move=None), unknown_facts(), conditions())
    assert (blind.delta, blind.breakeven, blind.iv_rank, blind.earnings) == (None,) * 4
    unlisted = facts(sector=Fact[str].unknown("no source"))
    assert entry_features(candidate(), unlisted, conditions()).sector is None
    fund = facts(
        earnings=Fact[tuple[date, ...]].not_applicable("a fund has none"),
        sector=Fact[str].not_applicable("a broad index"),
    )
    found = entry_features(candidate(), fund, conditions())
    assert (found.earnings, found.sector) == (EARNINGS_HORIZON, "")
    quiet = entry_features(candidate(), facts(earnings=Fact[tuple[date, ...]].known((), source="x")), conditions())
    assert quiet.earnings == EARNINGS_HORIZON


def test_earnings_count_from_expiry_and_within_their_horizon() -> None:
    def days(*announced: date) -> float | None:
        known = Fact[tuple[date, ...]].known(announced, source="x")
        return entry_features(candidate(), facts(earnings=known), conditions()).earnings

    assert days(date(2026, 12, 28)) == 10
    assert days(date(2026, 12, 8), date(2027, 3, 1)) == -10
    assert days(date(2026, 1, 8), date(2027, 12, 1)) == EARNINGS_HORIZON
