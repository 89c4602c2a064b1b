"""Which history a backtest goes through, and with which books.

--data past   ─→ the simulated past of the settings (driver, seed)
--data store  ─→ what `data import` brought into the home

and what the days that are over tell of the market an account trades on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pipeline.home import Home
from pipeline.market import DriverName, MarketChoice, MarketKind
from pipeline.settings import Settings
from pipeline.wiring import seed_of
from tools.domain.errors import ConfigError, InputError

if TYPE_CHECKING:
    from tools.backtest.history import HistoricalMarket
    from tools.books.book import Book
    from tools.portfolio.fixings import Fixings

Data = Literal["past", "store"]


@dataclass(frozen=True)
class Opened:
    """A history, what it was kept to, which one it is in words, and what it left out as it went."""

    market: HistoricalMarket
    symbols: tuple[str, ...]
    words: str
    skipped: Counter[str] = field(default_factory=Counter)


def open_named_books(settings: Settings, names: Sequence[str]) -> tuple[Book, ...]:
    """Books by name, the user's own before the shipped ones, enabled or not; what ends in .toml is a file."""
    from tools.books.load import load_book, shipped_book

    folder = settings.books.folder
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"books.folder {folder} is no folder; name one that holds TOML books, or drop the line.")
    own = {path.stem: path for path in sorted(folder.glob("*.toml"))} if folder else {}
    files = own | {name: Path(name).expanduser() for name in names if name.endswith(".toml")}
    return tuple(load_book(files[name]) if name in files else shipped_book(name) for name in dict.fromkeys(names))


@contextmanager
def open_past(
    home: Home,
    settings: Settings,
    data: Data,
    *,
    books: Sequence[Book],
    symbols: Sequence[str],
    seed: int | None,
    window: tuple[date, date],
    keep: bool,
) -> Iterator[Opened]:
    """The history of `data`, kept to `symbols`, else to what the books name, else whole; `keep` keeps made days."""
    wanted = tuple(dict.fromkeys(symbols)) or _of(books)
    if data == "past":
        yield _simulated(home, settings, wanted, seed=seed, books=books, keep=keep)
        return
    if seed is not None:
        raise InputError("--seed belongs to the simulated past, and --data is the store; leave it out.")
    from pipeline.calendared import CalendaredStore
    from tools.data.store.history import History

    with History.open(home.history) as history:
        listed = history.underlyings()
        if not listed:
            raise InputError(
                f"The history in {history.folder} holds no chain yet; import one with `thetagate data import FILE`."
            )
        kept = tuple(symbol for symbol in wanted if symbol in listed) if not symbols else wanted
        if wanted and not kept:
            raise InputError(
                f"These books trade {', '.join(wanted)}, and the history in {history.folder} has quotes of "
                f"{', '.join(listed)} alone."
            )
        market = CalendaredStore(history, settings, symbols=kept)
        for symbol, (day, factor) in market.unclear(after=window[0], until=window[1]).items():
            raise InputError(
                f"One share of {symbol} becomes {factor:.4f} on {day}, which is no split of n for m; end the "
                "window before that day, begin it on it, or leave the symbol out with --symbols."
            )
        skipped = market.skipped
        for symbol in wanted:
            if symbol not in kept:
                skipped[f"without quotes of {symbol}"] += 1
        _check_offer(books, kept or tuple(listed))
        imported = len({entry.import_id for symbol in market.symbols for entry in history.catalog.entries(symbol)})
        yield Opened(market, kept or tuple(listed), f"{imported:,} imports of {history.folder.name}", skipped)


def _simulated(
    home: Home, settings: Settings, wanted: tuple[str, ...], *, seed: int | None, books: Sequence[Book], keep: bool
) -> Opened:
    from pipeline.calendared import CalendaredPast
    from pipeline.past import simulated_past
    from tools.backtest.kept import KeptHistory

    asked = settings.market
    choice = MarketChoice(
        driver=asked.driver,
        history=str(home.history) if asked.driver is DriverName.HISTORY else None,
        seed=asked.seed if seed is None else seed,
    )
    past = simulated_past(choice, symbols=wanted)
    _check_offer(books, past.symbols)
    made = CalendaredPast(past, settings, choice)
    market = KeptHistory(made, home.days) if keep else made
    return Opened(market, past.symbols, f"driver {choice.driver}, seed {seed_of(choice)}")


@contextmanager
def open_fixings(choice: MarketChoice) -> Iterator[Fixings | None]:
    """What settles on the days between two looks at a market; None where nobody can tell, as of a file's."""
    match choice.kind:
        case MarketKind.EMBEDDED:
            from pipeline.wiring import embedded_market
            from tools.data.simulated import EmbeddedFixings

            yield EmbeddedFixings(embedded_market(choice))
        case MarketKind.PAST:
            from pipeline.past import simulated_past
            from tools.backtest.simulated import SimulatedHistory

            yield SimulatedHistory(simulated_past(choice))
        case MarketKind.STORE:
            from tools.backtest.stored import StoredHistory
            from tools.data.store.history import History

            with History.open(Path(choice.history or "")) as history:
                yield StoredHistory(history)
        case _:
            yield None


def _of(books: Sequence[Book]) -> tuple[str, ...]:
    """What the books name; empty where one of them looks at everything."""
    if any(isinstance(book.universe, str) for book in books):
        return ()
    return tuple(sorted({symbol for book in books for symbol in book.universe}))


def _check_offer(books: Sequence[Book], offered: Sequence[str]) -> None:
    """Every book must find something to look at."""
    for book in books:
        if not isinstance(book.universe, str) and not set(book.universe) & set(offered):
            raise InputError(
                f"{book.name} trades {', '.join(book.universe)}, and this history offers none of them; "
                "add one with --symbols, or leave the book out."
            )
