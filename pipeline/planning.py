"""From what a command line asks for to what goes over history: the sessions, the plan, and where it all comes from.

Request ─► sessions · books · house ─► Plan ─► provenance, which names the run
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from pipeline.histories import Data, Opened
from pipeline.services import house_of
from pipeline.settings import Settings
from tools.backtest.plan import Plan
from tools.books.book import Book
from tools.calendar.sessions import sessions_between
from tools.domain.errors import InputError
from tools.domain.value import digest


@dataclass(frozen=True, slots=True)
class Request:
    """What a command line asks for; None leaves what the settings or the plan say."""

    books: Sequence[str]
    first: date
    last: date
    data: Data = "past"
    symbols: Sequence[str] = ()
    seed: int | None = None
    capital: float | None = None
    confidence: float | None = None
    people: Literal["refuse", "approve"] | None = None
    holdings: Mapping[str, int] | None = None
    keep: bool = True
    recordings: Sequence[Path] = ()


def sessions_of(request: Request) -> tuple[date, ...]:
    """The sessions of its window; `InputError` where there is none."""
    if request.first > request.last:
        raise InputError(f"--from {request.first} lies after --to {request.last}; turn them round.")
    sessions = sessions_between(request.first, request.last)
    if not sessions:
        raise InputError(
            f"The exchange has no session from {request.first} to {request.last}; choose another window."
        )
    return sessions


def plan_of(settings: Settings, request: Request, books: tuple[Book, ...], *, first: date, last: date) -> Plan:
    """`InputError` for a plan against itself."""
    chosen = {
        "capital": settings.account.cash if request.capital is None else request.capital,
        "confidence": request.confidence,
        "people": request.people,
        "holdings": request.holdings,
    }
    told = {name: value for name, value in chosen.items() if value is not None}
    try:
        return Plan(books=books, first=first, last=last, house=house_of(settings), **told)
    except ValidationError as error:
        said = error.errors(include_url=False)[0]
        where = ".".join(map(str, said["loc"]))
        why = said["msg"].removeprefix("Value error, ")
        raise InputError(f"The backtest cannot be planned: {where + ': ' if where else ''}{why}.") from None


def check_holdings(plan: Plan, opened: Opened) -> None:
    """Shares can only be bought of what the history offers."""
    missing = [symbol for symbol in plan.holdings if symbol not in opened.symbols]
    if missing:
        raise InputError(
            f"--holdings names {', '.join(missing)}, and this history offers {', '.join(opened.symbols)}; "
            "add it with --symbols."
        )


def provenance(request: Request, plan: Plan, opened: Opened, *, looks: int, recordings: str = "") -> dict[str, str]:
    """Where a run comes from, in words by name. The same words are the same run."""
    told = {
        "market": opened.market.source,
        "data": f"{request.data}: {opened.words}",
        "symbols": ", ".join(opened.symbols),
        "window": f"{plan.first} to {plan.last}, {looks:,} looks",
        "books": ", ".join(f"{book.name} {book_version(book)}" for book in plan.books),
        "plan": digest(plan.model_dump(mode="json"))[:16],
        "thetagate": version("thetagate"),
    }
    return told | {"recordings": recordings} if recordings else told


def book_version(book: Book) -> str:
    """Of its rules, 12 hex digits."""
    return digest(book.model_dump(mode="json"))[:12]
