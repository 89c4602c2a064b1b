"""The account as the fit sees it: cash, positions at their marks, and open reservations."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal

from tools.domain.mode import Mode
from tools.domain.value import Value


class Position(Value):
    """A signed holding of one symbol (OCC symbol or ticker). `price` is the mark per share, None when unknown."""

    symbol: str
    quantity: int
    price: float | None
    average_price: float | None = None
    book: str = ""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What one position, reservation or proposal adds to each measure, in account currency; `nan` is unknown.

    dollar_delta  Σ δ·n·mult·S          gamma_1pct   Σ γ·n·mult·S²·0.01
    vega_point    Σ vega per point       theta_day    Σ theta per day
    collateral    what secures it        max_loss     its largest loss
    notional      strike of what is sold, net of what protects it, or shares·S; 0 for covered calls and longs
    sectors       sector → exposure; empty with `sector_exempt` for broad indices
    overnight_loss  loss in the overnight gap of F15, positive; a gain is negative
    rise_loss     the same in its mirror upwards
    """

    underlying: str
    dollar_delta: float
    gamma_1pct: float
    vega_point: float
    theta_day: float
    collateral: float
    max_loss: float
    notional: float
    sectors: dict[str, float] = field(default_factory=dict)
    sector_exempt: bool = False
    broker: str = ""
    overnight_loss: float = math.nan
    rise_loss: float = math.nan
    book: str = ""


class Reservation(Value):
    """What a proposed or pending decision holds until it is filled, refused, rejected or expired."""

    decision_id: str
    book: str
    underlying: str
    cash: float
    shares: int
    contracts: int
    exposure: dict[str, float]
    sectors: dict[str, float]
    sector_exempt: bool
    opened_today: bool = True


@dataclass(frozen=True)
class Account:
    """Cash and positions. NAV is cash plus every position at its mark; None when a mark is unknown.

    `haircuts` are the reserve books: their shares, less so much of their value, secure what stands on margin.
    `liquid` are those of them that are sold where cash is short.
    `margined` are the books whose bare puts stand on margin, not on their strike in cash (decision D1).
    """

    cash: float
    positions: tuple[Position, ...]
    name: str = "main"
    broker: str = "simulated"
    reservations: tuple[Reservation, ...] = ()
    opened_today_max_loss: float = 0.0
    configured_brokers: int = 1
    margined: frozenset[str] = frozenset()
    haircuts: tuple[tuple[str, float], ...] = ()
    liquid: frozenset[str] = frozenset()


class BrokerAccount(Value):
    """The account as its broker tells of it. `buying_power` None is unknown; `blocked` says why nothing is taken.

    number  the broker's own
    mode    whose money it is
    """

    number: str
    mode: Mode
    buying_power: Decimal | None = None
    blocked: str = ""
