"""Alpaca's fields: money and quantities are strings, times have nanoseconds, and anything may be missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tools.domain.errors import BrokerError

Row = Mapping[str, Any]

_FRACTION = re.compile(r"\.(\d{6})\d*")  # datetime holds microseconds


def text(row: Row, name: str) -> str:
    found = row.get(name)
    return found if isinstance(found, str) else ""


def amount(row: Row, name: str) -> Decimal | None:
    """A number, however it is written; None where there is none. `BrokerError` where it is something else."""
    found = row.get(name)
    if found is None or found == "":
        return None
    try:
        value = Decimal(str(found))
    except InvalidOperation:
        value = Decimal("NaN")
    if isinstance(found, bool) or not value.is_finite():
        raise BrokerError(f"Alpaca told {name} = {found!r}, which is no number; look there before trading on.")
    return value


def whole(row: Row, name: str, default: int | None = None) -> int:
    """A count of contracts or shares; `BrokerError` for a fraction, or where it is missing and has no default."""
    value = amount(row, name)
    if value is None and default is not None:
        return default
    if value is None or value != value.to_integral_value():
        what = text(row, "symbol") or text(row, "client_order_id") or "an order"
        raise BrokerError(
            f"Alpaca told {name} = {row.get(name)!r} of {what}; only whole contracts and shares can be booked."
        )
    return int(value)


def instant(row: Row, *names: str) -> datetime | None:
    """The first of these fields that holds a time, in UTC."""
    for name in names:
        try:
            found = datetime.fromisoformat(_FRACTION.sub(r".\1", text(row, name)))
        except ValueError:
            continue
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    return None


def sign(row: Row) -> int:
    """+1 bought, -1 sold; "sell_short" is a sale."""
    return -1 if text(row, "side").startswith(("sell", "short")) else 1
