"""What a trade was weighed against, as plain JSON: the account without its positions, and what these came to.

Account, Positions ─→ JSON (an amount that is unknown is null) ─→ Account, Positions: the same fit to the last digit

Positions are kept as exposures, not as quotes: a fit asks nothing else of them, and a record stays small.
"""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import Any

from tools.domain.account import Account, Exposure, Reservation
from tools.portfolio.positions import Positions

_AMOUNTS = tuple(field.name for field in fields(Exposure) if field.type == "float")
_SUMS = ("nav", "locked_cash", "pledged", "reserve", "raisable", "margin")
_BY_BOOK = ("shares", "called")


def keep(account: Account, positions: Positions) -> dict[str, Any]:
    """Both, with every reservation the account lists."""
    return {
        "account": {
            "cash": account.cash,
            "name": account.name,
            "broker": account.broker,
            "reservations": [each.model_dump(mode="json") for each in account.reservations],
            "opened_today_max_loss": _told(account.opened_today_max_loss),
            "configured_brokers": account.configured_brokers,
            "margined": sorted(account.margined),
            "haircuts": [list(each) for each in account.haircuts],
            "liquid": sorted(account.liquid),
        },
        "positions": {
            **{name: _told(getattr(positions, name)) for name in _SUMS},
            **{name: _listed(getattr(positions, name)) for name in _BY_BOOK},
            "exposures": [_exposure(each) for each in positions.exposures],
            "free_shares": dict(positions.free_shares),
            "optioned": sorted(positions.optioned),
            "missing": dict(positions.missing),
            "open_of": sorted(positions.open_of),
        },
    }


def recall(kept: dict[str, Any]) -> tuple[Account, Positions]:
    """What `keep` kept; `KeyError`, `TypeError` or `ValueError` where it is something else."""
    told, held = kept["account"], kept["positions"]
    account = Account(
        cash=told["cash"],
        positions=(),
        name=told["name"],
        broker=told["broker"],
        reservations=tuple(Reservation.model_validate(each) for each in told["reservations"]),
        opened_today_max_loss=_untold(told["opened_today_max_loss"]),
        configured_brokers=told["configured_brokers"],
        margined=frozenset(told["margined"]),
        haircuts=tuple((str(book), float(cut)) for book, cut in told["haircuts"]),
        liquid=frozenset(told["liquid"]),
    )
    positions = Positions(
        nav=_untold(held["nav"]),
        locked_cash=_untold(held["locked_cash"]),
        pledged=_untold(held["pledged"]),
        reserve=_untold(held["reserve"]),
        raisable=_untold(held["raisable"]),
        margin=_untold(held["margin"]),
        shares=_by_book(held["shares"]),
        called=_by_book(held["called"]),
        exposures=tuple(_read(each) for each in held["exposures"]),
        free_shares=dict(held["free_shares"]),
        optioned=frozenset(held["optioned"]),
        missing=dict(held["missing"]),
        open_of=frozenset(held["open_of"]),
    )
    return account, positions


def _exposure(exposure: Exposure) -> dict[str, Any]:
    plain = asdict(exposure) | {name: _told(getattr(exposure, name)) for name in _AMOUNTS}
    return plain | {"sectors": {sector: _told(amount) for sector, amount in exposure.sectors.items()}}


def _read(plain: dict[str, Any]) -> Exposure:
    amounts = {name: _untold(plain[name]) for name in _AMOUNTS}
    return Exposure(**plain | amounts | {"sectors": {s: _untold(a) for s, a in plain["sectors"].items()}})


def _listed(by_book: Any) -> list[list[Any]]:
    return [[book, symbol, count] for (book, symbol), count in sorted(by_book.items())]


def _by_book(listed: list[list[Any]]) -> dict[tuple[str, str], int]:
    return {(book, symbol): count for book, symbol, count in listed}


def _told(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _untold(value: float | None) -> float:
    return math.nan if value is None else value
