"""A fingerprint follows the content of a snapshot, not the order in which it was put together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from tests.tools.data.simulated.samples import day
from tools.data.fingerprint import market_fingerprint
from tools.domain.chain import COLUMNS, Chain
from tools.domain.fact import Fact

SYMBOL = "DUK"


def fingerprint(chain: Chain, **changed: object) -> str:
    snapshot = day()
    parts = {
        "as_of": snapshot.as_of,
        "source": snapshot.source,
        "chains": {SYMBOL: chain, "XOM": snapshot.chains["XOM"]},
        "facts": {SYMBOL: snapshot.facts[SYMBOL]},
        "conditions": snapshot.conditions,
    }
    return market_fingerprint(**{**parts, **changed})


def test_order_and_text_width_do_not_matter() -> None:
    chain = day().chains[SYMBOL]
    wide = replace(chain, root=chain.root.astype("<U12"))
    turned = {"XOM": day().chains["XOM"], SYMBOL: wide}
    assert fingerprint(chain) == fingerprint(wide) == fingerprint(wide, chains=turned)


@pytest.mark.parametrize("column", [name for name in COLUMNS if name != "root"])
def test_every_column_matters(column: str) -> None:
    chain = day().chains[SYMBOL]
    values = getattr(chain, column).copy()
    row = np.flatnonzero(chain.volume > 0)[0]
    values[row] = ~values[row] if column == "filled" else values[row] + 1
    assert fingerprint(replace(chain, **{column: values})) != fingerprint(chain)


def test_scalars_facts_and_conditions_matter() -> None:
    chain, snapshot = day().chains[SYMBOL], day()
    facts, conditions = snapshot.facts[SYMBOL], snapshot.conditions
    unrated = facts.model_copy(update={"rating": Fact[str].unknown("withdrawn")})
    calm = conditions.model_copy(update={"vix": Fact[float].known(9.0, source="embedded")})
    others = {
        fingerprint(replace(chain, root=np.full(len(chain), "DUK1"))),
        fingerprint(replace(chain, spot=chain.spot + 0.01)),
        fingerprint(replace(chain, dividends=chain.dividends[1:])),
        fingerprint(chain, as_of=snapshot.as_of + timedelta(seconds=1)),
        fingerprint(chain, facts={SYMBOL: unrated}),
        fingerprint(chain, conditions=calm),
        fingerprint(chain, chains={SYMBOL: chain}),
    }
    assert len(others) == 7
    assert fingerprint(chain) not in others
