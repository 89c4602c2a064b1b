"""A book on file, for whoever asks about risk without an account here: thetagate risk --snapshot FILE.

    JSON ─→ checked line by line ─→ account · snapshot without quotes · vols · how underlyings move

What the file does not tell stays unknown: no beta is 1, no correlation is 0 and no vol is that of another.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, ValidationError

from tools.domain.account import Account, Position
from tools.domain.chain import Chain, SourceCounts, new_york_date
from tools.domain.contract import ExerciseStyle
from tools.domain.errors import InputError
from tools.domain.fact import Fact
from tools.domain.market import Conditions, InstrumentKind, Snapshot, UnderlyingFacts
from tools.domain.value import Value
from tools.portfolio.held import held_options
from tools.portfolio.tails import Moves

FloatArray = npt.NDArray[np.float64]

UNTOLD = "the file does not tell it"
INDEX = "Index"
"""The sector of what is looked through: no sector of the stock market."""

Correlation = Annotated[float, Field(ge=-1, le=1)]
Positive = Annotated[float, Field(gt=0)]


def _whole(value: float) -> int:
    if value != int(value):
        raise ValueError(f"{value:g} is no whole number of contracts or shares")
    return int(value)


class Underlying(Value):
    """spot money per share; vol, daily_vol, dividend_yield decimals; style of its options."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    spot: Positive
    vol: Positive | None = None
    daily_vol: Positive | None = None
    beta: float | None = None
    sector: str | None = None
    dividend_yield: float = 0.0
    style: ExerciseStyle = ExerciseStyle.AMERICAN


class Line(Value):
    """One position: an OCC symbol or a ticker, signed; price per share; vol decimal per year, calendar/365."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    symbol: str
    quantity: Annotated[float, AfterValidator(_whole)]
    price: Annotated[float, Field(ge=0)] | None = None
    vol: Positive | None = None
    book: str = ""
    broker: str = ""


class BookOnFile(Value):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    as_of: AwareDatetime
    cash: float
    rate: float = Field(gt=-1, lt=1)
    vix: Positive | None = None
    underlyings: dict[str, Underlying]
    correlation: dict[str, dict[str, Correlation]] = Field(default_factory=dict)
    positions: tuple[Line, ...]


@dataclass(frozen=True)
class Asked:
    """What risk is measured of, whoever told it.

    vols          by symbol, decimal per year, before what prices imply
    brokers       of each position, empty where they all are at the account's
    past          (t, n) daily log returns of the underlyings in the order they are held in, None unknown
    opened_today  Σ max loss of what was opened today, `nan` unknown
    """

    account: Account
    snapshot: Snapshot
    vols: dict[str, float]
    moves: Moves
    brokers: tuple[str, ...] = ()
    past: FloatArray | None = None
    opened_today: float = math.nan
    assumptions: tuple[str, ...] = ()


def read_book(path: Path) -> Asked:
    """`InputError` names the file, the place in it and what is wrong there."""
    try:
        told = BookOnFile.model_validate(json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(f"{path.name}, {place}: {first['msg']}.") from error
    except ValueError as error:
        raise InputError(f"{path.name} is no JSON: {error}.") from error
    snapshot = _snapshot(told)
    _check(told, snapshot, path.name)
    return Asked(
        account=Account(cash=told.cash, positions=tuple(_position(line, told) for line in told.positions)),
        snapshot=snapshot,
        vols={line.symbol: vol for line, vol in zip(told.positions, _vols(told, snapshot), strict=True) if vol},
        moves=Moves(
            daily_vol={name: each.daily_vol for name, each in told.underlyings.items() if each.daily_vol},
            correlation={(a, b): value for a, row in told.correlation.items() for b, value in row.items()},
        ),
        brokers=tuple(line.broker or Account.broker for line in told.positions if line.quantity),
        assumptions=tuple(_assumptions(told)),
    )


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON; write null for what is unknown")


def _position(line: Line, told: BookOnFile) -> Position:
    """Shares without a price are at their spot."""
    share = told.underlyings.get(line.symbol)
    price = share.spot if line.price is None and share is not None else line.price
    return Position(symbol=line.symbol, quantity=int(line.quantity), price=price, book=line.book)


def _vols(told: BookOnFile, snapshot: Snapshot) -> Iterator[float | None]:
    """A contract's own vol, else what its price implies (None), else that of its underlying."""
    contracts = held_options((line.symbol for line in told.positions), snapshot)
    for line in told.positions:
        contract = contracts.get(line.symbol)
        if contract is None or line.vol is not None or line.price is not None:
            yield line.vol
        else:
            yield told.underlyings[contract.underlying].vol


def _check(told: BookOnFile, snapshot: Snapshot, name: str) -> None:
    seen: set[tuple[str, str]] = set()
    contracts = held_options((line.symbol for line in told.positions), snapshot)
    today = new_york_date(told.as_of)
    for place, line in enumerate(told.positions):
        where = f"{name}, positions.{place}"
        contract = contracts.get(line.symbol)
        underlying = line.symbol if contract is None else contract.underlying
        if underlying not in told.underlyings:
            raise InputError(f"{where}: {line.symbol} is of {underlying}, which is not among the underlyings.")
        if (line.symbol, line.book) in seen:
            raise InputError(f"{where}: {line.symbol} stands twice in one book; add the two up.")
        seen.add((line.symbol, line.book))
        if contract is not None and contract.expiry < today:
            raise InputError(f"{where}: {line.symbol} expired on {contract.expiry}; leave it out.")
    for one, row in told.correlation.items():
        for other, value in row.items():
            mirrored = told.correlation.get(other, {}).get(one, value)
            if mirrored != value or (one == other and value != 1):
                raise InputError(f"{name}, correlation.{one}.{other}: {value:g} contradicts {mirrored:g}.")


def _assumptions(told: BookOnFile) -> Iterator[str]:
    yield "Shocks are instantaneous: no time passes, and no decay is counted as a gain."
    yield "Volatilities stand still in VaR and ES: the file tells nothing of how they move."
    if any(each.dividend_yield == 0 for each in told.underlyings.values()):
        yield "An underlying without a dividend_yield pays none."


def _snapshot(told: BookOnFile) -> Snapshot:
    chains = {name: _without_quotes(name, each, told) for name, each in told.underlyings.items()}
    untold: Fact[Any] = Fact.unknown(UNTOLD)
    return Snapshot(
        as_of=told.as_of,
        source="a book on file",
        simulated=False,
        embedded=False,
        chains=chains,
        facts={name: _facts(name, each) for name, each in told.underlyings.items()},
        conditions=Conditions(
            vix=untold if told.vix is None else Fact.known(told.vix, source="the file"),
            average_correlation=_average(told),
            blackouts=untold,
        ),
        counts=SourceCounts(rows=0, used=0),
        fingerprint="",
    )


def _average(told: BookOnFile) -> Fact[float]:
    """Over all pairs of underlyings; unknown where a pair is, or there is none."""
    pairs = [
        told.correlation.get(a, {}).get(b, told.correlation.get(b, {}).get(a))
        for a, b in combinations(sorted(told.underlyings), 2)
    ]
    known = [value for value in pairs if value is not None]
    if not pairs or len(known) < len(pairs):
        return Fact.unknown("the file does not tell the correlation of every pair")
    return Fact.known(float(np.mean(known)), source="the file")


def _facts(name: str, told: Underlying) -> UnderlyingFacts:
    untold: Fact[Any] = Fact.unknown(UNTOLD)
    index = told.sector == INDEX
    sector = Fact.not_applicable("an index is of no one sector") if index else untold
    return UnderlyingFacts(
        symbol=name,
        name=name,
        kind=InstrumentKind.INDEX if index else InstrumentKind.STOCK,
        broad_index=index,
        sector=sector if index or told.sector is None else Fact.known(told.sector, source="the file"),
        beta=untold if told.beta is None else Fact.known(told.beta, source="the file"),
        rating=untold, earnings=untold, iv_rank=untold, iv_percentile=untold, put_call_ratio=untold,
        sector_put_call_ratio=untold, sma_20=untold, rsi_14=untold, realised_vol=untold,
    )  # fmt: skip


def _without_quotes(name: str, told: Underlying, book: BookOnFile) -> Chain:
    """What options of an underlying are priced against, and no option."""
    none, words = np.empty(0), np.empty(0, dtype=np.str_)
    return Chain(
        underlying=name, as_of=book.as_of, spot=told.spot, rate=book.rate, dividend_yield=told.dividend_yield,
        style=told.style, source="a book on file", feed="none", root=words, expiry=none.astype("datetime64[D]"),
        right=none.astype(np.int8), strike=none, bid=none, ask=none, last=none, volume=none, open_interest=none,
        feed_iv=none, feed_delta=none, filled=none.astype(np.bool_),
    )  # fmt: skip
