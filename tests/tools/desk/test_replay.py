"""A past decision made again from its record: identical, or the very fields that differ."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from tests.tools.review.decided import decided, one
from tools.desk.kept import inputs_of, weighed_of
from tools.desk.replay import Replayed, differ, replay
from tools.domain.account import Account, Exposure
from tools.domain.chain import COLUMNS
from tools.domain.chain_slice import ChainSlice
from tools.domain.decision import DecisionRecord, Gate, Outcome, Reason
from tools.domain.halt import RULE
from tools.domain.value import canonical
from tools.portfolio.kept import keep, recall
from tools.portfolio.positions import Positions

RECORDS = decided()


def stored(record: DecisionRecord, **changes: Any) -> DecisionRecord:
    """The record as a ledger gives it back: through canonical JSON, keys sorted."""
    facts, weighed = (json.loads(canonical(each)) for each in (record.facts, record.weighed))
    return record.model_copy(update={"facts": facts, "weighed": weighed} | changes)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.candidate.label)
def test_every_structure_is_made_again_to_the_last_digit(record: DecisionRecord) -> None:
    made = replay(stored(record))
    assert made.differences == ()
    assert made.identical
    assert made.checked == ("candidate", "fit", "score", "gate")


def paths(made: Replayed) -> set[str]:
    return {each.path for each in made.differences}


def test_another_quote_is_found_in_everything_that_rests_on_it() -> None:
    record = stored(one())
    record.facts["inputs"]["chain"]["rows"][0]["bid"] += 0.01
    made = replay(record)
    assert not made.identical
    assert {"candidate.bid", "candidate.credit", "candidate.filters.premium_yield.value"} <= paths(made)
    bid = next(each for each in made.differences if each.path == "candidate.bid")
    assert bid.now == pytest.approx(bid.then + 0.01)


def test_another_score_in_the_record_is_the_one_field_that_differs() -> None:
    record = stored(one())
    parts = tuple(
        part.model_copy(update={"body": part.body | {"total": 1.0}}) if part.kind == "score" else part
        for part in record.parts
    )
    assert paths(replay(record.model_copy(update={"parts": parts}))) == {"score.total"}


def test_another_limit_of_the_house_changes_the_fit_and_names_the_limit() -> None:
    record = stored(one())
    assert record.weighed is not None
    house = json.loads(record.weighed["house"])
    house["profile"]["net_delta"] = 0.5
    record.weighed["house"] = json.dumps(house)
    found = paths(replay(record))
    assert "fit.limits.F3.limit" in found
    assert not any(path.startswith("candidate") for path in found)


def test_another_bound_of_the_book_is_found_in_its_filter() -> None:
    record = stored(one())
    book = json.loads(record.facts["inputs"]["book"])
    book["entry"]["delta"]["target"] = 0.20
    record.facts["inputs"]["book"] = json.dumps(book)
    found = paths(replay(record))
    assert {"candidate.filters.delta.margin", "candidate.quantitative", "score.total"} <= found


def test_a_trade_that_is_proposed_no_more_is_said_to_be() -> None:
    record = stored(one())
    book = json.loads(record.facts["inputs"]["book"])
    book["entry"]["open_interest"]["threshold"] = 500_000
    book["entry"]["open_interest"]["ideal"] = 1_000_000
    record.facts["inputs"]["book"] = json.dumps(book)
    made = replay(record)
    assert [each.path for each in made.differences] == ["candidate"]
    assert set(made.unchecked) == {"fit", "score", "gate"}


def test_a_record_of_before_is_readable_and_never_identical() -> None:
    record = one()
    old = record.model_copy(
        update={"facts": {k: v for k, v in record.facts.items() if k != "inputs"}, "weighed": None}
    )
    made = replay(old)
    assert (inputs_of(old), weighed_of(old)) == (None, None)
    assert made.checked == ()
    assert set(made.unchecked) == {"candidate", "fit", "score", "gate"}
    assert not made.identical


def test_inputs_that_this_version_cannot_read_are_a_reason_and_no_crash() -> None:
    record = stored(one())
    record.facts["inputs"]["book"] = '{"name": "x"}'
    made = replay(record)
    assert not made.identical
    assert "cannot be read by this version" in made.unchecked["candidate"]


def test_what_a_person_stopped_is_not_the_scores_to_make_again() -> None:
    record = stored(one())
    stopped = Gate(outcome=Outcome.REFUSED, reasons=(Reason(rule=RULE, text="stopped by anna"),))
    parts = tuple(
        part.model_copy(update={"body": stopped.model_dump(mode="json")}) if part.kind == "gate" else part
        for part in record.parts
    )
    made = replay(record.model_copy(update={"parts": parts}))
    assert made.differences == ()
    assert "stopped by anna" in made.unchecked["gate"]


def test_differences_are_named_by_rule_and_by_place() -> None:
    then = {"filters": [{"rule": "a", "value": 1}, {"rule": "b", "value": 2}], "levels": [1.0, 2.0], "same": None}
    now = {"filters": [{"rule": "b", "value": 3}, {"rule": "a", "value": 1}], "levels": [1.0], "same": None}
    found = {each.path: (each.then, each.now) for each in differ(then, now)}
    assert found == {"filters.b.value": (2, 3), "levels.1": (2.0, None)}
    moved = list(differ([{"rule": "a"}, {"rule": "b"}], [{"rule": "b"}, {"rule": "a"}], "rules"))
    assert [each.path for each in moved] == ["rules (order)"]


def test_a_slice_of_a_chain_comes_back_with_what_is_unknown() -> None:
    inputs = inputs_of(stored(one()))
    assert inputs is not None
    whole = inputs.chain.chain
    part = ChainSlice.of(whole, np.arange(len(whole)))
    holes = part.model_copy(update={"rows": (part.rows[0].model_copy(update={"bid": None, "volume": None}),)})
    again = ChainSlice.model_validate_json(holes.model_dump_json()).chain
    assert math.isnan(again.bid[0])
    assert math.isnan(again.volume[0])
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(part.chain, name), getattr(whole, name))


def test_an_account_with_unknown_amounts_comes_back_as_it_was() -> None:
    exposure = Exposure(
        underlying="SPY", dollar_delta=math.nan, gamma_1pct=1.0, vega_point=2.0, theta_day=3.0, collateral=4.0,
        max_loss=5.0, notional=6.0, sectors={"Energy": 0.1}, broker="simulated", overnight_loss=math.nan,
        rise_loss=7.0, book="primary",
    )  # fmt: skip
    positions = Positions(
        nav=math.nan, exposures=(exposure,), locked_cash=1.5, free_shares={"SPY": 100}, optioned=frozenset({"SPY"}),
        missing={"nav": "no price"}, shares={("primary", "SPY"): 100}, called={("primary", "SPY"): 100},
        open_of=frozenset({"primary"}),
    )  # fmt: skip
    account = Account(cash=12.34, positions=(), haircuts=(("reserve", 0.1),), liquid=frozenset({"reserve"}))
    again, held = recall(json.loads(canonical(keep(account, positions))))
    assert again == account
    assert math.isnan(held.nav)
    assert math.isnan(held.exposures[0].dollar_delta)
    assert held.exposures[0].sectors == {"Energy": 0.1}
    assert (held.shares, held.called, held.open_of) == (positions.shares, positions.called, positions.open_of)
