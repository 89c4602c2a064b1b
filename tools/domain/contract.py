"""Option contracts and their OCC symbols.

The OCC (OSI) symbol is root, expiry as yymmdd, C or P, strike × 1000 in eight digits
(The Options Clearing Corporation, Options Symbology Initiative, 2010), written without padding blanks.
A root that ends in a digit is an adjusted contract (non-standard deliverable) and is never traded.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Literal

from pydantic import Field

from tools.domain.errors import InputError
from tools.domain.value import Value


class Right(StrEnum):
    CALL = "call"
    PUT = "put"

    @property
    def sign(self) -> int:
        """+1 for a call, -1 for a put."""
        return 1 if self is Right.CALL else -1

    @classmethod
    def from_sign(cls, sign: int) -> Right:
        return cls.CALL if sign > 0 else cls.PUT


class ExerciseStyle(StrEnum):
    AMERICAN = "american"
    EUROPEAN = "european"


class OptionContract(Value):
    """One listed option. `root` is the OCC root (SPXW), `underlying` what it is written on (SPX)."""

    underlying: str
    root: str
    expiry: date
    right: Right
    strike: float = Field(gt=0)
    multiplier: int = Field(default=100, gt=0)
    style: ExerciseStyle = ExerciseStyle.AMERICAN

    @cached_property
    def occ(self) -> str:
        return occ_symbol(self.root, self.expiry, self.right, self.strike)

    @property
    def is_adjusted(self) -> bool:
        return is_adjusted_root(self.root)


class ShareContract(OptionContract):
    """One share, as a contract: a call struck at nothing that never ends, whose symbol is the ticker.

    So a leg of shares is quoted, ordered and filled like any other; what is asked of options alone (an expiry, a
    strike, a volatility) is asked of no share.
    """

    kind: Literal["shares"] = "shares"
    expiry: date = date.max
    right: Right = Right.CALL
    strike: float = Field(default=0.0, ge=0, le=0)
    multiplier: int = Field(default=1, ge=1, le=1)

    @cached_property
    def occ(self) -> str:
        return self.underlying

    @property
    def is_adjusted(self) -> bool:
        return False


def shares_of(symbol: str) -> ShareContract:
    return ShareContract(underlying=symbol, root=symbol)


_OCC = re.compile(r"^(?P<root>[A-Z][A-Z.]{0,5}\d?)\s*(?P<expiry>\d{6})(?P<right>[CP])(?P<strike>\d{8})$")


SYMBOLS = 1 << 14
"""Read or written symbols that are remembered: more than a day deals with."""


def is_adjusted_root(root: str) -> bool:
    return root[-1:].isdigit()


@lru_cache(maxsize=SYMBOLS)
def occ_symbol(root: str, expiry: date, right: Right, strike: float) -> str:
    """`SPY`, 2026-12-18, put, 480 → `SPY261218P00480000`."""
    letter = "C" if right is Right.CALL else "P"
    return f"{root}{expiry:%y%m%d}{letter}{round(strike * 1000):08d}"


def is_occ(symbol: str) -> bool:
    return _OCC.match(symbol) is not None


def _century(yymmdd: str) -> str:
    """Two digits tell no century: from 80 on it is the last one, where histories begin and no expiry lies ahead."""
    return "19" if yymmdd >= "80" else "20"


@lru_cache(maxsize=SYMBOLS)
def parse_occ(symbol: str) -> tuple[str, date, Right, float]:
    """Root, expiry, right and strike of an OCC symbol; `InputError` where it is not one."""
    match = _OCC.match(symbol.strip())
    if match is None:
        raise InputError(f"{symbol!r} is not an OCC option symbol; write it like SPY261218P00480000.")
    try:
        expiry = date.fromisoformat(_century(match["expiry"]) + match["expiry"])
    except ValueError:
        raise InputError(f"{symbol!r} names no real expiry date ({match['expiry']} as yymmdd).") from None
    right = Right.CALL if match["right"] == "C" else Right.PUT
    return match["root"], expiry, right, int(match["strike"]) / 1000
