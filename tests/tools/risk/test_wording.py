"""What people read: what, why, what to do, with units."""

from __future__ import annotations

from tests.tools.risk.cases import UNKNOWN, exposure, results


def test_a_refusal_says_how_many_contracts_fit() -> None:
    held = (exposure(vega_point=-10_000),)
    text = results(held=held, proposal=exposure(vega_point=-15_000), contracts=3)["F5"].text
    assert text == (
        "vega would be -2.5 % of NAV, -$25,000 per volatility point (limit ±2.0 %, $20,000). "
        "Reduce to 2 contracts, or edit risk.vega."
    )


def test_a_refusal_of_a_single_contract_says_what_to_do_instead() -> None:
    text = results(proposal=exposure("SPX", collateral=280_000))["F1"].text
    assert text == (
        "allocation per trade would be 28.0 % of NAV, $280,000 (limit 5.0 %, $50,000). Not even one contract "
        "fits: choose a smaller underlying or a defined-risk structure, or edit risk.allocation."
    )


def test_a_limit_that_size_cannot_mend_says_what_can() -> None:
    names = frozenset(f"U{i}" for i in range(10))
    text = results(open_underlyings=names)["F2"].text
    assert text == (
        "open underlyings would be 11 underlyings (limit 10). Close an underlying first, or edit risk.underlyings."
    )


def test_a_pass_is_one_plain_sentence() -> None:
    assert results(spread=0.02)["F9"].text == "spread would be 2.0 % of mid (limit 5.0 %)."


def test_an_unknown_measure_says_what_is_missing() -> None:
    found = results(proposal=exposure(dollar_delta=UNKNOWN), missing={"dollar_delta": "no quote of XLE"})
    assert found["F3"].text == (
        "net delta cannot be measured (limit ±20.0 %, $200,000): no quote of XLE. "
        "An unknown hard limit refuses; supply what is missing."
    )


def test_an_unknown_measure_never_locks_a_position_in() -> None:
    found = results(held=(exposure(dollar_delta=UNKNOWN),), proposal=exposure(dollar_delta=-1.0), opening=False)
    assert not found["F3"].vetoes
    assert found["F3"].text.endswith("This trade is not held back by it.")


def test_without_a_nav_no_money_is_named() -> None:
    for result in results(nav=UNKNOWN, missing={"nav": "no price of XYZ"}).values():
        assert "nan" not in result.text
        assert "$" not in result.text
    assert results(nav=-5.0)["F3"].text.startswith("net delta cannot be measured (limit ±20.0 %): NAV is -$5.")


def test_small_figures_keep_their_sign_in_money_only() -> None:
    text = results(proposal=exposure(vega_point=-19.2))["F5"].text
    assert text == "vega would be 0.00 % of NAV, -$19 per volatility point (limit ±2.0 %, $20,000)."
