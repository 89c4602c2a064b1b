"""The kill switch of a home: a file and a row, of which either is enough.

stop:    file (durable) → row + event → kill: resting orders cancelled      the file first: it needs no database
resume:  row + event → file                                                 the file last: until then it holds
flatten: stop, then every open trade is closed; what has no quote is tried again by every run
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.brokers import read_broker
from pipeline.home import Home
from tools.domain.errors import BrokerError, ConfigError, InputError, LedgerError
from tools.domain.halt import Halt, Strength, firmest
from tools.execution import halt_file

if TYPE_CHECKING:
    from pipeline.settings import Settings
    from tools.ledger.store import Ledger


@dataclass(frozen=True)
class Stopped:
    """What came of a stop. `unwritten` is why there is no row, `cancelled` the orders that rested.

    `working` may still be filled: the broker did not take their cancellation. `unasked` is why nobody knows what
    rests there.
    """

    halt: Halt
    unwritten: str
    cancelled: tuple[str, ...]
    working: tuple[str, ...]
    unasked: str = ""


def in_force(home: Home, ledger: Ledger) -> Callable[[], Halt | None]:
    """What holds at the moment it is asked, by the file or by the row."""
    return lambda: firmest((halt_file.read(home.halt), ledger.halt()))


def standing(home: Home, settings: Settings) -> Halt | None:
    """What holds; of the file alone where the database cannot be read."""
    from pipeline.wiring import open_ledger

    told = halt_file.read(home.halt)
    if not home.is_initialised:
        return told
    try:
        with open_ledger(home, account=settings.account.name) as ledger:
            return firmest((told, ledger.halt()))
    except LedgerError:
        if told is None:
            raise
        return told


def stop(
    home: Home, settings: Settings | None, strength: Strength, *, by: str, reason: str, now: datetime
) -> Stopped:
    """Stop as firmly as `strength` or as what holds already, whichever is firmer.

    `settings` is None where they cannot be read: no broken file keeps a person from stopping.
    """
    _named(by, reason)
    halt = Halt(strength=strength, by=by, reason=reason, at=now)
    if firmest((halt_file.read(home.halt), halt)) == halt:
        halt_file.write(home.halt, halt)
    unwritten = _write_row(home, settings, halt)
    # What rests may be a closing that `flatten` sees to its end itself, as long as it can read what it promised.
    cancels = strength is Strength.KILL or (strength is Strength.FLATTEN and bool(unwritten))
    try:
        cancelled, working = _cancel_resting(home) if cancels else ((), ())
    except (BrokerError, ConfigError, LedgerError) as error:
        return Stopped(halt, unwritten, (), (), str(error))
    return Stopped(halt, unwritten, cancelled, working)


def resume(home: Home, settings: Settings, *, by: str, reason: str) -> Halt:
    """Lift what holds; `InputError` where nothing does, `LedgerError` where that cannot be written down."""
    from pipeline.wiring import open_ledger

    _named(by, reason)
    halt = standing(home, settings)
    if halt is None:
        raise InputError("Nothing is stopped; there is nothing to resume.")
    if home.is_initialised:
        with open_ledger(home, account=settings.account.name) as ledger:
            ledger.put_halt(halt, by=halt.by, reason=halt.reason)  # what only the file told is evidence too
            ledger.put_halt(None, by=by, reason=reason)
    halt_file.clear(home.halt)
    return halt


def _named(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise InputError("Say who (--by) and why (--reason): both stand in the audit trail for good.")


def _write_row(home: Home, settings: Settings | None, halt: Halt) -> str:
    """Why the row could not be written, else ""."""
    from pipeline.wiring import open_ledger

    if not home.is_initialised:
        return ""
    if settings is None:
        return "the settings, which name the account, cannot be read"
    try:
        with open_ledger(home, account=settings.account.name) as ledger:
            if firmest((ledger.halt(), halt)) == halt:
                ledger.put_halt(halt, by=halt.by, reason=halt.reason)
    except LedgerError as error:
        return str(error)
    return ""


def _cancel_resting(home: Home) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(cancelled, still working) of the orders that rest at the broker, which needs no database of ours."""
    broker = read_broker(home)
    if broker is None:
        return (), ()
    cancelled: list[str] = []
    working: list[str] = []
    for order in broker.orders():
        if order.status.is_final:
            continue
        try:
            done = broker.cancel(order.client_order_id).status.is_final
        except BrokerError:
            done = False
        (cancelled if done else working).append(order.client_order_id)
    return tuple(cancelled), tuple(working)
