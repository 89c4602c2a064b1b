"""What a backtest is of: books, their house, capital, costs, and what is assumed where nobody is asked."""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from tools.backtest.costs import Commissions, Slippage
from tools.books.book import Book
from tools.desk.assumed import CONFIDENCE
from tools.desk.house import House
from tools.domain.value import Value


class Plan(Value):
    """confidence  what the analyst is assumed to say of every candidate, 0-10
    people       what becomes of a trade that waits for a person: `refuse` lets it expire, `approve` lets it through
    interest     whether free cash earns the bill rate of the history
    holdings     shares by symbol that the first book which writes calls holds: bought at the first look, and again
                 at the look after they were called away
    """

    books: tuple[Book, ...]
    first: date
    last: date
    house: House = House()
    capital: float = Field(default=1_000_000.0, gt=0)
    confidence: float = Field(default=CONFIDENCE, ge=0, le=10)
    people: Literal["refuse", "approve"] = "refuse"
    slippage: Slippage = Slippage()
    commissions: Commissions = Commissions()
    interest: bool = True
    holdings: dict[str, int] = Field(default_factory=dict)

    @property
    def call_writers(self) -> tuple[str, ...]:
        """The books that write calls on shares they hold."""
        return tuple(book.name for book in self.books if book.writes_calls)

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if not self.books:
            raise ValueError("a backtest needs at least one book")
        if self.first > self.last:
            raise ValueError(f"the first day {self.first} lies after the last one {self.last}")
        if self.holdings and not self.call_writers:
            raise ValueError("shares are held for a book that writes covered calls, and none of these does")
        if any(shares < 1 for shares in self.holdings.values()):
            raise ValueError("holdings are whole shares, one or more")
        if len({book.name for book in self.books}) < len(self.books):
            raise ValueError("a book is named twice")
        return self
