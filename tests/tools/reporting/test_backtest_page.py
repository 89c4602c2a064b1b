"""The page of a backtest holds everything, tells it as measured, and asks nothing of any network."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markupsafe import escape

from tools.backtest.outcome import Outcome
from tools.reporting.backtest_page import backtest_page
from tools.reporting.wording import money

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Nesting(HTMLParser):
    """Fails where an element is closed that was not opened last."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page(measured: Outcome) -> str:
    return backtest_page(measured, provenance={"market": "a test's", "plan": "abc"})


def test_it_is_one_document_without_anything_from_outside(page: str) -> None:
    nesting = Nesting()
    nesting.feed(page)
    assert nesting.open == []
    assert not {"script", "link", "img", "iframe"} & nesting.seen
    assert not re.search(r"(src|href)\s*=\s*[\"'](?!#)|url\(|@import|https?://", page)


def test_every_trade_stands_there_with_why_it_began_and_ended(page: str, measured: Outcome) -> None:
    assert page.count("<tr><td>2008-") == len(measured.trades)
    for trade in measured.trades:
        assert escape(trade.exit) in page
        assert escape(trade.entry) in page


def test_results_are_stated_as_measured(page: str, measured: Outcome) -> None:
    assert money(float(measured.equity[-1])) in page
    assert all(sentence in page for sentence in map(escape, measured.cannot_tell))
    assert page.count("not met") == sum(each.met is False for each in measured.hopes)
    assert escape(next(each.never for each in measured.books if each.name == "index_put")) in page
    assert "simulated market" in page


def test_the_attribution_of_the_page_sums(page: str, measured: Outcome) -> None:
    total = sum(float(part) for part in measured.attribution.values())
    assert money(total, sign=True) in page.split("Where the profit came from")[1].split("Regimes", maxsplit=1)[0]


def test_what_a_person_named_is_no_markup(measured: Outcome) -> None:
    named = backtest_page(measured, provenance={"market": "<script>alert(1)</script>"})
    assert "<script>" not in named


def test_a_run_without_trades_has_a_page(measured: Outcome) -> None:
    silent = replace(measured, trades=(), benchmark=None, attribution={}, unattributed=0)
    page = backtest_page(silent, provenance={})
    assert "No trade was closed." in page
    assert "benchmark</h2>" not in page
