"""The demonstration account is worth exactly a million at its snapshot, whatever its prices."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.tools.data.simulated.samples import day
from tools.data.simulated import EMBEDDED_SEED, demo_account
from tools.domain.errors import InputError
from tools.domain.market import Snapshot


@pytest.fixture(params=["embedded", "shocked", "other"])
def snapshot(request: pytest.FixtureRequest) -> Snapshot:
    others = {"shocked": day(shock=("XOM", -0.05)), "other": day(seed=EMBEDDED_SEED + 1)}
    return others.get(request.param) or day()


def test_net_asset_value_is_exactly_a_million(snapshot: Snapshot) -> None:
    account = demo_account(snapshot)
    worth = sum((Decimal(str(each.price)) * each.quantity for each in account.positions), Decimal(0))
    assert Decimal(str(account.cash)) + worth == 1_000_000
    assert account.cash + sum((each.price or 0) * each.quantity for each in account.positions) == pytest.approx(1e6)


def test_an_account_is_worth_what_it_is_told_but_no_less_than_its_shares(snapshot: Snapshot) -> None:
    usual, rich = demo_account(snapshot), demo_account(snapshot, worth=2_500_000.25)
    assert rich.cash - usual.cash == pytest.approx(1_500_000.25)
    assert rich.positions == usual.positions
    with pytest.raises(InputError, match=r"account\.cash"):
        demo_account(snapshot, worth=1_000.0)


def test_shares_are_round_lots_at_spot_and_a_small_part(snapshot: Snapshot) -> None:
    account = demo_account(snapshot)
    assert len(account.positions) == 5
    for position in account.positions:
        assert position.quantity in {100, 200, 300}
        assert position.price == snapshot.chains[position.symbol].spot
    assert 1_000_000 - account.cash < 150_000
