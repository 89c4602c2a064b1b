"""An announced split: what lives to see it is not proposed, what expires before is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.market import MarketChoice
from pipeline.settings import Settings
from pipeline.wiring import open_books, open_snapshot
from tools.data.fingerprint import market_fingerprint
from tools.data.simulated.account import demo_account
from tools.desk.scan import ADJUSTED_BEFORE_EXPIRY, Screened, screen_market
from tools.domain.market import Snapshot
from tools.risk.profile import INCOME


@pytest.fixture(scope="module")
def market() -> Snapshot:
    return open_snapshot(MarketChoice())


def screened(snapshot: Snapshot) -> Screened:
    return screen_market(
        snapshot, demo_account(snapshot), open_books(Settings()).values(), profile=INCOME, progress=lambda *_: None
    )


def test_no_contract_that_will_be_adjusted_is_proposed(market: Snapshot) -> None:
    plain = screened(market)
    first = plain.candidates[0]
    split = replace(market, adjustments={first.underlying: first.expiry})
    found = screened(split)
    chain = market.chains[first.underlying]
    assert found.rejected[ADJUSTED_BEFORE_EXPIRY] == int((chain.expiry.astype(object) >= first.expiry).sum())
    assert all(each.expiry < first.expiry for each in found.candidates if each.underlying == first.underlying)
    others = [each.id for each in plain.candidates if each.underlying != first.underlying]
    assert sorted(each.id for each in found.candidates if each.underlying != first.underlying) == sorted(others)


def test_a_contract_that_expires_the_day_before_stays(market: Snapshot) -> None:
    plain = screened(market)
    last = max(each.expiry for each in plain.candidates)
    after = {symbol: last + timedelta(days=1) for symbol in market.chains}
    assert [each.id for each in screened(replace(market, adjustments=after)).candidates] == [
        each.id for each in plain.candidates
    ]


def test_it_is_part_of_what_a_snapshot_is(market: Snapshot) -> None:
    content = {name: getattr(market, name) for name in ("as_of", "source", "chains", "facts", "conditions")}
    assert market_fingerprint(**content) == market_fingerprint(**content, adjustments={})
    assert market_fingerprint(**content) != market_fingerprint(**content, adjustments={"SPY": market.as_of.date()})
