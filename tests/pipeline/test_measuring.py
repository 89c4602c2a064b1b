"""A live cycle keeps what its books decided and what the account looks like after it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pipeline.home import Home
from pipeline.wiring import open_ledger
from tests.pipeline.conftest import Verb
from tools.ledger.evaluations import RunKind


@pytest.fixture(autouse=True)
def few(few_underlyings: None) -> None:
    """A few underlyings tell as much as all."""


def test_a_run_is_kept_once_however_often_it_runs(verb: Verb, home: Path) -> None:
    decided = verb("run", "--json").json["decisions"]
    outcomes: dict[str, Counter[str]] = {}
    for each in decided:
        outcomes.setdefault(each["book"], Counter())[each["outcome"]] += 1
    verb("run")
    with open_ledger(Home(home)) as ledger:
        kept = ledger.evaluations()
        assert {each.name: each.figures for _, each in kept if each.figures} == outcomes
        assert {each.kind for _, each in kept} == {RunKind.LIVE}
        assert [each.status == "traded" for _, each in kept] == [
            bool(each.figures.get("approved")) for _, each in kept
        ]
        (after,) = ledger.portfolio_metrics(kept[0][0])
        account = ledger.account()
        assert after.cash == account.cash
        assert after.nav == pytest.approx(account.cash + sum(_worth(each) for each in account.positions), abs=0.01)
        assert after.theta is not None
        assert after.theta > 0
        assert ledger.verify() == []


def _worth(position: object) -> float:
    symbol, quantity, price = (getattr(position, name) for name in ("symbol", "quantity", "price"))
    return float(quantity * price * (100 if any(sign.isdigit() for sign in symbol) else 1))


def test_a_dry_run_leaves_the_account_unmeasured(verb: Verb, home: Path) -> None:
    verb("run", "--dry-run")
    with open_ledger(Home(home).dry_run) as ledger:
        assert ledger.evaluations() == ()
