"""The tables. Migrations in `migrations/versions` create them; a test compares the two."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, Table, Text, UniqueConstraint

REVISION = "0008"
"""The newest migration, so that opening an up-to-date ledger does not load Alembic."""

GENESIS = "0" * 64
"""What the first event of a ledger is chained to."""

HEAD_ROW = 1
"""The only row of `chain_head`; locking it serialises writers on databases with row locks."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, *args: ForeignKey, optional: bool = False, key: bool = False) -> Column[str]:
    return Column(name, Text, *args, nullable=optional, primary_key=key)


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _text("kind"),
    _text("decision_id", optional=True),
    _text("key"),
    _text("actor"),
    _text("at"),
    _text("body"),
    _text("previous"),
    _text("hash"),
    UniqueConstraint("key"),
    Index(None, "decision_id"),
)

chain_head = Table(
    "chain_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    _count("seq"),
    _text("hash"),
)

accounts = Table(
    "accounts",
    metadata,
    _text("name", key=True),
    _text("broker"),
    _text("opening"),
    _text("cash"),
    _text("opened_at"),
)

scans = Table(
    "scans",
    metadata,
    _text("key", key=True),
    _text("account", ForeignKey("accounts.name")),
    _text("as_of"),
    _text("mode"),
    _text("market"),
    _text("counts"),
    _text("rejected"),
    _text("decision_ids"),
    _text("taken"),
    _text("created_at"),
)

decisions = Table(
    "decisions",
    metadata,
    _text("id", key=True),
    _text("scan", ForeignKey("scans.key")),
    _text("account", ForeignKey("accounts.name")),
    _text("as_of"),
    _text("book"),
    _text("underlying"),
    _text("structure"),
    _text("label"),
    _text("legs_hash"),
    _count("rank"),
    _text("state"),
    _text("deadline", optional=True),
    _text("created_at"),
    _text("updated_at"),
    # one leg set is ordered once per snapshot, whichever book proposed it
    UniqueConstraint("account", "as_of", "legs_hash"),
    Index(None, "state"),
)

reservations = Table(
    "reservations",
    metadata,
    _text("decision_id", ForeignKey("decisions.id"), key=True),
    _text("account", ForeignKey("accounts.name")),
    _text("body"),
    _text("reserved_at"),
    _text("released_at", optional=True),
    _text("released_why", optional=True),
)

approvals = Table(
    "approvals",
    metadata,
    _text("decision_id", ForeignKey("decisions.id"), key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    # a second person's word (an override) is a row of its own
    _text("person", key=True),
    _text("verdict"),
    _text("channel"),
    _text("at"),
    _text("body"),
)

intents = Table(
    "intents",
    metadata,
    _text("client_order_id", key=True),
    _text("decision_id", ForeignKey("decisions.id")),
    _count("revision"),
    _text("state"),
    _text("body"),
    _text("created_at"),
    _text("updated_at"),
    UniqueConstraint("decision_id", "revision"),
    Index(None, "state"),
)

orders = Table(
    "orders",
    metadata,
    _text("client_order_id", ForeignKey("intents.client_order_id"), key=True),
    _text("broker"),
    _text("broker_order_id", optional=True),
    _text("status"),
    _count("quantity"),
    _count("filled_quantity"),
    _text("limit_price"),
    _text("filled_price", optional=True),
    _text("body"),
    _text("updated_at"),
)

fills = Table(
    "fills",
    metadata,
    _text("fill_id", key=True),
    _text("client_order_id", ForeignKey("intents.client_order_id")),
    _text("account", ForeignKey("accounts.name")),
    _text("book"),
    _text("symbol"),
    _count("quantity"),
    _text("price"),
    _count("multiplier"),
    _text("commission"),
    _text("at"),
    _text("body"),
    Index(None, "client_order_id"),
    Index(None, "at"),
)

positions = Table(
    "positions",
    metadata,
    _text("account", ForeignKey("accounts.name"), key=True),
    _text("book", key=True),
    _text("symbol", key=True),
    _count("quantity"),
    _text("average_price", optional=True),
    _text("updated_at"),
)

marks = Table(
    "marks",
    metadata,
    _text("symbol", key=True),
    _text("price"),
    _text("at"),
)

cash_movements = Table(
    "cash_movements",
    metadata,
    _text("key", key=True),
    _text("account", ForeignKey("accounts.name")),
    _text("kind"),
    _text("amount"),
    _text("reference"),
    _text("at"),
)

strategy_rules_audit = Table(
    "strategy_rules_audit",
    metadata,
    _text("run", key=True),
    _text("name", key=True),
    # digest of the rules, so that a changed book is another version of itself
    _text("version"),
    _text("rules"),
    _text("backtest", optional=True),
    _text("live", optional=True),
    _text("status"),
    _text("at"),
    Index(None, "name", "version"),
)

portfolio_metrics = Table(
    "portfolio_metrics",
    metadata,
    _text("run", key=True),
    _text("as_of", key=True),
    _text("source"),
    _text("nav", optional=True),
    _text("body"),
    _text("at"),
)

rollout_stages = Table(
    "rollout_stages",
    metadata,
    _text("account", ForeignKey("accounts.name"), key=True),
    _text("book", key=True),
    _text("stage"),
    _text("since"),
    _text("body"),
)

halts = Table("halts", metadata, _text("account", key=True), _text("body"))

seen_vols = Table(
    "seen_vols",
    metadata,
    _text("account", ForeignKey("accounts.name"), key=True),
    # of the clock its variance runs on
    _text("clock", key=True),
    _text("symbol", key=True),
    # New York's
    _text("day", key=True),
    _text("vol"),
    _text("at"),
)

offers = Table(
    "offers",
    metadata,
    # digest of the secret on the card; the secret itself is kept nowhere
    _text("nonce", key=True),
    _text("decision_id", ForeignKey("decisions.id")),
    _text("channel"),
    _text("body"),
    # of the event that tells of it: what was shown last, however the clock stood
    _count("number"),
    _text("spent_by", optional=True),
    _text("spent_at", optional=True),
    Index(None, "decision_id", "channel"),
)

announcements = Table(
    "announcements",
    metadata,
    _text("decision_id", ForeignKey("decisions.id"), key=True),
    _text("channel", key=True),
    _text("place"),
    _text("nonce"),
)

bookings = Table(
    "bookings",
    metadata,
    _text("activity_id", key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    _text("account", ForeignKey("accounts.name")),
    _text("book"),
    _text("decision_id", ForeignKey("decisions.id"), optional=True),
    _text("symbol"),
    _count("quantity"),
    # what the decision holds for it, empty where nothing or where it is the book's own
    _text("delivered"),
    _count("delivered_quantity"),
    _text("at"),
    _text("body"),
    Index(None, "decision_id"),
)

model_calls = Table(
    "model_calls",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    # a decision's id, or the digest of a question that belongs to none
    _text("candidate"),
    _text("provider"),
    _text("model"),
    _text("at"),
    _text("outcome"),
    # millionths of a dollar that count against the caps: the worst it can be until its cost is known
    _count("charged"),
    # US dollars; empty while unknown
    _text("cost", optional=True),
    _text("seconds", optional=True),
    _count("input_tokens"),
    _count("output_tokens"),
    _count("cached_tokens"),
    _count("calls"),
    _text("reason"),
    Index(None, "candidate"),
    Index(None, "at"),
)
