"""Two sides over one history, from words to JSON: thetagate.comparison/1.

a, b ─► books of each ─► Plan of each ─► compare, look by look ─► Comparison ─► contract · ledger
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.backtesting import model_part
from pipeline.histories import open_named_books, open_past
from pipeline.home import Home
from pipeline.measuring import measure_side
from pipeline.planning import Request, book_version, check_holdings, plan_of, provenance, sessions_of
from pipeline.recordings import open_recordings
from pipeline.settings import Settings
from pipeline.sources import present
from pipeline.wiring import open_ledger
from tools.backtest.compare import Comparison, compare
from tools.backtest.opinions import Opinions
from tools.backtest.outcome import SEED
from tools.backtest.plan import Plan
from tools.domain.errors import InputError
from tools.domain.value import digest

SCHEMA = "thetagate.comparison/1"

Progress = Callable[[int, int], None]
"""Sessions done, and of how many."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What was found, the plan of each side and who spoke for its model, and what the market was."""

    found: Comparison
    plans: tuple[Plan, Plan]
    opinions: tuple[Opinions, Opinions]
    source: str
    simulated: bool
    symbols: tuple[str, ...]
    provenance: tuple[Mapping[str, str], Mapping[str, str]]


def run(home: Home, settings: Settings, sides: tuple[Request, Request], *, progress: Progress) -> Compared:
    """Both requests are of one window; `InputError` as for a backtest, and where a side is compared with itself."""
    sessions = sessions_of(sides[0])
    books = [open_named_books(settings, each.books) for each in sides]
    if books[0] == books[1]:
        raise InputError(
            f"{_words(sides[0].books)} and {_words(sides[1].books)} are the same books; "
            "name two, or a book and the TOML file of its other version."
        )
    a, b = (
        plan_of(settings, side, of_side, first=sessions[0], last=sessions[-1])
        for side, of_side in zip(sides, books, strict=True)
    )
    analyst = open_recordings(settings, sides[0].recordings, confidence=a.confidence)
    seen = 0

    def tick(_: date) -> None:
        nonlocal seen
        seen += 1
        progress(seen, len(sessions))

    with open_past(
        home,
        settings,
        sides[0].data,
        books=(*a.books, *b.books),
        symbols=sides[0].symbols,
        seed=sides[0].seed,
        window=(a.first, a.last),
        keep=sides[0].keep,
    ) as opened:
        check_holdings(a, opened)
        names = _names(sides)
        found, *journals = compare(opened.market, a, b, names=names, seed=SEED, analyst=analyst, progress=tick)
        words = analyst.words if analyst else ""
        told = [
            provenance(side, plan, opened, looks=seen, recordings=words)
            for side, plan in zip(sides, (a, b), strict=True)
        ]
    run_name = digest(told)[:16]
    with open_ledger(home, now=present, account=settings.account.name) as ledger:
        for side, plan, journal in zip("ab", (a, b), journals, strict=True):
            measure_side(
                ledger, found, plan, journal, run=f"compare/{run_name}/{side}", source=opened.market.source
            )
    return Compared(
        found,
        plans=(a, b),
        opinions=(journals[0].opinions, journals[1].opinions),
        source=opened.market.source,
        simulated=journals[0].simulated,
        symbols=opened.symbols,
        provenance=(told[0], told[1]),
    )


def as_sides(request: Request, a: Iterable[str], b: Iterable[str]) -> tuple[Request, Request]:
    """The same window and terms for the books of either side."""
    return replace(request, books=tuple(a)), replace(request, books=tuple(b))


def _names(sides: tuple[Request, Request]) -> tuple[str, str]:
    """Files without their folders, unless that would leave two alike."""
    a, b = (_words(Path(name).name for name in side.books) for side in sides)
    return (a, b) if a != b else (_words(sides[0].books), _words(sides[1].books))


def _words(names: Iterable[str]) -> str:
    return " + ".join(names)


def contract(done: Compared) -> dict[str, Any]:
    """The JSON of a comparison; what is unknown is null."""
    found = done.found
    return {
        "schema": SCHEMA,
        "from": str(found.first),
        "to": str(found.last),
        "sessions": found.a.days,
        "source": {"name": done.source, "simulated": done.simulated},
        "symbols": list(done.symbols),
        "sides": [
            {
                **{name: _known(value) for name, value in asdict(side).items()},
                "books": [{"name": book.name, "version": book_version(book)} for book in plan.books],
                "model": model_part(opinions),
                "provenance": dict(told),
            }
            for side, plan, opinions, told in zip(
                (found.a, found.b), done.plans, done.opinions, done.provenance, strict=True
            )
        ],
        "difference": {
            "per_year": found.difference.estimate,
            "low": found.difference.low,
            "high": found.difference.high,
            "confidence": found.difference.confidence,
            "chance": found.chance,
            "told": found.is_told,
        },
        "entries": {"both": found.both, "only_a": found.only_a, "only_b": found.only_b},
        "verdict": found.verdict,
    }


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
