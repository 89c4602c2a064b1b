"""The JSON contracts, key by key, on the embedded day."""

from __future__ import annotations

from typing import Any

from tests.pipeline.conftest import Verb

NUMBER = (int, float)
OUTCOMES = {"approved", "waiting", "refused", "expired", "rejected"}


def test_run(verb: Verb) -> None:
    data = verb("run", "--json").json
    assert data["schema"] == "thetagate.run/1"
    assert data["mode"] == "simulated"
    assert data["as_of"] == "2026-11-20T15:45:00-05:00"
    assert data["decisions"]
    for decision in data["decisions"]:
        check_decision(decision)
    assert {type(d["order"]) for d in data["decisions"]} == {dict, type(None)}


def check_decision(decision: dict[str, Any]) -> None:
    for key in ("id", "underlying", "structure", "outcome"):
        assert isinstance(decision[key], str)
    for leg in decision["legs"]:
        assert set(leg) == {"occ", "right", "strike", "expiry", "quantity"}
        assert leg["right"] in {"call", "put"}
        assert isinstance(leg["quantity"], int)
    for key in ("credit", "max_loss", "collateral"):
        assert isinstance(decision[key], NUMBER)
    assert decision["pop"] is None or 0 <= decision["pop"] <= 1
    assert set(decision["scores"]) == {"quantitative", "model", "fit", "total"}
    assert all(part is None or 0 <= part <= 10 for part in decision["scores"].values())
    assert decision["outcome"] in OUTCOMES
    for reason in decision["reasons"]:
        assert set(reason) == {"rule", "value", "limit", "text"}
        assert reason["text"]
    order = decision["order"]
    if decision["outcome"] == "approved":
        assert order["client_order_id"]
        assert order["status"]
        assert {"limit_price", "filled_price"} <= set(order)
    else:
        assert order is None


def test_scores_are_blended_unrounded(verb: Verb) -> None:
    for decision in verb("run", "--json").json["decisions"]:
        parts = decision["scores"]
        if parts["total"] is None:
            continue
        blended = 0.7 * parts["quantitative"] + 0.2 * parts["model"] + 0.1 * parts["fit"]
        assert abs(parts["total"] - blended) < 1e-12


def test_slippage_stays_within_two_percent_of_the_premium(verb: Verb) -> None:
    filled = [d for d in verb("run", "--json").json["decisions"] if d["order"] and d["order"]["filled_price"]]
    assert filled
    for decision in filled:
        assert decision["order"]["filled_price"] >= decision["credit"] * 0.98 - 1e-9


def test_approvals(verb: Verb) -> None:
    before = verb("approvals", "--json").json
    assert (before["schema"], before["approvals"]) == ("thetagate.approvals/1", [])
    verb("run")
    data = verb("approvals", "--json").json
    assert data["approvals"]
    for each in data["approvals"]:
        check_decision({key: each[key] for key in each if key != "label"})
        assert each["outcome"] == "waiting"
        assert each["deadline"]


def test_screen(verb: Verb) -> None:
    data = verb("screen", "--json").json
    assert data["schema"] == "thetagate.screen/1"
    source = data["source"]
    assert source["rows"] == source["used"] + sum(source["dropped"].values())
    assert {each["symbol"] for each in data["underlyings"]} >= {"SPY", "QQQ", "IWM", "DIA", "XLE", "XLK"}
    assert all(isinstance(each["spot"], float) for each in data["underlyings"])
    assert data["candidates"]
    assert all(count > 0 for count in data["rejected"].values())
    for candidate in data["candidates"]:
        for key in (
            "credit",
            "premium_yield",
            "pop",
            "expected_move",
            "breakevens",
            "max_loss",
            "collateral",
            "greeks",
        ):
            assert candidate[key] is not None
        for result in candidate["filters"]:
            assert result["state"] in {"pass", "fail", "unknown", "not_applicable"}
            assert not (result["required"] and result["state"] == "fail")


def test_screen_of_one_underlying(verb: Verb) -> None:
    data = verb("screen", "iwm", "--json").json
    assert [each["symbol"] for each in data["underlyings"]] == ["IWM"]
    unknown = verb("screen", "NOPE")
    assert unknown.code == 2
    assert "NOPE" in unknown.err


def test_why_holds_the_whole_record(verb: Verb) -> None:
    decisions = verb("run", "--json").json["decisions"]
    ordered = next(d for d in decisions if d["order"])
    record = verb("why", ordered["id"], "--json").json
    for part in (
        "candidate",
        "facts",
        "analysis",
        "fit",
        "score",
        "gate",
        "approval",
        "intent",
        "order",
        "fills",
        "parts",
    ):
        assert record[part], part
    assert record["content_hash"]
    assert record["client_order_id"] == ordered["order"]["client_order_id"]
    assert record["analysis"]["prompt_fingerprint"]
    assert [part["kind"] for part in record["parts"]][:2] == ["candidate", "facts"]


def test_positions(verb: Verb) -> None:
    assert verb("positions", "--json").json["positions"] == []
    verb("run")
    data = verb("positions", "--json").json
    shorts = [held for held in data["positions"] if held["quantity"] < 0]
    assert shorts
    assert all(held["dollar_delta"] is not None and held["price"] is not None for held in shorts)
