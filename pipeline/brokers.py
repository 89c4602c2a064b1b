"""The broker of a home: opened to trade with, or its own book as it stands.

settings ─→ simulated: a file in the home, quoting from the snapshot
        ├─→ alpaca: the account of the keys ──┐ named in broker.json when the books are opened, and the only one
        └─→ ibkr: the account of the settings ┘ that this home ever trades in
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from pipeline.home import Home
from pipeline.market import MarketChoice
from pipeline.settings import Settings, check_alpaca_keys, read_keys
from tools.domain.account import Account
from tools.domain.errors import ConfigError, LedgerError
from tools.domain.mode import Mode
from tools.domain.value import Value

if TYPE_CHECKING:
    from pipeline.broker_settings import BrokerSettings
    from tools.domain.market import Snapshot
    from tools.execution.alpaca.broker import AlpacaBroker
    from tools.execution.broker import Broker, Telling
    from tools.execution.ibkr.broker import IbkrBroker

    BoundBroker = AlpacaBroker | IbkrBroker
    from tools.ledger.store import Ledger


class Bound(Value):
    """Which account a home trades in, and since when: orders from before then are none of its business."""

    kind: Literal["alpaca", "ibkr"]
    mode: Mode
    number: str
    base_url: str = ""
    stream_url: str = ""
    host: str = ""
    port: int = 0
    client_id: int = 0
    since: datetime

    def at(self, chosen: BrokerSettings) -> Bound:
        """The same account where the settings say that it is reached."""
        where = ("base_url", "stream_url", "host", "port", "client_id")
        return self.model_copy(update={name: getattr(chosen, name) for name in where})


@contextmanager
def open_broker(
    home: Home,
    settings: Settings,
    snapshot: Snapshot,
    ledger: Ledger,
    now: Callable[[], datetime],
    choice: MarketChoice,
) -> Iterator[Broker]:
    """The broker of the settings; `ConfigError` where the books of this home are those of another account."""
    bound = read_bound(home)
    if settings.broker.kind != "simulated":
        broker = _bound_broker(home, settings, bound)
        try:
            yield broker
        finally:
            broker.close()
        return
    if bound is not None:
        raise ConfigError(
            f"The account in {home.root} is {bound.number} at {bound.kind}; set broker.kind = {bound.kind!r} and "
            f"mode = {bound.mode.value!r}, or choose another folder with --home."
        )
    with _simulated(home, settings, snapshot, ledger, now, choice) as simulated:
        yield simulated


def read_broker(home: Home) -> Broker | None:
    """The broker's own book, to look at and to withdraw from; None before anything was sent there.

    It asks no settings, so that none that are broken keep a person from stopping.
    """
    bound = read_bound(home)
    if bound is not None:
        return _opened(home, bound)
    if not home.broker.exists():
        return None
    from tools.execution.simulated import SimulatedBroker

    return SimulatedBroker.open(home.broker, quote=lambda legs: None, now=home.clock)


def open_telling(home: Home, settings: Settings) -> Telling | None:
    """The broker of this home once more, to be listened to; None where it tells nothing by itself, or not yet."""
    bound = read_bound(home)
    if bound is None or bound.kind != "alpaca":
        return None
    return _alpaca(bound.at(settings.broker))


def opening_at_broker(home: Home, settings: Settings, now: datetime) -> Account:
    """How books begin at a real broker: with its cash and its positions. From then on the home is bound to it."""
    chosen = settings.broker
    kind: Literal["alpaca", "ibkr"] = "ibkr" if chosen.kind == "ibkr" else "alpaca"
    bound = Bound(kind=kind, mode=settings.mode, number=chosen.account, since=now).at(chosen)
    broker = _opened(home, bound)
    try:
        opening = Account(
            cash=float(broker.cash()), positions=broker.positions(), name=settings.account.name, broker=broker.name
        )
        broker.begin()
        _write_bound(home, bound.model_copy(update={"number": broker.account().number}))
    finally:
        broker.close()
    return opening


def read_bound(home: Home) -> Bound | None:
    """The account a home is bound to; None for a simulated broker, or before its books were opened."""
    try:
        return Bound.model_validate_json(home.bound.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValidationError):
        raise LedgerError(
            f"{home.bound}, which names the account at the broker, cannot be read; put it back from a backup."
        ) from None


@contextmanager
def _simulated(
    home: Home,
    settings: Settings,
    snapshot: Snapshot,
    ledger: Ledger,
    now: Callable[[], datetime],
    choice: MarketChoice,
) -> Iterator[Broker]:
    """The simulated broker of a home, quoting from the snapshot; a new one begins with the ledger's holdings.

    What has expired since it was last open, was delivered or was paid, it settles by what its market tells.
    """
    from pipeline.histories import open_fixings
    from tools.execution.clearing import Clearing
    from tools.execution.simulated import SimulatedBroker
    from tools.portfolio.quoting import quote

    with open_fixings(choice) as fixings:
        broker = SimulatedBroker.open(
            home.broker,
            quote=lambda legs: quote(snapshot, legs),
            now=now,
            commission=settings.execution.commission,
            cash=ledger.cash(),
            positions=ledger.account().positions,
            clearing=None if fixings is None else Clearing(fixings, snapshot),
        )
        try:
            yield broker
        finally:
            broker.close()


def _bound_broker(home: Home, settings: Settings, bound: Bound | None) -> BoundBroker:
    """The one account of this home, reached as the settings say; `ConfigError` where they mean another."""
    chosen = settings.broker
    if bound is None:
        raise ConfigError(
            f"The books in {home.root} are those of a simulated broker; choose another folder with --home."
        )
    if bound.kind != chosen.kind:
        raise ConfigError(
            f"The account in {home.root} is {bound.number} at {bound.kind}, and broker.kind is {chosen.kind!r}; "
            "set its own, or choose another folder with --home."
        )
    if bound.mode is not settings.mode:
        raise ConfigError(
            f"The account in {home.root} is a {bound.mode.value} account, and mode is {settings.mode.value!r}; "
            "set its own mode, or choose another folder with --home."
        )
    if bound.kind == "ibkr" and chosen.account != bound.number:
        raise ConfigError(
            f"The account in {home.root} is {bound.number}, and broker.account is {chosen.account!r}; "
            "set its own, or choose another folder with --home."
        )
    reached = bound.at(chosen)
    broker = _opened(home, reached)
    number = broker.account().number
    if number != bound.number:
        raise ConfigError(
            f"The account in {home.root} is {bound.number}, and the keys are those of {number}; "
            "set its own keys, or choose another folder with --home."
        )
    if reached != bound:
        _write_bound(home, reached)
    return broker


def _opened(home: Home, bound: Bound) -> BoundBroker:
    if bound.kind == "ibkr":
        from pipeline.sources import present
        from tools.execution.ibkr.broker import IbkrBroker

        return IbkrBroker.connect(
            bound.host,
            bound.port,
            bound.client_id,
            bound.number,
            mode=bound.mode,
            journal=home.journal,
            now=present,
        )
    return _alpaca(bound)


def _alpaca(bound: Bound) -> AlpacaBroker:
    from pipeline.sources import alpaca_adapter
    from tools.execution.alpaca.broker import AlpacaBroker

    check_alpaca_keys()
    keys = read_keys()
    key, secret = keys.alpaca.get_secret_value(), keys.alpaca_secret.get_secret_value()
    if not key or not secret:
        raise ConfigError(
            "Orders go to alpaca but its keys are not set; set APCA_API_KEY_ID and APCA_API_SECRET_KEY."
        )
    return AlpacaBroker.connect(
        key,
        secret,
        mode=bound.mode,
        adapter=alpaca_adapter(),
        base_url=bound.base_url or None,
        listens_at=bound.stream_url or None,
        since=bound.since,
    )


def _write_bound(home: Home, bound: Bound) -> None:
    """The old file or the new one survives a crash, never half of one."""
    partial = home.bound.with_suffix(f".{os.getpid()}.tmp")
    try:
        partial.write_text(bound.model_dump_json(), encoding="utf-8")
        os.replace(partial, home.bound)
    except OSError as error:
        raise LedgerError(f"{home.bound} cannot be written ({error.strerror}); check the disk.") from None
