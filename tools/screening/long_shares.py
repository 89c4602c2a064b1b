"""Shares bought outright: momentum funds, coins over a weekend, a reserve in bills (spec B7).

    chain (its spot alone) → one row → criteria of the underlying and the account → refused | candidate of one share

A share is screened as a chain of one row: a call struck at nothing. What is asked of options has no meaning here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from tools.domain.candidate import Candidate, UnitGreeks
from tools.domain.chain import Chain, FloatArray, IntArray, new_york_date
from tools.domain.contract import shares_of
from tools.domain.market import Conditions, UnderlyingFacts
from tools.domain.structure import Leg, StructureKind
from tools.screening.criteria import Criterion
from tools.screening.economics import Economics, bought
from tools.screening.filter_column import Asked
from tools.screening.holdings import Holdings
from tools.screening.offer import Offer
from tools.screening.rows import Rows
from tools.screening.rules import Rule
from tools.screening.structure import LONG_CALL, Role
from tools.screening.verdict import weighted_mean

SHARE_TICK = 0.01


class LongShares:
    """What is paid is what secures it and all that can be lost."""

    kind = StructureKind.LONG_SHARES
    roles: tuple[Role, ...] = (LONG_CALL,)
    rules = frozenset(
        {
            Rule.QUOTED, Rule.BLACKOUT, Rule.BUYING_POWER, Rule.NOT_HELD, Rule.NONE_OPEN,
            Rule.MACD, Rule.RSI, Rule.OVER_AVERAGE, Rule.WEEKDAY, Rule.DAY_MOVE,
        }
    )  # fmt: skip
    mandatory = frozenset({Rule.QUOTED, Rule.BUYING_POWER, Rule.NOT_HELD})

    def combine(self, offer: Offer) -> IntArray:
        return offer.alone()

    def collateral(self, rows: Rows) -> FloatArray:
        return np.full(len(rows), rows.chain.spot)

    def economics(self, rows: Rows) -> Economics:
        return bought(rows, upper=rows.collateral, max_profit=np.zeros(len(rows)))


def share_quote(chain: Chain) -> tuple[float, float]:
    """(bid, ask) of the shares of a chain: its spot with a tick around it, since chains tell one price of them."""
    low = round(math.floor(chain.spot / SHARE_TICK + 1e-6) * SHARE_TICK, 2)
    return low, round(low + SHARE_TICK, 2)


def screen_shares(
    chain: Chain,
    *,
    facts: UnderlyingFacts,
    conditions: Conditions,
    holdings: Holdings,
    criteria: Sequence[Criterion],
    book: str,
    snapshot: str,
    haircut: float = 1.0,
) -> tuple[tuple[Candidate, ...], dict[str, int]]:
    """The candidate that buys one share, if no required criterion refuses it, and which rules do.

    haircut  the share of its price that counts as its largest loss
    """
    rows = Rows(_one_row(chain), LongShares(), facts, conditions, holdings)
    asked = [Asked.of(criterion, rows) for criterion in criteria]
    refused = {each.criterion.rule.value: 1 for each in asked if each.refused.any()}
    if refused:
        return (), refused
    columns = [each.at(np.zeros(1, dtype=np.int64)) for each in asked]
    margins = weighted_mean(
        (each.margin for each in columns), (each.criterion.weight for each in columns), length=1
    )
    quantitative = float(margins[0])
    bare = _candidate(chain, book=book, snapshot=snapshot, haircut=haircut)
    told = {
        "filters": tuple(column.result(0) for column in columns),
        "quantitative": None if math.isnan(quantitative) else quantitative,
    }
    return (bare.model_copy(update=told),), {}


def _one_row(chain: Chain) -> Chain:
    """The share as the only row of its chain; an index level that nobody tells is gap-filled."""
    low, high = share_quote(chain) if chain.spot > 0 else (math.nan, math.nan)
    one, none = np.ones(1), np.full(1, math.nan)
    return replace(
        chain,
        root=np.array([chain.underlying]),
        expiry=np.array([new_york_date(chain.as_of)], dtype="datetime64[D]"),
        right=np.ones(1, dtype=np.int8),
        strike=0 * one,
        bid=low * one,
        ask=high * one,
        last=chain.spot * one,
        volume=none,
        open_interest=none.copy(),
        feed_iv=none.copy(),
        feed_delta=none.copy(),
        filled=np.array([not math.isfinite(low)]),
        multiplier=1,
    )


def _candidate(chain: Chain, *, book: str, snapshot: str, haircut: float) -> Candidate:
    low, high = share_quote(chain)
    mid = (low + high) / 2
    return Candidate(
        as_of=chain.as_of,
        snapshot=snapshot,
        book=book,
        underlying=chain.underlying,
        structure=StructureKind.LONG_SHARES,
        legs=(Leg(contract=shares_of(chain.underlying), quantity=1),),
        spot=chain.spot,
        expiry=date.max,
        dte=(date.max - new_york_date(chain.as_of)).days,
        bid=-high,
        ask=-low,
        credit=-mid,
        natural=-high,
        premium_yield=0.0,
        pop=None,
        expected_move=None,
        breakevens=(mid,),
        max_loss=haircut * mid,
        max_profit=0.0,
        collateral=mid,
        cash_required=mid,
        shares_required=0,
        multiplier=1,
        iv=None,
        greeks=UnitGreeks(delta=1.0, gamma=0.0, vega=0.0, theta=0.0, rho=0.0),
        spread=(high - low) / mid,
        open_interest=None,
        volume=None,
        feed=chain.feed,
        source=chain.source,
        filters=(),
        quantitative=None,
    )
