"""The look at a market: every book over every chain, its candidates in one order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from tools.books.book import Book
from tools.books.screen import BookScreen, ranked, screen_book
from tools.calendar.expiries import VIX_ROOTS
from tools.calendar.trading_time import Clock
from tools.domain.account import Account
from tools.domain.candidate import Candidate
from tools.domain.chain import Chain
from tools.domain.market import Snapshot
from tools.portfolio.holdings import availability
from tools.portfolio.positions import Positions
from tools.risk.profile import LimitProfile
from tools.screening.holdings import Holdings

Progress = Callable[[str, int, int], None]
"""Called with the step's name, how many are done, and how many there are."""


WRITTEN_ON_FORWARD = "written_on_forward"
"""The rule by which options that are not written on the spot are refused."""


ADJUSTED_BEFORE_EXPIRY = "adjusted_before_expiry"
"""The rule by which contracts are refused that an announced split or special dividend will change."""


def quiet(_step: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Screened:
    """What the books found: candidates by quantitative score, and contracts rejected per rule.

    `holdings` is what the account left free for each book, by its name.
    """

    candidates: tuple[Candidate, ...]
    rejected: dict[str, int]
    holdings: dict[str, Holdings] = field(default_factory=dict)


def screen_market(
    snapshot: Snapshot,
    account: Account,
    books: Iterable[Book],
    *,
    profile: LimitProfile,
    progress: Progress = quiet,
    only: Collection[str] = (),
    positions: Positions | None = None,
) -> Screened:
    """Every book over the snapshot, or over the chains in `only`, with what the account leaves free.

    VIX options are written on its forward of each expiry (Cboe, VIX options specifications): a screen that measures
    from the spot would take one in the money for one far out of it, so that none is sold; a book that buys them
    measures from the forward. Nor is a contract sold that lives to see an announced split or special dividend: what
    it delivers then is not what was measured (F16).

    positions  `read_positions` of the same account and snapshot on calendar time, where it is at hand
    """
    free = availability(account, snapshot, clock=Clock.CALENDAR_365, profile=profile, positions=positions)
    wanted = {symbol: chain for symbol, chain in snapshot.chains.items() if not only or symbol in only}
    lasting = {symbol: _unadjusted(chain, snapshot.adjustments.get(symbol)) for symbol, chain in wanted.items()}
    on_spot = {symbol: chain for symbol, chain in lasting.items() if symbol not in VIX_ROOTS}
    chosen = tuple(books)
    screens: list[BookScreen] = []
    holdings: dict[str, Holdings] = {}
    for done, book in enumerate(chosen, start=1):
        chains = lasting if book.buys_volatility else on_spot
        holdings[book.name] = free.of(book.name, own_shares=book.sizing.own_shares)
        screens.append(screen_book(book, replace(snapshot, chains=chains), holdings[book.name]))
        progress("screen", done, len(chosen))
    rejected = Counter[str]()
    for screened in screens:
        rejected.update(screened.rejected)
    rejected.update(
        {
            WRITTEN_ON_FORWARD: sum(len(lasting[symbol]) for symbol in lasting.keys() - on_spot.keys()),
            ADJUSTED_BEFORE_EXPIRY: sum(len(wanted[symbol]) - len(chain) for symbol, chain in lasting.items()),
        }
    )
    counted = {rule: count for rule, count in rejected.items() if count}
    return Screened(candidates=ranked(screens), rejected=counted, holdings=holdings)


def _unadjusted(chain: Chain, adjusted: date | None) -> Chain:
    """The contracts that expire before the day on which the rest are adjusted."""
    return chain if adjusted is None else chain.take(chain.expiry < np.datetime64(adjusted, "D"))
