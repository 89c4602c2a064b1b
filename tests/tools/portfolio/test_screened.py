"""What the shipped books propose, fitted: screen and fit agree on what secures a trade."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from tests.tools.portfolio.samples import CLOCK, account, chain, facts, snapshot
from tests.tools.risk.cases import conditions
from tools.books.load import shipped_book
from tools.books.screen import screen_book
from tools.domain.fact import Fact
from tools.portfolio.fit import fit
from tools.portfolio.holdings import availability
from tools.risk.profile import INCOME
from tools.sizing.collateral import unit_collateral


def known(value: Any) -> Any:
    return Fact.known(value, source="test")


@pytest.mark.parametrize(
    ("name", "binding", "contracts"),
    [("cash_secured_put", "the book's allocation", 2), ("covered_call", "shares set aside", 3)],
)
def test_a_proposal_of_a_shipped_book_fits(name: str, binding: str, contracts: int) -> None:
    quotes = chain()
    n = len(quotes)
    quotes = replace(quotes, volume=np.full(n, 200.0), open_interest=np.full(n, 700.0))
    exxon = facts(
        "XOM", rating=known("AA"), earnings=known((date(2026, 5, 1),)), iv_rank=known(40.0),
        iv_percentile=known(40.0), put_call_ratio=known(0.7), sector_put_call_ratio=known(0.9),
    )  # fmt: skip
    day = conditions().model_copy(update={"blackouts": known(())})
    market = snapshot(quotes, known={"XOM": exxon}, day=day)
    holder = account(("XOM", 300), cash=970_000)
    book = shipped_book(name)
    holdings = availability(holder, market, clock=CLOCK, profile=INCOME).holdings
    (candidate,) = screen_book(book, market, holdings).candidates
    result, reservation = fit(
        candidate, account=holder, snapshot=market, clock=book.clock, profile=INCOME, sizing=book.sizing,
        quantitative=candidate.quantitative, model_confidence=7.0,
    )  # fmt: skip
    assert unit_collateral(candidate) == candidate.collateral
    assert (result.binding, result.contracts) == (binding, contracts)
    assert result.vetoes == ()
    assert reservation.cash == contracts * candidate.cash_required
    assert 8 < result.score < 10
