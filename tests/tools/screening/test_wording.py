"""The sentences people read."""

from typing import Any

import numpy as np
import pytest

from tools.domain.score import FilterState
from tools.screening.criteria import Criterion
from tools.screening.measured import Measured
from tools.screening.wording import sentence

MORE_THAN_3 = {"kind": "above", "threshold": 0.03}
MORE_THAN_14 = {"kind": "above", "threshold": 14}
SECURED = {"kind": "at_least", "threshold": 1.0}


def text(rule: str, value: float | None, *, fact: float | None = None, **body: Any) -> str:
    criterion = Criterion.model_validate({"rule": rule, "margin": False, **body})
    return sentence(
        criterion,
        Measured(np.array([0.0]), unknown="no source", exempt="an index has none"),
        state=FilterState.PASS if value is not None else FilterState.UNKNOWN,
        value=value,
        threshold=criterion.bound if fact is None else fact,
    )


@pytest.mark.parametrize(
    ("rule", "value", "body", "words"),
    [
        ("premium_yield", 0.084, MORE_THAN_3, "premium yield 8.4 % a year (more than 3 %)"),
        ("delta", 0.22, {"kind": "between", "low": 0.15, "high": 0.35}, "delta 0.22 (0.15 to 0.35)"),
        ("delta", 0.2, {"kind": "between", "low": 0.15, "high": 0.35}, "delta 0.20 (0.15 to 0.35)"),
        ("open_interest", 12_640, {"kind": "above", "threshold": 1000}, "open interest 12,640 (more than 1,000)"),
        ("spread", 0.022, {"kind": "at_most", "threshold": 0.05}, "spread 2.2 % (at most 5 %)"),
        ("spread", 0.0500001, {"kind": "at_most", "threshold": 0.05}, "spread 5.00001 % (at most 5 %)"),
        ("spread", 0.05, {"kind": "at_most", "threshold": 0.05}, "spread 5 % (at most 5 %)"),
        ("delta", 0.34999, {"kind": "between", "low": 0.15, "high": 0.35}, "delta 0.34999 (0.15 to 0.35)"),
        ("rating", 15.0, {"kind": "at_least_class", "threshold": "Baa1"}, "rating A- (at least BBB+)"),
        ("earnings_distance", 30.0, MORE_THAN_14, "nearest earnings 30 days from expiry (more than 14)"),
        ("shares_owned", 2.5, {"kind": "at_least", "threshold": 1}, "free shares cover 2.5 contracts (at least 1)"),
        ("cash_secured", -0.001, SECURED, "free cash covers -0.1 % of the strike notional (at least 100 %)"),
        ("volume", None, {"kind": "at_least", "threshold": 10}, "volume today unknown: no source"),
    ],
)  # fmt: skip
def test_a_result_in_words(rule: str, value: float | None, body: dict[str, Any], words: str) -> None:
    assert text(rule, value, **body) == words


def test_a_threshold_from_a_fact_says_whose_it_is() -> None:
    words = text("put_call_ratio", 0.7, fact=0.9, kind="below", threshold_from="sector_put_call_ratio")
    assert words == "put/call ratio 0.70 (less than its sector's 0.90)"
