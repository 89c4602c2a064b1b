"""`thetagate risk`, `stress` and `scenario`, of a book on file and of the account that the demo leaves."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from tests.pipeline.conftest import Verb

SPY = {
    "spot": 600, "vol": 0.16, "daily_vol": 0.0101, "beta": 1.0, "sector": "Index", "dividend_yield": 0.012,
    "style": "american",
}  # fmt: skip
XOM = {"spot": 110, "vol": 0.25, "daily_vol": 0.0157, "beta": 0.8, "sector": "Energy", "dividend_yield": 0.033}
PUT = {
    "symbol": "SPY261218P00560000", "quantity": -5, "price": 4.2, "vol": 0.19, "book": "primary",
    "broker": "simulated",
}  # fmt: skip
BOOK: dict[str, Any] = {
    "as_of": "2026-11-20T16:00:00-05:00",
    "cash": 400_000,
    "rate": 0.04,
    "vix": 18,
    "underlyings": {"SPY": SPY, "XOM": XOM},
    "correlation": {"SPY": {"XOM": 0.5}},
    "positions": [PUT, {"symbol": "SPY", "quantity": 200}],
}


def on_file(tmp_path: Path, **changes: Any) -> Path:
    path = tmp_path / "book.json"
    path.write_text(json.dumps({**deepcopy(BOOK), **changes}))
    return path


def risk(verb: Verb, path: Path, *more: str) -> dict[str, Any]:
    said = verb("risk", "--snapshot", path, "--json", *more)
    assert (said.code, said.err) == (0, "")
    return dict(said.json)


def test_the_contract(verb: Verb, tmp_path: Path) -> None:
    data = risk(verb, on_file(tmp_path))
    assert data["schema"] == "thetagate.risk/1"
    assert data["nav"] == 400_000 - 5 * 100 * 4.2 + 200 * 600
    assert set(data["greeks"]) == {
        "delta_fraction", "gamma_fraction", "vega_fraction", "theta_per_day", "beta_delta_fraction",
    }  # fmt: skip
    assert data["greeks"]["theta_per_day"] > 0 > data["greeks"]["vega_fraction"]
    rules = {each["rule"]: each for each in data["limits"]}
    assert {"F1", "F2", "F3", "F4", "F5", "F10", "F11", "F13", "F15", "F15-overnight"} <= set(rules)
    assert rules["F1"]["value"] == pytest.approx(5 * 56_000 / data["nav"])
    assert (rules["F1"]["state"], rules["F2"]["value"]) == ("fail", 1)
    var = data["var_95_1d"]
    assert var["historical"] is None
    assert "history" in data["unknown"]["var_95_1d.historical"]
    assert var["monte_carlo"] == pytest.approx(var["delta_gamma"], rel=0.12)
    assert var["monte_carlo"] < data["es_1d"]["97.5"] < data["es_1d"]["99"] < data["es_1w"]["99"]
    stresses = {each["name"]: each["loss"] for each in data["stresses"]}
    assert len(stresses) >= 25
    assert stresses["overnight -30 %"] > stresses["2010-05-06"] > 0
    assert sum(each["part"] for each in data["es_parts"]) == pytest.approx(data["es_1d"]["97.5"])


def test_shares_alone_have_the_var_of_their_vol(verb: Verb, tmp_path: Path) -> None:
    data = risk(verb, on_file(tmp_path, positions=[{"symbol": "SPY", "quantity": 200}]), "--paths", "50000")
    assert data["var_95_1d"]["delta_gamma"] == pytest.approx(120_000 * 0.0101 * stats.norm.ppf(0.95), rel=0.01)
    assert data["greeks"]["delta_fraction"] == pytest.approx(120_000 / data["nav"])
    assert data["greeks"]["gamma_fraction"] == data["greeks"]["vega_fraction"] == 0


def test_the_seed_is_the_draw(verb: Verb, tmp_path: Path) -> None:
    path = on_file(tmp_path)
    one, again, other = (
        risk(verb, path, "--seed", seed, "--paths", "2000")["var_95_1d"]["monte_carlo"] for seed in "112"
    )
    assert one == again != other


def test_an_empty_book_has_nothing_to_lose(verb: Verb, tmp_path: Path) -> None:
    data = risk(verb, on_file(tmp_path, positions=[]))
    assert data["nav"] == 400_000
    assert data["var_95_1d"]["monte_carlo"] == data["var_95_1d"]["delta_gamma"] == data["es_1d"]["99"] == 0
    assert {each["loss"] for each in data["stresses"]} == {0}


def test_catalysts_are_told_with_what_they_move(verb: Verb, tmp_path: Path) -> None:
    assert risk(verb, on_file(tmp_path))["catalysts"] == []
    wild = risk(verb, on_file(tmp_path, vix=45), "--paths", "500")
    (catalyst,) = wild["catalysts"]
    assert (catalyst["name"], catalyst["moves"]) == (
        "high_volatility", [{"rule": "F1", "from": 0.05, "to": pytest.approx(0.03)}],
    )  # fmt: skip
    allocation = next(each for each in wild["limits"] if each["rule"] == "F1")
    assert (allocation["limit"], allocation["source"]) == (pytest.approx(0.03), "high_volatility")
    holiday = risk(verb, on_file(tmp_path, as_of="2026-11-24T16:00:00-05:00"), "--paths", "500")
    assert [(each["name"], each["since"]) for each in holiday["catalysts"]] == [("holiday_week", "2026-11-23")]


def without(of: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in of.items() if key not in keys}


@pytest.mark.parametrize(
    ("changes", "unknown", "words"),
    [
        ({"underlyings": {"SPY": without(SPY, "daily_vol"), "XOM": XOM}}, "es_1d", "daily volatility of SPY"),
        ({"underlyings": {"SPY": without(SPY, "beta"), "XOM": XOM}}, "stresses.1987-10-19", "beta of SPY"),
        (
            {"correlation": {}, "positions": [PUT, {"symbol": "XOM", "quantity": 100}]},
            "es_1d",
            "correlation of SPY and XOM",
        ),
        ({"cash": -1_000_000}, "greeks", "net asset value"),
        (
            {"positions": [without(PUT, "price", "vol")], "underlyings": {"SPY": without(SPY, "vol")}},
            "nav",
            "no price",
        ),
    ],
)
def test_what_the_file_cannot_tell_is_null_with_its_reason(
    verb: Verb, tmp_path: Path, changes: dict[str, Any], unknown: str, words: str
) -> None:
    data = risk(verb, on_file(tmp_path, **changes), "--paths", "500")
    assert words in data["unknown"][unknown]
    found: Any = {each["name"]: each["loss"] for each in data["stresses"]} if "." in unknown else data
    value = found[unknown.partition(".")[2] or unknown]
    assert value is None or set(value.values()) & {None}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"positions": [{"symbol": "QQQ", "quantity": 1}]}, "QQQ, which is not among the underlyings"),
        ({"positions": [{**PUT, "symbol": "SPY251219P00560000"}]}, "expired on 2025-12-19"),
        ({"positions": [PUT, PUT]}, "stands twice"),
        ({"positions": [{**PUT, "quantity": 1.5}]}, "positions.0.quantity"),
        ({"correlation": {"SPY": {"XOM": 1.5}}}, "correlation.SPY.XOM"),
        ({"correlation": {"SPY": {"XOM": 0.5}, "XOM": {"SPY": 0.4}}}, "contradicts"),
        ({"underlyings": {"SPY": {**SPY, "spot": 0}, "XOM": XOM}}, "underlyings.SPY.spot"),
        ({"as_of": "2026-11-20T16:00:00"}, "as_of"),
        ({"rate": "high"}, "rate"),
        ({"margin": 3}, "margin"),
    ],
)
def test_bad_input_is_one_sentence(verb: Verb, tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    said = verb("risk", "--snapshot", on_file(tmp_path, **changes), "--json")
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert said.err.count("\n") == 1


def test_no_json_and_no_file_are_told(verb: Verb, tmp_path: Path) -> None:
    torn = tmp_path / "torn.json"
    torn.write_text('{"cash": NaN}')
    assert "NaN is no number" in verb("risk", "--snapshot", torn).err
    assert "cannot be read" in verb("risk", "--snapshot", tmp_path / "none.json").err
    assert "Nothing is held" in verb("risk").err


def test_three_names_whose_correlations_cannot_be_are_repaired(verb: Verb, tmp_path: Path) -> None:
    names = {name: {**SPY, "sector": "Energy"} for name in ("AAA", "BBB", "CCC")}
    data = risk(
        verb,
        on_file(
            tmp_path,
            underlyings=names,
            correlation={"AAA": {"BBB": 0.9, "CCC": -0.9}, "BBB": {"CCC": 0.9}},
            positions=[{"symbol": name, "quantity": 100} for name in names],
        ),
    )
    assert data["var_95_1d"]["delta_gamma"] > 0


def test_the_demo_is_read_by_a_person(verb: Verb) -> None:
    assert verb("demo").code == 0
    said = verb("risk", "--paths", "2000")
    assert said.code == 0
    for words in ("NAV 999,972", "net delta", "VaR 95 %, drawn paths", "ES 97.5 %", "Black Monday", "assumed:"):
        assert words in said.out
    assert "day-at-risk" in said.out
    assert "Black Monday" in verb("stress").out
    assert "index −10 %" in verb("scenario", "--spot", "-10", "--days", "5").out


def test_a_scenario_of_a_book_on_file(verb: Verb, tmp_path: Path) -> None:
    data = verb("scenario", "--spot", "-10", "--vol", "20", "--snapshot", on_file(tmp_path), "--json").json
    assert data["schema"] == "thetagate.scenario/1"
    assert data["gain"] == pytest.approx(sum(each["gain"] for each in data["positions"]))
    assert data["gain"] < -12_000
    still = verb("scenario", "--snapshot", on_file(tmp_path), "--json").json
    assert still["gain"] == 0
    assert "percent" in verb("scenario", "--spot", "-100").err


def test_stresses_of_a_book_on_file(verb: Verb, tmp_path: Path) -> None:
    data = verb("stress", "--snapshot", on_file(tmp_path), "--json").json
    monday = next(each for each in data["stresses"] if each["name"] == "1987-10-19")
    assert monday["loss"] == pytest.approx(sum(each["loss"] for each in monday["positions"]))
    assert monday["share"] == pytest.approx(monday["loss"] / data["nav"])


def test_the_book_of_the_docs_is_read(verb: Verb, tmp_path: Path) -> None:
    docs = (Path(__file__).parents[2] / "docs" / "risk.md").read_text(encoding="utf-8")
    path = tmp_path / "docs.json"
    path.write_text(docs.split("```json\n")[1].split("```")[0])
    assert risk(verb, path)["unknown"].keys() == {"var_95_1d.historical", "stresses.liquidity drought"}
    assert docs.count("18 days and months") == 1
    dated = [each["name"] for each in risk(verb, path)["stresses"] if each["name"][:2] in {"19", "20"}]
    assert len(dated) == 18
