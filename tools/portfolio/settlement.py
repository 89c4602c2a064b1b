"""How options end: in cash, in shares, or worthless. Pure; prices are handed in, entries for the books come out.

    expired lines ─→ one price per series ─┬─ less than a cent in the money ─→ closed at 0
                                           ├─ cash-settled index option ─────→ closed at its settlement value
                                           └─ anything else ────────────────→ closed at its settlement value,
                                                                              shares at the strike

Exercise is by exception: the Options Clearing Corporation exercises every expiring option that is a cent or more
in the money (OCC Rules 805(d) for stock options, 1804(c) for index options; the threshold was 0.25 until October
2006 and 0.05 until June 2008, the cent is taken throughout). Long options are exercised, short ones assigned.

Delivery, in money of one contract: the option is closed at its settlement value, the shares change hands at the
strike, and an `assignment` movement gives back the settlement value. Together that is the strike and nothing
else, as it is at a broker; yet the option's trade ends with what the option was worth, as it would have in
cash, and not as a winner whose loss sits in the shares. Delivered shares, and that movement, are the book's own
(trade ""): the trade that brought them is over. Shares change hands on the day itself (at a broker one or two
days later, without interest either way).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from tools.calendar.expiries import expiration, settlement_of
from tools.domain.cash import CashKind, CashMovement
from tools.domain.contract import ExerciseStyle, OptionContract, is_occ, parse_occ
from tools.domain.holding import NOTHING
from tools.domain.money import CENT, exact
from tools.domain.order import Fill
from tools.portfolio.posting import Entries, Posting
from tools.portfolio.settlement_price import Basis, ExpiryPrices, Series, SettlementPrice, settlement_price
from tools.portfolio.statement import Line

THRESHOLD = CENT
CASH_SETTLED_AMERICAN = frozenset({"OEX"})  # Cboe, S&P 100 options specifications


class End(StrEnum):
    """`worthless` and `cash` leave nothing behind; `exercised` (long) and `assigned` (short) leave shares."""

    WORTHLESS = "worthless"
    CASH = "cash"
    EXERCISED = "exercised"
    ASSIGNED = "assigned"


@dataclass(frozen=True, slots=True)
class Ended:
    """How one line ended; `price` of the underlying, `value` of the option, per share."""

    line: Line
    end: End
    price: Decimal
    value: Decimal
    basis: Basis


@dataclass(frozen=True, slots=True)
class Settled:
    """`unsettled` lines stay open, each with a phrase that says why."""

    entries: Entries
    ended: tuple[Ended, ...]
    unsettled: Mapping[Line, str]


def is_cash_settled(contract: OptionContract) -> bool:
    """European options are index options and pay cash; American ones deliver shares."""
    return contract.style is ExerciseStyle.EUROPEAN or contract.root in CASH_SETTLED_AMERICAN


def settlement_value(contract: OptionContract, price: Decimal) -> Decimal:
    """What the option pays per share with its underlying at `price`; 0 where it is not exercised."""
    inside = (price - exact(contract.strike)) * contract.right.sign
    return inside if inside >= THRESHOLD else NOTHING


def series_of(contract: OptionContract) -> Series:
    return Series(contract.underlying, contract.expiry, settlement_of(contract.root))


def settle_expired(
    lines: Iterable[Line],
    *,
    contracts: Mapping[str, OptionContract],
    prices: Mapping[tuple[str, date], ExpiryPrices],
    today: date,
    fee: Decimal = NOTHING,
) -> Settled:
    """Settle every option whose settlement session is `today` or earlier.

    contracts  by OCC symbol; lines of other symbols (shares) are passed over
    prices     by (underlying, expiry)
    fee        of the broker per contract that is not worthless, account currency
    """
    found: dict[Series, SettlementPrice | None] = {}
    parts: list[Entries] = []
    ended: list[Ended] = []
    unsettled: dict[Line, str] = {}
    for line in lines:
        contract = contracts.get(line.symbol)
        if contract is None:
            if is_occ(line.symbol) and parse_occ(line.symbol)[1] <= today:
                unsettled[line] = "its contract was not handed in"
            continue
        if expiration(contract.root, contract.expiry).session > today:
            continue
        if contract.is_adjusted:
            unsettled[line] = "what an adjusted contract delivers is unknown"
            continue
        series = series_of(contract)
        if series not in found:
            known = prices.get((contract.underlying, contract.expiry), ExpiryPrices())
            found[series] = settlement_price(series.settlement, known)
        price = found[series]
        if price is None:
            unsettled[line] = f"no price of {contract.underlying} is known for its expiry on {contract.expiry}"
            continue
        at = expiration(contract.root, contract.expiry).settles_at
        entries, end = end_line(line, contract, price.price, at=at, event=f"expiry/{contract.expiry}", fee=fee)
        parts.append(entries)
        ended.append(Ended(line, end, price.price, settlement_value(contract, price.price), price.basis))
    return Settled(Entries.joined(parts), tuple(ended), unsettled)


def end_line(
    line: Line, contract: OptionContract, price: Decimal, *, at: datetime, event: str, fee: Decimal = NOTHING
) -> tuple[Entries, End]:
    """The entries that end one line with its underlying at `price`; `event` names them and must not recur."""
    value = settlement_value(contract, price)
    closing = Fill(
        fill_id=f"{event}/{line.book}/{line.trade}/{line.symbol}",
        client_order_id=event,
        symbol=line.symbol,
        quantity=-line.quantity,
        price=value,
        commission=fee * abs(line.quantity) if value else NOTHING,
        at=at,
    )
    closed = Posting(closing, line.book, line.multiplier, line.trade)
    if not value:
        return Entries((closed,)), End.WORTHLESS
    if is_cash_settled(contract):
        return Entries((closed,)), End.CASH
    shares, movement = _delivery(closing, line, contract)
    return Entries((closed, shares), (movement,)), End.EXERCISED if line.quantity > 0 else End.ASSIGNED


def _delivery(closing: Fill, line: Line, contract: OptionContract) -> tuple[Posting, CashMovement]:
    """Shares at the strike, and the settlement value back to whom the closing took it from."""
    shares = closing.model_copy(
        update={
            "fill_id": f"{closing.fill_id}/shares",
            "symbol": contract.underlying,
            "quantity": line.quantity * contract.right.sign * line.multiplier,
            "price": exact(contract.strike),
            "commission": NOTHING,
        }
    )
    movement = CashMovement(
        kind=CashKind.ASSIGNMENT,
        amount=-line.quantity * line.multiplier * closing.price,
        book=line.book,
        reference=line.symbol,
        at=closing.at,
    )
    return Posting(shares, line.book, 1), movement
