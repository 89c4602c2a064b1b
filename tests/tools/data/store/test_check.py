"""Completeness and put-call parity of a stored snapshot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.data.files import samples
from tests.tools.data.store.conftest import bring
from tools.data.store.check import check
from tools.data.store.history import History


def test_every_expiry_is_counted(history: History, tmp_path: Path) -> None:
    rows = samples.clean_rows()
    rows[0] = {**rows[0], "ask": "0", "bid": "0"}  # listed, no usable quote
    rows[1] = {**rows[1], "bid": rows[1]["ask"], "ask": rows[1]["bid"]}
    rows += [{**rows[2], "ask": "99"}, {**rows[3], "expiry": "2024-06-14", "symbol": "AAPL240614P00084000"}]
    bring(history, samples.write_cboe_eod(tmp_path, rows))
    entry = history.entry("AAPL")
    assert entry is not None
    found = check(history, entry)
    assert found.counts == entry.counts
    assert sum(each.counts.rows for each in found.expiries) == len(rows)
    over, first, *later = found.expiries
    assert (over.counts.dropped, over.listed, over.completeness) == ({"expired": 1}, 0, None)
    per_expiry = len(samples.STRIKES) * 2
    assert first.counts.dropped == {"crossed": 1, "duplicated": 1, "zero": 1}
    assert (first.listed, first.usable) == (per_expiry, per_expiry - 2)
    assert first.completeness == pytest.approx(1 - 2 / per_expiry)
    assert [each.completeness for each in later] == [1.0] * 3
    assert found.completeness == pytest.approx(1 - 2 / (4 * per_expiry))


@pytest.mark.parametrize(("ticker", "style"), [("AAPL", "american"), ("SPX", "european")])
def test_a_quote_out_of_parity_is_found(ticker: str, style: str, history: History, tmp_path: Path) -> None:
    market = samples.Market(ticker=ticker, rate=0.04)  # what is assumed where American quotes tell none
    clean = samples.clean_rows(market)
    bring(history, samples.write_cboe_eod(tmp_path, clean, name="clean.csv"))
    entry = history.entry(ticker)
    assert entry is not None
    assert entry.style.value == style
    assert check(history, entry).breaks == 0
    row = clean[3]
    wrong = {**row, "bid": f"{float(row['bid']) + 9:.2f}", "ask": f"{float(row['ask']) + 9:.2f}"}
    bring(history, samples.write_cboe_eod(tmp_path, [*clean[:3], wrong, *clean[4:]], name="wrong.csv"))
    entry = history.entry(ticker)
    assert entry is not None
    found = check(history, entry)
    assert [each.breaks for each in found.expiries] == [1, 0, 0, 0]
    assert found.expiries[0].pairs == len(samples.STRIKES)
