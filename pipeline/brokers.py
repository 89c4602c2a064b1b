"""The broker of a home: opened to trade with, or its own book as it stands.

settings ─→ simulated: a file in the home, quoting from the snapshot
        └─→ alpaca: the account of the keys ── named in broker.json when the books are opened, and the only one
                                               that this home ever trades in
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
    from tools.domain.market import Snapshot
    from tools.execution.alpaca.broker import AlpacaBroker
    from tools.execution.broker import Broker
    from tools.ledger.store import Ledger


class Bound(Value):
    """Which account a home trades in, and since when: orders from before then are none of its business."""

    kind: Literal["alpaca"]
    mode: Mode
    number: str
    base_url: str
    since: datetime


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
    if settings.broker.kind == "alpaca":
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
        return _alpaca(bound.mode, bound.base_url, since=bound.since)
    if not home.broker.exists():
        return None
    from tools.execution.simulated import SimulatedBroker

    return SimulatedBroker.open(home.broker, quote=lambda legs: None, now=home.clock)


def opening_at_broker(home: Home, settings: Settings, now: datetime) -> Account:
    """How books begin at a real broker: with its cash and its positions. From then on the home is bound to it."""
    broker = _alpaca(settings.mode, settings.broker.base_url, since=now)
    told, cash = broker.account(), broker.cash()
    opening = Account(
        cash=float(cash), positions=broker.positions(), name=settings.account.name, broker=broker.name
    )
    _write_bound(
        home,
        Bound(kind="alpaca", mode=told.mode, number=told.number, base_url=settings.broker.base_url, since=now),
    )
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


def _bound_broker(home: Home, settings: Settings, bound: Bound | None) -> AlpacaBroker:
    if bound is None:
        raise ConfigError(
            f"The books in {home.root} are those of a simulated broker; choose another folder with --home."
        )
    if bound.mode is not settings.mode:
        raise ConfigError(
            f"The account in {home.root} is a {bound.mode.value} account, and mode is {settings.mode.value!r}; "
            "set its own mode, or choose another folder with --home."
        )
    broker = _alpaca(bound.mode, settings.broker.base_url, since=bound.since)
    number = broker.account().number
    if number != bound.number:
        raise ConfigError(
            f"The account in {home.root} is {bound.number}, and the keys are those of {number}; "
            "set its own keys, or choose another folder with --home."
        )
    if settings.broker.base_url != bound.base_url:
        _write_bound(home, bound.model_copy(update={"base_url": settings.broker.base_url}))
    return broker


def _alpaca(mode: Mode, base_url: str, *, since: datetime) -> AlpacaBroker:
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
        key, secret, mode=mode, adapter=alpaca_adapter(), base_url=base_url or None, since=since
    )


def _write_bound(home: Home, bound: Bound) -> None:
    """The old file or the new one survives a crash, never half of one."""
    partial = home.bound.with_suffix(f".{os.getpid()}.tmp")
    try:
        partial.write_text(bound.model_dump_json(), encoding="utf-8")
        os.replace(partial, home.bound)
    except OSError as error:
        raise LedgerError(f"{home.bound} cannot be written ({error.strerror}); check the disk.") from None
