"""Whatever is wrong with rows of a file: each has one fate, no bad one passes, the good ones all do."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.data.files import samples
from tests.tools.data.files.samples import AS_OF, Row
from tools.data.files.reading import read_chain
from tools.data.quality import Fate
from tools.domain.chain import Chain
from tools.domain.contract import Right, occ_symbol
from tools.domain.errors import ChainError
from tools.domain.market import Snapshot
from tools.pricing.rates import FEWEST_STRIKES

FORMATS: dict[str, samples.Writer] = {
    "cboe-eod": samples.write_cboe_eod,
    "cboe-quotetable": samples.write_quote_table,
    "yfinance": samples.write_yfinance,
    "lean-universe": samples.write_lean,
    "lean-options": samples.write_lean_options,
    "column-map": samples.write_column_map,
}
SLOW = settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

Defect = Callable[[Row], Row]


def _set(**fields: str) -> Defect:
    return lambda row: {**row, **fields}


def _contract(row: Row, *, strike: str | None = None, expiry: str | None = None, root: str | None = None) -> Row:
    """The row as another contract, its symbol and fields in agreement."""
    changed = {**row, "strike": strike or row["strike"], "expiry": expiry or row["expiry"]}
    year, month, day = changed["expiry"].split("-")
    symbol = (root or row["symbol"][:-15]) + year[2:] + month + day + row["symbol"][-9]
    return {**changed, "symbol": symbol + f"{round(float(changed['strike']) * 1000):08d}"}


# What is done to a row, and the fate it must meet.
DEFECTS: dict[str, tuple[Defect, Fate]] = {
    "crossed": (lambda row: {**row, "bid": row["ask"], "ask": row["bid"]}, Fate.CROSSED),
    "no offer": (_set(ask="0"), Fate.ZERO),
    "no quote": (_set(bid="0", ask="0.00", last="0"), Fate.ZERO),
    "negative bid": (_set(bid="-1", last="-1"), Fate.NEGATIVE),
    "negative both": (_set(bid="-2", ask="-1", last="-1"), Fate.NEGATIVE),
    "nan": (_set(ask="NaN", last="NaN"), Fate.NAN),
    "blank": (_set(bid="", last=""), Fate.NAN),
    "infinite": (_set(ask="inf", last="inf"), Fate.NAN),
    "overflow": (_set(ask="1e999", last="1e999"), Fate.NAN),
    "huge": (_set(ask="3e11", last="3e11"), Fate.HUGE),
    "words": (_set(bid="n.v.", last="n.v."), Fate.UNPARSEABLE),
    "word strike": (_set(strike="abc"), Fate.UNPARSEABLE),
    "zero strike": (_set(strike="0"), Fate.STRIKE),
    "negative strike": (_set(strike="-100"), Fate.STRIKE),
    "huge strike": (_set(strike="100000000"), Fate.STRIKE),
    "expired": (lambda row: _contract(row, expiry="2024-05-17"), Fate.EXPIRED),
    "expires now": (lambda row: _contract(row, expiry="2024-06-14"), Fate.EXPIRED),
    "no such day": (_set(expiry="2024-02-31"), Fate.UNPARSEABLE),
    "garbled day": (_set(expiry="next month"), Fate.UNPARSEABLE),
    "no right": (_set(right="both"), Fate.UNPARSEABLE),
    "yesterday": (_set(quoted="2024-06-13"), Fate.OTHER_DATE),
    "stale": (_set(quoted="2024-06-12"), Fate.STALE),
    "years old": (_set(quoted="2019-06-13"), Fate.STALE),
    "weekend": (_set(quoted="2024-06-08"), Fate.STALE),
    "tomorrow": (_set(quoted="2024-06-17"), Fate.AFTER_AS_OF),
    "garbled quote day": (_set(quoted="yesterday"), Fate.UNPARSEABLE),
    "adjusted": (lambda row: {**_contract(row, root="AAPL1"), "underlying": "AAPL1"}, Fate.ADJUSTED),
    "other symbol": (lambda row: {**row, "symbol": _contract(row, strike="101")["symbol"]}, Fate.CONTRADICTORY),
    "garbled symbol": (_set(symbol="AAPL-2024-07"), Fate.UNPARSEABLE),
    "foreign root": (lambda row: _contract(row, root="MSFT"), Fate.CONTRADICTORY),
    "mixed": (lambda row: _contract(row, root="MSFT"), Fate.MIXED),
    "too many fields": (_set(line="1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16"), Fate.UNPARSEABLE),
    "too few fields": (_set(line="2024-06-14,AAPL"), Fate.UNPARSEABLE),
    "open quotation": (_set(line='"AAPL,100,3'), Fate.UNPARSEABLE),
}
_SYMBOLS = {"adjusted", "other symbol", "garbled symbol", "foreign root", "mixed"}
_DATED = {"yesterday", "stale", "years old", "weekend", "tomorrow", "garbled quote day"}
_LINES = {"too many fields", "too few fields", "open quotation"}
# What a layout cannot express: no symbol, no quote date per row, one line for two rows, no bid and ask, no sign
# of a strike.
SILENT: dict[str, set[str]] = {
    "cboe-eod": {"mixed"},
    "cboe-quotetable": _DATED | _LINES | {"no right", "foreign root", "zero strike", "negative strike"}
    | {"huge strike", "word strike", "expired", "expires now", "no such day", "garbled day", "other symbol"},
    "yfinance": _SYMBOLS - {"adjusted"},
    "lean-universe": _SYMBOLS | _DATED | {"crossed", "no offer"},
    "lean-options": _SYMBOLS | {"negative strike"},
    "column-map": _SYMBOLS - {"adjusted"},
}  # fmt: skip


def _read(format_name: str, folder: Path, rows: list[Row], *, dated: bool = True) -> Snapshot:
    path = FORMATS[format_name](folder, rows)
    column_map = folder / "map.toml" if format_name == "column-map" else None
    return read_chain(path, format=format_name, as_of=AS_OF if dated else None, column_map=column_map)


def _check(snapshot: Snapshot, written: int) -> None:
    """The laws every snapshot obeys."""
    counts = snapshot.counts
    assert counts.rows == written == counts.used + sum(counts.dropped.values())
    assert all(rows > 0 for rows in counts.dropped.values())
    assert counts.used == sum(len(chain) for chain in snapshot.chains.values()) > 0
    for chain in snapshot.chains.values():
        _check_chain(chain)


def _check_chain(chain: Chain) -> None:
    quoted = chain.feed != "lean-universe"
    prices = (chain.bid, chain.ask) if quoted else (chain.last, chain.last)
    assert np.isfinite(prices).all()
    assert (prices[0] >= 0).all()
    assert (prices[1] > 0).all()
    assert (prices[0] <= prices[1]).all()
    assert (chain.strike > 0).all()
    assert (chain.dte > 0).all()
    assert np.isfinite(chain.spot)
    assert chain.spot > 0
    assert set(np.unique(chain.right)) <= {-1, 1}
    assert not any(root[-1].isdigit() for root in chain.root)
    contracts = {chain.contract(row).occ for row in range(len(chain))}
    assert len(contracts) == len(chain)


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_clean_file_is_used_whole(format_name: str, tmp_path: Path) -> None:
    rows = samples.clean_rows()
    snapshot = _read(format_name, tmp_path, rows)
    _check(snapshot, len(rows))
    assert snapshot.counts.dropped == {}
    assert list(snapshot.chains) == ["AAPL"]
    chain = snapshot.chains["AAPL"]
    if format_name == "lean-universe":
        assert np.isnan(chain.bid).all()
        assert np.isnan(chain.mid).all()
    else:
        assert samples.quotes_of(chain) == samples.expected_quotes(rows)
    assert chain.spot == pytest.approx(100, rel=2e-3)


@pytest.mark.parametrize(
    ("format_name", "name"),
    [(format_name, name) for format_name in FORMATS for name in DEFECTS if name not in SILENT[format_name]],
)
def test_each_defect_meets_its_fate(format_name: str, name: str, tmp_path: Path) -> None:
    defect, fate = DEFECTS[name]
    rows = samples.clean_rows()
    rows[7] = defect(rows[7])
    snapshot = _read(format_name, tmp_path, rows)
    _check(snapshot, len(rows))
    assert snapshot.counts.dropped == {fate.value: 1}


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("dated", [True, False])
@SLOW
@given(seed=st.integers(0, 10**9), share=st.floats(0.01, 0.4))
def test_random_defects(format_name: str, dated: bool, seed: int, share: float, tmp_path: Path) -> None:
    check_random_defects(format_name, dated, seed, share, tmp_path)


def tells_price(format_name: str, good: list[Row]) -> bool:
    """Whether the file says what the underlying costs: Lean's options by parity, at three strikes of an expiry."""
    if format_name != "lean-options":
        return True
    quoted = {(row["expiry"], float(row["strike"]), row["symbol"][-9]) for row in good if float(row["bid"]) > 0}
    pairs = Counter(expiry for expiry, strike, right in quoted if right == "C" and (expiry, strike, "P") in quoted)
    return max(pairs.values(), default=0) >= FEWEST_STRIKES


def check_random_defects(format_name: str, dated: bool, seed: int, share: float, tmp_path: Path) -> None:
    """Rows with random defects among good ones: every row one fate, every good one used."""
    dice = random.Random(seed)
    names = [name for name in DEFECTS if name not in SILENT[format_name]]
    rows, good = [], []
    pairs = samples.clean_rows()
    for row in pairs:
        if dice.random() < share:
            rows.append(DEFECTS[dice.choice(names)][0](row))
        else:
            rows.append(row)
            good.append(row)
    if format_name != "cboe-quotetable":
        copies = dice.sample(good, 3)
        rows += [{**copy, "ask": copy["ask"] + "9"} for copy in copies]
    if not tells_price(format_name, good):
        with pytest.raises(ChainError, match=f"{len(good)} no_spot"):
            _read(format_name, tmp_path, rows, dated=dated)
        return
    snapshot = _read(format_name, tmp_path, rows, dated=dated)
    _check(snapshot, len(rows))
    if format_name != "cboe-quotetable":
        assert snapshot.counts.dropped[Fate.DUPLICATED] == 3
    if format_name != "lean-universe":
        assert samples.quotes_of(snapshot.chains["AAPL"]) == samples.expected_quotes(good)
    assert snapshot.counts.used == len(good)


@pytest.mark.parametrize("format_name", FORMATS)
@SLOW
@given(seed=st.integers(0, 10**9), slips=st.integers(1, 60))
def test_random_bytes(format_name: str, seed: int, slips: int, tmp_path: Path) -> None:
    """A file damaged anywhere gives a lawful snapshot or one sentence."""
    check_random_bytes(format_name, seed, slips, tmp_path)


@pytest.mark.fuzz
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("format_name", FORMATS)
def test_many_malformed_chains(format_name: str, tmp_path: Path) -> None:
    """The two checks above, a thousand times each per format."""
    dice = random.Random(20261120)
    for _ in range(1000):
        seed = dice.randrange(10**9)
        check_random_defects(format_name, dice.random() < 0.5, seed, dice.uniform(0.01, 0.4), tmp_path)
        check_random_bytes(format_name, seed, dice.randrange(1, 60), tmp_path)


def check_random_bytes(format_name: str, seed: int, slips: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    path = FORMATS[format_name](tmp_path, samples.clean_rows())
    data = bytearray(path.read_bytes())
    for _ in range(slips):
        place = dice.randrange(len(data))
        data[place : place + dice.randrange(3)] = dice.choice([b"", b",", b'"', b"\n", b"-", b"9", b"\xff", b"x"])
    path.write_bytes(bytes(data))
    column_map = tmp_path / "map.toml" if format_name == "column-map" else None
    snapshot = _snapshot_or_sentence(path, format_name, column_map)
    if snapshot is not None:
        _check(snapshot, snapshot.counts.rows)


def _snapshot_or_sentence(path: Path, format_name: str, column_map: Path | None) -> Snapshot | None:
    try:
        return read_chain(path, format=format_name, as_of=AS_OF, column_map=column_map)
    except ChainError as refusal:
        sentence = str(refusal)
    assert "\n" not in sentence
    assert sentence.endswith((".", "?"))
    return None


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_file_of_nothing_but_defects_is_refused_with_counts(format_name: str, tmp_path: Path) -> None:
    rows = [{**row, "bid": "0", "ask": "0", "last": "0"} for row in samples.clean_rows()]
    with pytest.raises(ChainError, match=rf"none of its {len(rows)} rows can be used .*\({len(rows)} zero\)\.$"):
        _read(format_name, tmp_path, rows)


def test_a_wrong_symbol_is_told_from_a_right_one() -> None:
    """The generator's own symbols agree with the house's."""
    row = samples.clean_rows()[0]
    assert _contract(row)["symbol"] == row["symbol"]
    assert row["symbol"] == occ_symbol("AAPL", samples.EXPIRIES[0], Right.CALL, 80)
