"""What a source of fundamentals says of one company; what it does not say is unknown with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tools.domain.chain import Dividend
from tools.domain.fact import Fact


@dataclass(frozen=True, slots=True)
class Company:
    """`sector` is a GICS sector name, `rating` a long-term issuer rating of an agency (AAA … D), `beta` to the
    market, `earnings` announced dates from today on, `dividends` those with an ex-date after today."""

    symbol: str
    name: str
    sector: Fact[str]
    rating: Fact[str]
    beta: Fact[float]
    earnings: Fact[tuple[date, ...]]
    dividends: Fact[tuple[Dividend, ...]]
