"""What TWS says on the wire, as the text protocol of version 178 writes it: fields in order, most of them empty."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from tests.peers.tws_exchange import DONE, INACTIVE, Execution, Ticket
from tools.domain.contract import Right, is_occ, parse_occ

Fields = list[Any]
EASTERN = ZoneInfo("US/Eastern")


@dataclass(frozen=True)
class Listed:
    """A contract as TWS lists it: its number and the fields that name it."""

    con_id: int
    symbol: str
    sec_type: str
    expiry: str
    strike: str
    right: str
    multiplier: str
    local: str
    trading_class: str
    under: str = "STK"

    def named(self, exchange: str = "SMART") -> Fields:
        return [
            self.con_id, self.symbol, self.sec_type, self.expiry, self.strike, self.right, self.multiplier,
            exchange, "USD", self.local, self.trading_class,
        ]  # fmt: skip


BAG = Listed(28812380, "", "BAG", "", "0", "?", "", "", "COMB")


def listed(con_id: int, symbol: str) -> Listed:
    if not is_occ(symbol):
        return Listed(con_id, symbol.replace(".", " "), "STK", "", "0", "", "", symbol, symbol)
    root, expiry, right, strike = parse_occ(symbol)
    local, letter = f"{root:<6}{symbol[len(root) :]}", "C" if right is Right.CALL else "P"
    under = "IND" if root in {"SPX", "SPXW", "VIX"} else "STK"
    return Listed(con_id, root, "OPT", f"{expiry:%Y%m%d}", f"{strike:g}", letter, "100", local, root, under)


def open_order(ticket: Ticket, contract: Listed, legs: Iterable[Fields], account: str) -> Fields:
    combo = list(legs)
    return [
        5, ticket.order_id, *contract.named(), ticket.action, ticket.total, "LMT", ticket.limit, "0.0", ticket.tif,
        "", account, "", "0", ticket.ref, ticket.client_id, ticket.perm_id, "0", "0", "0", *_blank(5),
        *_blank(29), *_blank(7), len(combo), *(value for leg in combo for value in leg), "0", "0", *_blank(4),
        "0", "", "", "0", "0", "", "0", "0", ticket.status, *_blank(12), "USD", "", "0", "0", "0",
        *_blank(16), *_blank(3), *_blank(5),
    ]  # fmt: skip


def completed_order(ticket: Ticket, contract: Listed, legs: Iterable[Fields], account: str) -> Fields:
    """Of a filled order TWS tells its quantity as filled alone."""
    combo = list(legs)
    total = 0 if ticket.status == DONE else ticket.total
    words = f"{ticket.status}: {ticket.why}" if ticket.status == INACTIVE else ticket.status
    return [
        101, *contract.named(), ticket.action, total, "LMT", ticket.limit, "0.0", ticket.tif, "", account, "", "0",
        ticket.ref, ticket.perm_id, "0", "0", "0", *_blank(4), *_blank(23), *_blank(5),
        len(combo), *(value for leg in combo for value in leg), "0", "0", *_blank(4), "", "", "0", "0", "",
        "0", ticket.status, "0", "0", "0", *_blank(6), ticket.filled, *_blank(7), words, *_blank(5),
    ]  # fmt: skip


def order_status(ticket: Ticket) -> Fields:
    average = ticket.limit if ticket.filled else 0
    left = ticket.total - ticket.filled
    return [
        3, ticket.order_id, ticket.status, ticket.filled, left, average, ticket.perm_id, 0, average,
        ticket.client_id, "", 0,
    ]  # fmt: skip


def execution(request: int, each: Execution, contract: Listed, account: str) -> list[Fields]:
    """The execution, and the commission that follows it."""
    ticket, at = each.ticket, each.at.astimezone(EASTERN)
    told = [
        11, request, ticket.order_id, *contract.named(), each.exec_id, f"{at:%Y%m%d %H:%M:%S} US/Eastern", account,
        "CBOE", "BOT" if each.shares > 0 else "SLD", abs(each.shares), each.price, ticket.perm_id,
        ticket.client_id, 0, ticket.filled, each.price, ticket.ref, "", "", "", 1, 0,
    ]  # fmt: skip
    return [told, [59, 1, each.exec_id, each.commission, "USD", "", "", ""]]


def contract_details(request: int, contract: Listed) -> Fields:
    return [
        10, request, contract.symbol, contract.sec_type, contract.expiry, contract.strike, contract.right, "SMART",
        "USD", contract.local, contract.trading_class, contract.trading_class, contract.con_id, "0.01",
        contract.multiplier, "LMT", "SMART", 1, *_blank(12), "0", "", contract.symbol, contract.under,
        *_blank(6),
    ]  # fmt: skip


def position(account: str, contract: Listed, quantity: int) -> Fields:
    cost = 100 if contract.multiplier else 1
    return [61, 3, account, *contract.named(), quantity, cost]


def portfolio(account: str, contract: Listed, quantity: int) -> Fields:
    named = contract.named("")
    return [7, 8, *named, quantity, 1.0, 0, 1.0, 0, 0, account]


def error(request: int, code: int, words: str) -> Fields:
    return [4, 2, request, code, words, ""]


def _blank(fields: int) -> list[str]:
    return [""] * fields
