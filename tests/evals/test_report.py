"""The report: one file that loads nothing, says who answered, and cannot be written into by a model."""

from __future__ import annotations

import json
import re

import pytest

from evals.gate import compare
from evals.report.page import page
from evals.results import Run


@pytest.fixture(scope="module")
def html(analysed: Run) -> str:
    return page(analysed, analysed, compare(analysed, analysed))


def embedded(html: str) -> dict[str, list[dict[str, object]]]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    data: dict[str, list[dict[str, object]]] = json.loads(found[1])
    return data


def test_nothing_is_loaded_from_anywhere(html: str) -> None:
    assert not re.search(r'(?:src|href)\s*=\s*["\']?(?:https?:)?//', html)
    assert "default-src 'none'" in html
    assert "@import" not in html


def test_it_says_first_that_no_model_answered(html: str) -> None:
    assert html.index("AUTHORED") < html.index("<table")
    assert "No model produced any of these answers" in html


def test_every_case_is_in_it_with_its_prompt_and_answer(html: str, analysed: Run) -> None:
    cases = embedded(html)["cases"]
    assert [case["id"] for case in cases] == [case.id for case in analysed.cases]
    assert all(case["turns"] and case["old"] for case in cases)


def test_metrics_intervals_and_the_reliability_plot_are_in_it(html: str) -> None:
    assert html.count('class="strip"') >= 8
    assert html.count('class="whisker"') >= 3
    assert "Brier score" in html
    assert "unknown: no model was asked" in html


def test_what_a_model_wrote_stays_data(analysed: Run) -> None:
    first = analysed.cases[0]
    wicked = "</script><img src=x onerror=alert(1)><!--"
    case = first.model_copy(update={"exchanges": (first.exchanges[0].model_copy(update={"answer": wicked}),)})
    html = page(analysed.model_copy(update={"cases": (case,)}), None, None)
    assert wicked not in html
    assert html.count("</script>") == 2
    assert embedded(html)["cases"][0]["turns"][0]["answer"] == wicked  # type: ignore[index]


def test_a_failed_gate_says_why(analysed: Run) -> None:
    worse = analysed.model_copy(update={"blocked": 1})
    assert "something reached for the network 1 times" in page(worse, analysed, compare(worse, analysed))
    assert "eval run --accept" in page(analysed, None, None)
