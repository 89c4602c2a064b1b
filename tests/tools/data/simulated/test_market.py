"""One seed and one instant make one market, everywhere; what is perturbed changes and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.tools.data.simulated.samples import day, february
from tools.calendar.sessions import NEW_YORK
from tools.data.simulated import EMBEDDED_AS_OF, EMBEDDED_SEED, EmbeddedMarket
from tools.domain.chain import COLUMNS
from tools.domain.errors import DataError, InputError

ROOT = Path(__file__).parents[4]
GICS = {
    "Communication Services", "Consumer Discretionary", "Consumer Staples", "Energy", "Financials", "Health Care",
    "Industrials", "Information Technology", "Materials", "Real Estate", "Utilities",
}  # fmt: skip


def test_the_embedded_day_says_what_it_is() -> None:
    snapshot = day()
    assert snapshot.as_of == EMBEDDED_AS_OF == datetime(2026, 11, 20, 15, 45, tzinfo=NEW_YORK)
    assert (snapshot.source, snapshot.simulated, snapshot.embedded) == ("embedded", True, True)
    assert all(chain.feed == "simulated" and chain.source == "embedded" for chain in snapshot.chains.values())
    assert "invented" in snapshot.notes[0]
    assert snapshot.counts.rows == snapshot.counts.used == sum(len(chain) for chain in snapshot.chains.values())


def test_the_universe_spans_all_sectors() -> None:
    facts = day().facts
    stocks = [each for each in facts.values() if each.kind == "stock"]
    assert set(facts) - {each.symbol for each in stocks} == {"SPY", "QQQ", "IWM", "DIA", "XLE", "XLK"}
    assert len(stocks) == 20
    assert {each.sector.value for each in stocks} == GICS
    assert all(abs(sum(each.sector_weights.values()) - 1) < 0.011 for each in facts.values() if each.kind == "etf")


def test_the_same_seed_is_the_same_market_in_another_process() -> None:
    code = "from tools.data.simulated import EmbeddedMarket; print(EmbeddedMarket().snapshot().fingerprint)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == day().fingerprint


def test_another_seed_is_another_day() -> None:
    ours, other = day(), day(seed=EMBEDDED_SEED + 1)
    assert not other.embedded
    assert other.simulated
    assert other.fingerprint != ours.fingerprint
    assert all(other.chains[symbol].spot != chain.spot for symbol, chain in ours.chains.items())
    assert other.conditions.vix != ours.conditions.vix


def test_a_shock_moves_one_price_and_its_quotes_alone() -> None:
    ours, shocked = day(), day(shock=("XOM", -0.05))
    assert not shocked.embedded
    assert shocked.fingerprint != ours.fingerprint
    before, after = ours.chains["XOM"], shocked.chains["XOM"]
    assert after.spot == pytest.approx(before.spot * 0.95, abs=0.011)
    for column in ("expiry", "right", "strike", "volume", "open_interest"):
        np.testing.assert_array_equal(getattr(after, column), getattr(before, column))
    puts = before.right < 0
    assert np.all(after.mid[puts] >= before.mid[puts])
    assert np.all(after.mid[~puts] <= before.mid[~puts])
    assert shocked.facts["XOM"].sma_20 != ours.facts["XOM"].sma_20
    assert shocked.facts["XOM"].rsi_14.value < ours.facts["XOM"].rsi_14.value
    for symbol in ("XLE", "SPY"):
        assert shocked.facts[symbol] == ours.facts[symbol]
        for column in COLUMNS:
            np.testing.assert_array_equal(
                getattr(shocked.chains[symbol], column), getattr(ours.chains[symbol], column)
            )


def test_the_next_session_continues_the_path() -> None:
    market = EmbeddedMarket()
    friday, monday = market.history(), market.history(datetime(2026, 11, 23, 15, 45, tzinfo=NEW_YORK))
    np.testing.assert_array_equal(monday.close[: len(friday.close) - 1], friday.close[:-1])
    moves = np.abs(np.log(monday.close[-1] / friday.close[-1]))
    assert moves.max() < 0.15
    assert moves.min() > 0


def test_the_market_stands_still_outside_sessions() -> None:
    market = EmbeddedMarket()
    close = market.history(datetime(2026, 11, 20, 16, 0, tzinfo=NEW_YORK))
    for later in (timedelta(hours=3), timedelta(days=1), timedelta(days=2, hours=17)):
        np.testing.assert_array_equal(market.history(close_of_friday() + later).close, close.close)
    quarter_to_four = market.history(EMBEDDED_AS_OF)
    assert not np.array_equal(quarter_to_four.close[-1], close.close[-1])


def close_of_friday() -> datetime:
    return datetime(2026, 11, 20, 16, 0, tzinfo=NEW_YORK)


def test_a_held_contract_stays_listed() -> None:
    for symbol, chain in day().chains.items():
        alive = chain.expiry > np.datetime64("2027-02-01")
        now = february().chains[symbol]
        listed = set(zip(now.expiry.tolist(), now.right.tolist(), now.strike.tolist(), strict=True))
        held = zip(
            chain.expiry[alive].tolist(), chain.right[alive].tolist(), chain.strike[alive].tolist(), strict=True
        )
        assert set(held) <= listed, symbol


@pytest.mark.parametrize(
    ("shocks", "words"),
    [({"XOMM": 0.1}, "did you mean XOM"), ({"XOM": -1.0}, "above -1"), ({"XOM": float("nan")}, "nan")],
)
def test_impossible_shocks_are_refused(shocks: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        EmbeddedMarket(shocks=shocks)


def test_impossible_instants_and_seeds_are_refused() -> None:
    with pytest.raises(InputError, match="time zone"):
        EmbeddedMarket().snapshot(datetime(2026, 11, 20, 15, 45))  # noqa: DTZ001
    with pytest.raises(DataError, match="too early"):
        EmbeddedMarket().snapshot(datetime(2025, 1, 6, 12, 0, tzinfo=NEW_YORK))
    with pytest.raises(InputError, match="seed"):
        EmbeddedMarket(seed=-1)
