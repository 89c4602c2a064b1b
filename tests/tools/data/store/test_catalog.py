"""The catalog on every database it runs on: what is put in comes out, and a migration makes the tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from tests.tools.data.files import samples
from tests.tools.data.files.samples import AS_OF
from tests.tools.data.store.conftest import bring
from tests.tools.data.store.test_history import days_of
from tools.data.store.catalog import Catalog
from tools.data.store.database import SCHEMA
from tools.data.store.entries import Entry, Import, Series
from tools.data.store.history import History
from tools.data.store.tables import metadata
from tools.domain.chain import Dividend, SourceCounts
from tools.domain.contract import ExerciseStyle
from tools.domain.errors import DataError

DONE = Import(
    id="one",
    kind="quotes",
    source="file.csv",
    format="cboe-eod",
    sha256="00",
    imported_at=datetime(2024, 7, 1, 9, 30, tzinfo=UTC),
    counts=SourceCounts(3, 2, {"crossed": 1}),
    notes=("a note",),
    unplaced="unplaced/one.parquet",
)
ENTRY = Entry(
    underlying="AAPL",
    as_of=AS_OF.astimezone(UTC),
    feed="cboe-eod",
    source="file.csv",
    day=AS_OF.date(),
    import_id="one",
    content="c",
    part="quotes/one.parquet",
    first_row=7,
    counts=SourceCounts(3, 2, {"crossed": 1}),
    style=ExerciseStyle.AMERICAN,
    multiplier=100,
    quoted=True,
    spot=0.1 + 0.2,
    rate=0.04,
    dividend_yield=0.0,
    dividends=(Dividend(date(2024, 8, 9), 0.25),),
    simulated=True,
    notes=("another",),
)
DAILY = Series("bars", "SPY", "bars/spy.parquet", "one", 5, date(2024, 1, 2), date(2024, 1, 9), 1)


@pytest.fixture
def catalog(database_url: str) -> Iterator[Catalog]:
    opened = Catalog.open(database_url)
    yield opened
    opened.close()


def test_what_is_put_in_comes_out(catalog: Catalog) -> None:
    catalog.add(DONE, entries=[ENTRY], daily=[DAILY])
    assert catalog.import_of("one") == DONE
    assert catalog.import_of("two") is None
    assert catalog.entries("AAPL") == [ENTRY]
    assert catalog.entry("AAPL", AS_OF, "cboe-eod") == ENTRY
    assert catalog.underlyings() == ["AAPL"]
    assert catalog.series("bars", "SPY") == DAILY == catalog.all_series()[0]
    assert catalog.named_parts() == {"quotes/one.parquet", "bars/spy.parquet", "unplaced/one.parquet"}


def test_the_latest_snapshot_is_never_a_later_one(catalog: Catalog) -> None:
    hours = [replace(ENTRY, as_of=ENTRY.as_of + timedelta(hours=hour)) for hour in range(3)]
    unusable = replace(ENTRY, as_of=ENTRY.as_of + timedelta(hours=3), counts=SourceCounts(3, 0, {"zero": 3}))
    fuller = replace(hours[2], feed="opra", counts=SourceCounts(9, 9))
    catalog.add(DONE, entries=[*hours, unusable, fuller])
    assert catalog.latest("AAPL", ENTRY.as_of - timedelta(microseconds=1)) is None
    assert catalog.latest("AAPL", ENTRY.as_of) == hours[0]
    assert catalog.latest("AAPL", hours[1].as_of + timedelta(minutes=59)) == hours[1]
    assert catalog.latest("AAPL", None) == fuller
    assert catalog.latest("AAPL", None, feed="cboe-eod") == hours[2]


def test_a_snapshot_is_replaced_by_its_key(catalog: Catalog) -> None:
    catalog.add(DONE, entries=[ENTRY])
    newer = replace(ENTRY, part="quotes/two.parquet", spot=101.0, dividends=None, simulated=False)
    catalog.add(replace(DONE, id="two"), entries=[newer])
    assert catalog.entries("AAPL") == [newer]
    other = replace(ENTRY, feed="opra")
    assert catalog.held([other, ENTRY]) == [None, newer]
    catalog.regroup([replace(newer, by_contract=True)], expiries={("AAPL", date(2024, 7, 19)): ("contracts/a", 4)})
    assert catalog.contract_part("AAPL", date(2024, 7, 19)) == "contracts/a"
    assert catalog.contract_part("AAPL", date(2024, 7, 20)) is None
    assert catalog.contract_expiries("AAPL") == [date(2024, 7, 19)]
    assert catalog.entries("AAPL", by_contract=False) == []


def test_an_import_is_visible_whole_or_not_at_all(catalog: Catalog) -> None:
    broken = replace(DAILY, name=None)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="could not be used"):
        catalog.add(DONE, entries=[ENTRY], daily=[broken])
    assert catalog.imports() == []
    assert catalog.entries("AAPL") == []


def test_migrations_make_exactly_the_tables(database_url: str) -> None:
    Catalog.open(database_url).close()
    engine = create_engine(database_url)
    schema = SCHEMA if engine.dialect.name == "postgresql" else None
    found = inspect(engine)
    tables = set(found.get_table_names(schema=schema)) - {"alembic_version"}
    assert tables == set(metadata.tables)
    for name, table in metadata.tables.items():
        columns = {each["name"]: each["nullable"] for each in found.get_columns(name, schema=schema)}
        assert columns == {column.name: column.nullable for column in table.columns}
        key = found.get_pk_constraint(name, schema=schema)["constrained_columns"]
        assert set(key) == {column.name for column in table.primary_key}
    engine.dispose()


def test_a_whole_history_stands_on_it(database_url: str, folder: Path, tmp_path: Path) -> None:
    with History.open(folder, catalog_url=database_url) as history:
        path = samples.write_cboe_eod(tmp_path, days_of(["2024-06-13", "2024-06-14"]))
        bring(history, path)
        assert bring(history, path).repeated
        with history.writing():
            history.compact()
    with History.open(folder, catalog_url=database_url) as again:
        chain = again.chain("AAPL", AS_OF)
        assert chain is not None
        assert again.contract(chain.contract(0)).height == 2


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.sqlite'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (x INTEGER)"))
    engine.dispose()
    with pytest.raises(DataError, match="another program's tables"):
        Catalog.open(url)
    (tmp_path / "junk.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(DataError, match="not a database"):
        Catalog.open(f"sqlite:///{tmp_path / 'junk.sqlite'}")
    with pytest.raises(DataError, match="no database address"):
        Catalog.open("nonsense")
