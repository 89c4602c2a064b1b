"""The tables of the catalog. Migrations in `migrations/versions` create them; a test compares the two.

Instants are ISO-8601 in UTC with microseconds, so that text order is time order; lists and counts are JSON.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, MetaData, Table, Text

REVISION = "0002"
"""The newest migration, so that opening an up-to-date catalog does not load Alembic."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, *args: ForeignKey, key: bool = False) -> Column[str]:
    return Column(name, Text, *args, nullable=False, primary_key=key)


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


imports = Table(
    "imports",
    metadata,
    _text("id", key=True),  # digest of content and reading: the same file read the same way is the same import
    _text("kind"),
    _text("source"),
    _text("format"),
    _text("sha256"),
    _text("imported_at"),
    _count("rows"),
    _count("used"),
    _text("dropped"),
    _text("notes"),
    Column("unplaced", Text),  # the file of rows that name no day or no underlying
    Column("superseded", Boolean, nullable=False),  # another import has taken the place of some of it
)

snapshots = Table(
    "snapshots",
    metadata,
    _text("underlying", key=True),
    _text("as_of", key=True),
    _text("feed", key=True),
    _text("source"),
    _text("day"),
    _text("import_id", ForeignKey("imports.id")),
    _text("content"),
    _text("part"),
    _count("first_row"),
    _count("rows"),
    _count("used"),
    _text("dropped"),
    Column("spot", Float(53)),
    Column("rate", Float(53)),
    Column("dividend_yield", Float(53)),
    _text("style"),
    _count("multiplier"),
    Column("dividends", Text),  # cash dividends ahead, null where the source tells of none at all
    Column("quoted", Boolean, nullable=False),  # the source has bid and ask
    Column("simulated", Boolean, nullable=False),  # an invented market
    _text("notes"),
    Column("by_contract", Boolean, nullable=False),  # its rows are in the files by contract
    Index(None, "part"),
)

contract_parts = Table(
    "contract_parts",
    metadata,
    _text("underlying", key=True),
    _text("expiry", key=True),
    _text("part"),
    _count("rows"),
)

series = Table(
    "series",
    metadata,
    _text("kind", key=True),
    _text("name", key=True),
    _text("part"),
    _text("import_id", ForeignKey("imports.id")),
    _count("rows"),
    _text("first"),
    _text("last"),
    _count("missing"),  # sessions between first and last without a value
)

measures = Table(
    "measures",
    metadata,
    _text("underlying", key=True),
    _text("as_of", key=True),
    _text("feed", key=True),
    _text("content"),  # of the snapshot when it was measured: another content is another measure
    Column("vol_30", Float(53)),
    Column("index_30", Float(53)),
    Column("skew_30", Float(53)),
)
