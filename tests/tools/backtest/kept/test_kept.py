"""Kept days are the days that were made, and a run over them is the run that made them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tools.backtest.engine import backtest
from tools.backtest.journal import Journal
from tools.backtest.kept import KeptHistory, history, identity, sifted
from tools.backtest.plan import Plan
from tools.backtest.simulated import SimulatedHistory
from tools.books.load import shipped_book
from tools.data.fingerprint import market_fingerprint
from tools.data.simulated.past import SimulatedPast, invented
from tools.domain.chain import COLUMNS
from tools.domain.errors import InputError
from tools.domain.market import Snapshot
from tools.pricing.sheet import sheets_of
from tools.screening.sieve import sifted_of

FIRST, LAST = date(2008, 9, 10), date(2008, 9, 19)


@pytest.fixture(scope="module")
def made() -> SimulatedHistory:
    return SimulatedHistory(SimulatedPast(seed=5, driver=invented(seed=5), symbols=("SPY", "VIX", "XSP")))


BOOKS = ("cash_secured_put", "index_put", "vix_hedge")


def run(market: KeptHistory | SimulatedHistory, names: Sequence[str] = BOOKS) -> Journal:
    books = tuple(shipped_book(name) for name in names)
    return backtest(market, Plan(books=books, first=FIRST, last=LAST))


def assert_alike(kept: Snapshot, fresh: Snapshot) -> None:
    assert list(kept.chains) == list(fresh.chains)
    for symbol, chain in fresh.chains.items():
        for name in COLUMNS:
            ours, theirs = getattr(kept.chains[symbol], name), getattr(chain, name)
            assert ours.dtype.kind == theirs.dtype.kind, name
            assert np.array_equal(ours, theirs, equal_nan=ours.dtype.kind == "f"), name
    for field in fields(Snapshot):
        if field.name != "chains":
            assert getattr(kept, field.name) == getattr(fresh, field.name), field.name
    assert kept.fingerprint == market_fingerprint(
        as_of=kept.as_of,
        source=kept.source,
        chains=kept.chains,
        facts=kept.facts,
        conditions=kept.conditions,
        adjustments=kept.adjustments,
    )


def test_a_kept_day_is_the_day(made: SimulatedHistory, tmp_path: Path) -> None:
    for _ in KeptHistory(made, tmp_path).looks(FIRST, LAST):
        pass
    kept = list(KeptHistory(_unmade(made), tmp_path).looks(FIRST, LAST))
    fresh = list(made.looks(FIRST, LAST))
    assert len(kept) == len(fresh) == 8
    for ours, theirs in zip(kept, fresh, strict=True):
        assert_alike(ours, theirs)


def test_a_run_over_kept_days_is_the_run_that_made_them(made: SimulatedHistory, tmp_path: Path) -> None:
    plain, first, again = run(made), run(KeptHistory(made, tmp_path)), run(KeptHistory(_unmade(made), tmp_path))
    assert plain.decisions
    assert plain.decisions == first.decisions == again.decisions
    assert repr(plain.days) == repr(first.days) == repr(again.days)
    assert plain.counts == again.counts


def test_greeks_are_read_and_not_made_again(
    made: SimulatedHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(KeptHistory(made, tmp_path))
    priced = [sum(sheet.priced.sum() for c in look.chains.values() for sheet in sheets_of(c).values())
              for look in KeptHistory(made, tmp_path).looks(FIRST, LAST)]  # fmt: skip
    assert max(priced) > 200

    def never(*_: object, **__: object) -> None:
        raise AssertionError("priced again")

    monkeypatch.setattr("tools.pricing.sheet.quote_greeks", never)
    run(KeptHistory(made, tmp_path))


def test_chains_are_not_sifted_again(
    made: SimulatedHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = ("cash_secured_put", "index_put")
    first = run(KeptHistory(made, tmp_path), books)
    looks = KeptHistory(made, tmp_path).looks(FIRST, LAST)
    assert min(len(sifted_of(look.chains[symbol])) for look in looks for symbol in ("SPY", "XSP")) > 0

    def never(*_: object, **__: object) -> None:
        raise AssertionError("sifted again")

    monkeypatch.setattr("tools.screening.sieve._sift", never)
    again = run(KeptHistory(made, tmp_path), books)
    assert first.decisions == again.decisions
    assert first.rejected == again.rejected


def test_other_screening_code_sifts_anew(
    made: SimulatedHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(KeptHistory(made, tmp_path))
    monkeypatch.setattr(sifted, "_code", lambda: "another")
    for look in KeptHistory(made, tmp_path).looks(FIRST, LAST):
        assert not any(sifted_of(chain) for chain in look.chains.values())


def test_a_damaged_file_is_made_again(made: SimulatedHistory, tmp_path: Path) -> None:
    market = KeptHistory(made, tmp_path)
    before = list(market.looks(FIRST, LAST))
    files = sorted(market.folder.glob("*.look.arrow"))
    files[0].write_bytes(files[0].read_bytes()[:5000])
    whole = bytearray(files[1].read_bytes())
    whole[len(whole) // 2] ^= 1
    files[1].write_bytes(whole)
    files[2].write_bytes(b"")
    for ours, theirs in zip(KeptHistory(made, tmp_path).looks(FIRST, LAST), before, strict=True):
        assert_alike(ours, theirs)


def test_other_code_reads_nothing_and_removes_what_nobody_can_read(
    made: SimulatedHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = KeptHistory(made, tmp_path).folder
    monkeypatch.setattr(identity, "code", lambda: "another")
    monkeypatch.setattr(history, "code", lambda: "another")
    new = KeptHistory(made, tmp_path).folder
    assert new != old
    assert new.exists()
    assert not old.exists()


def test_other_markets_have_folders_of_their_own(made: SimulatedHistory, tmp_path: Path) -> None:
    cut = invented(seed=5).until(date(2010, 12, 31))
    other = SimulatedHistory(SimulatedPast(seed=5, driver=cut, symbols=("SPY", "VIX", "XSP")))
    narrow = SimulatedHistory(SimulatedPast(seed=5, driver=invented(seed=5), symbols=("SPY",)))
    folders = {KeptHistory(each, tmp_path).folder for each in (made, other, narrow)}
    assert len(folders) == 3
    assert all(folder.exists() for folder in folders)


def test_a_full_disk_keeps_nothing_and_stops_nothing(
    made: SimulatedHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "SPARE", 1 << 62)
    market = KeptHistory(made, tmp_path)
    assert run(market).days
    assert not list(market.folder.iterdir())


def test_a_folder_that_is_a_file_is_one_sentence(made: SimulatedHistory, tmp_path: Path) -> None:
    (tmp_path / "days").write_text("")
    with pytest.raises(InputError, match="Days cannot be kept in"):
        KeptHistory(made, tmp_path / "days")


def _unmade(made: SimulatedHistory) -> SimulatedHistory:
    """The same market, of which no day can be made any more."""

    class Unmade(SimulatedHistory):
        def look(self, day: date) -> Snapshot:
            raise AssertionError(f"{day} was made again")

        def looks(self, first: date, last: date) -> Iterator[Snapshot]:
            raise AssertionError("made again")

    return Unmade(made._past)
