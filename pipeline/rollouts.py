"""The rollout of books, reviewed: what each has shown in its stage, and the stage that follows (spec H6).

settings name a beginning → ledger holds the stage → evidence since it began → review ─┬→ back, at once, by any run
                                                                                       ├→ on, when a person reviews
                                                                                       └→ the same; what it lacks
More capital is given by `thetagate books review` alone; less is taken by every run that sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.settings import Settings
from tools.books.rollout import Evidence, Review, Rollout, Stage, evidence, fall, review
from tools.domain.chain import new_york_date
from tools.domain.mode import Mode
from tools.ledger.evaluations import Evaluation, RunKind, version_of
from tools.ledger.rollouts import Standing

if TYPE_CHECKING:
    from tools.books.book import Book
    from tools.ledger.store import Ledger

REVIEWER = "rollout"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One book: where it stood, where it stands, and what was seen of it in between.

    days      calendar days in the stage that was looked at
    capital   what its drawdown is measured on, account currency
    backtest  the newest one of the same rules, None where none is kept
    """

    before: Standing
    after: Standing
    shown: Evidence
    days: int
    capital: float
    backtest: Evaluation | None
    reasons: tuple[str, ...]

    @property
    def moved(self) -> bool:
        return self.before.stage is not self.after.stage

    @property
    def words(self) -> str:
        """One sentence: where it goes or stays, and why."""
        was, now = self.before.stage.words, self.after.stage.words
        why = f": {'; '.join(self.reasons)}" if self.reasons else ""
        name = self.before.book
        if self.after.move == "promoted" and self.moved:
            return f"{name} goes from {was} to {now}: every criterion of its stage holds"
        if self.moved:
            return f"{name} steps back from {was} to {now}{why}"
        if self.after != self.before:
            return f"{name} begins {now} anew{why}"
        return f"{name} stays at {now}{why}"


def current(ledger: Ledger, settings: Settings) -> dict[str, Stage]:
    """The stage of each book that the settings roll out: the ledger's, or where it would begin."""
    known = ledger.standings()
    return {
        name: known[name].stage if name in known and known[name].begun is begun else begun
        for name, begun in settings.books.rollout.items()
    }


def review_books(
    ledger: Ledger, settings: Settings, books: Mapping[str, Book], *, now: datetime, promotes: bool
) -> tuple[Reviewed, ...]:
    """Look at every one of `books` that is rolled out and write down what moves; up only where `promotes`."""
    found = []
    for name, begun in settings.books.rollout.items():
        if name not in books:
            continue
        rules = books[name].model_dump(mode="json")
        standing = _begin(ledger, name, begun, rules, now=now)
        found.append(_reviewed(ledger, settings, books[name], standing, rules, now=now, promotes=promotes))
    return tuple(found)


def _begin(ledger: Ledger, name: str, begun: Stage, rules: dict[str, Any], *, now: datetime) -> Standing:
    """The standing in the ledger; a new one where there is none, or where the settings begin it elsewhere."""
    known = ledger.standings().get(name)
    if known is not None and known.begun is begun:
        return known
    why = f"books.rollout begins it at {begun.words}"
    fresh = Standing(book=name, stage=begun, since=now, begun=begun, move="began", reasons=(why,))
    ledger.move_stage(fresh, rules=rules, shown={}, actor=REVIEWER)
    return fresh


def _reviewed(
    ledger: Ledger,
    settings: Settings,
    book: Book,
    standing: Standing,
    rules: dict[str, Any],
    *,
    now: datetime,
    promotes: bool,
) -> Reviewed:
    backtest = _backtest(ledger, version_of(rules), book.name)
    capital = _capital(ledger, book, standing.stage, now=now)
    shown = _evidence(ledger, standing, capital=capital, backtest=backtest, now=now)
    began, today = new_york_date(standing.since), new_york_date(now)
    state = Rollout(book=book.name, stage=standing.stage, since=began)
    result = review(state, shown, settings.books.promotion, today=today)
    stays = result.rollout == state or (result.moved > 0 and not promotes)
    after = standing if stays else _after(standing, result, now=now)
    reviewed = Reviewed(
        before=standing,
        after=after,
        shown=shown,
        days=(today - began).days,
        capital=capital,
        backtest=backtest,
        reasons=result.reasons or _ready(result, stays=stays),
    )
    if after != standing:
        ledger.move_stage(after, rules=rules, shown=_told(reviewed), actor=REVIEWER)
    return reviewed


def _after(standing: Standing, result: Review, *, now: datetime) -> Standing:
    """A stage begins at the instant of its review, also where a book on paper is sent back to paper."""
    move = "promoted" if result.moved > 0 else "stepped_back"
    reasons = result.reasons or ("every criterion of its stage holds",)
    changes = {"stage": result.rollout.stage, "since": now, "move": move, "reasons": reasons}
    return standing.model_copy(update=changes)


def _ready(result: Review, *, stays: bool) -> tuple[str, ...]:
    if result.moved > 0 and stays:
        return ("every criterion of its stage holds, and `thetagate books review` moves it on",)
    return ()


def _evidence(
    ledger: Ledger, standing: Standing, *, capital: float, backtest: Evaluation | None, now: datetime
) -> Evidence:
    """Trades that ended after the stage began; the drawdown of the book's profit as cycles told it, up to now.

    A stage that begins now has no drawdown: a run that is repeated must not go back a second time for the same one.
    """
    ended = [each for each in ledger.ended_trades(standing.book) if each.closed_at > standing.since]
    measured = [each.by_book.get(standing.book) for each in ledger.live_metrics(since=standing.since)]
    known = [float(each) for each in (*measured, ledger.profit(standing.book)) if each is not None]
    expected = None if backtest is None else backtest.figures.get("win rate")
    begun = standing.since < now
    return evidence(
        (float(each.pnl) for each in ended),
        capital=capital,
        drawdown=fall((each - known[0] for each in known), capital) if begun and len(known) > 1 else None,
        expected=expected,
    )


def _capital(ledger: Ledger, book: Book, stage: Stage, *, now: datetime) -> float:
    """The book's share of the account as last measured, as far as its stage lets it have it."""
    measured = [each.nav for each in ledger.live_metrics(since=now) if each.nav is not None]
    nav = measured[-1] if measured else float(ledger.cash())
    return nav * (book.sizing.capital or 1.0) * stage.fraction_in(Mode.SIMULATED)


def _backtest(ledger: Ledger, version: str, name: str) -> Evaluation | None:
    """The newest backtest of these very rules in which they traded."""
    kept = [
        each
        for run, each in ledger.evaluations(name)
        if each.kind is RunKind.BACKTEST and each.version == version and run.startswith("backtest/")
    ]
    return next((each for each in reversed(kept) if each.status == "traded"), None)


def _told(found: Reviewed) -> dict[str, Any]:
    """The evidence as it is kept with a move."""
    return {
        "from": found.before.stage.value,
        "days": found.days,
        "trades": found.shown.trades,
        "wins": found.shown.wins,
        "pnl": found.shown.pnl,
        "drawdown": found.shown.drawdown,
        "capital": found.capital,
        "backtest win rate": found.shown.expected,
    }
