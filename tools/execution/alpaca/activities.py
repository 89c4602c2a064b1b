"""Alpaca's activity rows as the house's activities.

    OPASN, OPEXC ─┐ same group, id, or day and shares
    OPTRD ────────┴→ one Activity: the option is gone, the shares are there, the strike is paid
    SPLIT, OPCA ─→ what shares and options became (`restating`)
    OPEXP, OPCSH, DIV*, INT*, FEE …, CSD, CSW, JNLC ─→ one each
    anything else ─→ `other`: a person must look

An assignment is told when its delivery is known too: until then the positions differ, and reconciliation says so.
Signs and the pair are those of Alpaca's "Non-Trade Activities for Option Events": +2 ends two that were sold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal

from tools.calendar.sessions import NEW_YORK
from tools.domain.activity import Activity, ActivityKind, Delivery
from tools.domain.contract import is_occ, parse_occ
from tools.domain.errors import BrokerError
from tools.execution.alpaca import restating
from tools.execution.alpaca.fields import Row, amount, instant, text, whole

MULTIPLIER = 100
DELIVERED = "OPTRD"
TURNED = {"OPASN": ActivityKind.ASSIGNED, "OPEXC": ActivityKind.EXERCISED}
_AMENDED = frozenset({"canceled", "correct"})
_CLOSE = time(16)  # a row that tells a day alone took effect by its close

_CASH: Mapping[str, ActivityKind] = {
    "FEE": ActivityKind.FEE,
    "CFEE": ActivityKind.FEE,
    "DIVFEE": ActivityKind.FEE,
    "PTC": ActivityKind.FEE,
    "PTR": ActivityKind.FEE,
    "CSD": ActivityKind.TRANSFER,
    "CSW": ActivityKind.TRANSFER,
    "JNLC": ActivityKind.TRANSFER,
    "ACATC": ActivityKind.TRANSFER,
    "TRANS": ActivityKind.TRANSFER,
}


def activities_of(rows: Iterable[Row]) -> tuple[Activity, ...]:
    """What these rows tell, in their order. An option that was turned into shares waits for its delivery."""
    listed = [row for row in rows if text(row, "activity_type")]
    trades = [row for row in listed if _kind(row) == DELIVERED and text(row, "status") not in _AMENDED]
    found: list[Activity] = []
    for row in listed:
        kind = _kind(row)
        if text(row, "status") in _AMENDED:
            found.append(_other(row, f"{kind}, {text(row, 'status')}"))
        elif kind in TURNED:
            trade = next((each for each in trades if _belongs(each, row)), None)
            if trade is not None:
                trades.remove(trade)
                found.append(_turned(row, trade))
        elif kind != DELIVERED and kind not in restating.KINDS:
            found.append(_plain(row, kind))
    found += [_other(row, "a delivery without its option", suffix=f"/{DELIVERED}") for row in trades]
    splits = (row for row in listed if _kind(row) in restating.KINDS and text(row, "status") not in _AMENDED)
    found += [_restated(row, new) for row, new in restating.together(splits)]
    return tuple(sorted(found, key=lambda each: each.at))


def _restated(row: Row, new: Row | None) -> Activity:
    if new is not None:
        got = Delivery(symbol=text(new, "symbol"), quantity=whole(new, "qty"))
        cash = (amount(row, "net_amount") or Decimal(0)) + (amount(new, "net_amount") or Decimal(0))
        told = _activity(row, ActivityKind.SPLIT, quantity=whole(row, "qty"))
        return told.model_copy(update={"delivered": got, "cash": cash})
    if _kind(row) == "SPLIT" and not is_occ(text(row, "symbol")):
        return _activity(row, ActivityKind.SPLIT, quantity=whole(row, "qty", 0))
    return _other(row, _kind(row))


def _turned(row: Row, trade: Row) -> Activity:
    kind = TURNED[_kind(row)]
    contracts, shares = abs(whole(row, "qty")), whole(trade, "qty")
    paid = amount(trade, "net_amount") or Decimal(0)
    return Activity(
        activity_id=text(row, "id"),
        kind=kind,
        symbol=text(row, "symbol"),
        quantity=contracts if kind is ActivityKind.ASSIGNED else -contracts,
        delivered=Delivery(symbol=text(trade, "symbol"), quantity=shares, price=abs(paid / shares)),
        cash=paid + (amount(row, "net_amount") or Decimal(0)),
        at=_at(row),
        text=text(row, "description"),
    )


def _plain(row: Row, kind: str) -> Activity:
    if kind == "OPEXP":
        return _activity(row, ActivityKind.EXPIRED, quantity=whole(row, "qty"), value=Decimal(0))
    if kind == "OPCSH":
        contracts, cash = whole(row, "qty"), amount(row, "net_amount") or Decimal(0)
        value = abs(cash / (contracts * MULTIPLIER)) if contracts else None
        return _activity(row, ActivityKind.SETTLED, quantity=contracts, value=value)
    if kind in _CASH:
        return _activity(row, _CASH[kind])
    if kind.startswith("DIV"):
        return _activity(row, ActivityKind.DIVIDEND)
    return _activity(row, ActivityKind.INTEREST) if kind.startswith("INT") else _other(row, kind)


def _activity(row: Row, kind: ActivityKind, *, quantity: int = 0, value: Decimal | None = None) -> Activity:
    return Activity(
        activity_id=text(row, "id"),
        kind=kind,
        symbol=text(row, "symbol"),
        quantity=quantity,
        value=value,
        cash=amount(row, "net_amount") or Decimal(0),
        at=_at(row),
        text=text(row, "description"),
    )


def _other(row: Row, what: str, *, suffix: str = "") -> Activity:
    """What has no rule here, whole: nothing that moved the account is kept quiet."""
    void = _is_void(row)
    return Activity(
        activity_id=text(row, "id") + suffix,
        kind=ActivityKind.OTHER,
        symbol=text(row, "symbol"),
        quantity=0 if void else whole(row, "qty", 0),
        cash=Decimal(0) if void else amount(row, "net_amount") or Decimal(0),
        at=_at(row),
        text=" ".join(f"{what}: {text(row, 'description')}".split()).rstrip(":"),
    )


def _belongs(trade: Row, option: Row) -> bool:
    """Whether this delivery is that option's: by the group both are told in, else by what must match anyway."""
    groups = text(trade, "group_id"), text(option, "group_id")
    if all(groups):
        return groups[0] == groups[1]
    symbol = text(option, "symbol")
    if not is_occ(symbol):
        return False
    root, _, right, strike = parse_occ(symbol)
    contracts = abs(whole(option, "qty"))
    bought = right.sign if _kind(option) == "OPEXC" else -right.sign  # a put that was sold makes its writer buy
    shares = whole(trade, "qty")
    paid = abs(amount(trade, "net_amount") or Decimal(0))
    return (
        text(trade, "symbol").replace(".", "") == root
        and text(trade, "date") == text(option, "date")
        and shares == bought * contracts * MULTIPLIER
        and paid == abs(shares) * Decimal(str(strike))
    )


def _is_void(row: Row) -> bool:
    return text(row, "status") == "canceled"


def _kind(row: Row) -> str:
    return text(row, "activity_type")


def _at(row: Row) -> datetime:
    of_option = _kind(row).startswith("OP")  # counts from its own day, whenever it was entered
    told = instant(row, "transaction_time") if of_option else instant(row, "transaction_time", "created_at")
    if told is not None:
        return told
    try:
        return datetime.combine(date.fromisoformat(text(row, "date")[:10]), _CLOSE, tzinfo=NEW_YORK)
    except ValueError:
        pass
    created = instant(row, "created_at")
    if created is None:
        raise BrokerError(f"Alpaca tells no day of activity {text(row, 'id')!r}; look there before trading on.")
    return created
