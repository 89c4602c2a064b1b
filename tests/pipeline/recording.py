"""A person who answers every question of a history by rule, and the cassette of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from agents.analyst import Analyst
from agents.cassette import Origin, read_cassette, write_cassette
from agents.model import Completion, ModelRequest
from agents.recorded import NO_MODEL, author
from tools.backtest.engine import backtest
from tools.backtest.hindsight import Hindsight
from tools.backtest.history import HistoricalMarket
from tools.backtest.opinions import Opinion
from tools.backtest.plan import Plan
from tools.domain.candidate import Candidate
from tools.domain.market import Snapshot
from tools.domain.rationale import AnalysisSource, Usage
from tools.domain.value import canonical, digest

Answer = dict[str, Any]

INVENTED = "The premium is 123456.7 dollars."
"""A number that no brief holds."""


def answer(request: ModelRequest) -> Answer:
    """Of each question its own: some are declined, some invent a number, confidences run from 5 to 9.9."""
    number = int(digest(request.brief)[:8], 16)
    return {
        "rationale": INVENTED if number % 5 == 0 else "The premium pays for its risk.",
        "risk_narrative": "A fall through the strike loses money fast.",
        "risk_factors": ["a gap over a night"],
        "catalysts": [],
        "sentiment": "Calm.",
        "earnings": "None.",
        "sector_and_macro": "Broad.",
        "scenarios": {"best": "It expires.", "base": "It decays.", "worst": "It falls."},
        "similar_trades": "None on record.",
        "exit_plan": "Buy back at half the credit.",
        "verdict": "decline" if number % 3 == 0 else "approve",
        "confidence": 5.0 + number % 50 / 10,
    }


class Person:
    """A model that is a person, who keeps what was asked."""

    provider, model = "recorded", NO_MODEL

    def __init__(self, rule: Callable[[ModelRequest], Answer]) -> None:
        self._rule = rule
        self.answered: list[tuple[ModelRequest, Mapping[str, Any]]] = []

    def complete(self, request: ModelRequest) -> Completion:
        text = self._rule(request)
        if request.correction_of is None:
            self.answered.append((request, text))
        return Completion(
            text=canonical(text),
            stop="end_turn",
            source=AnalysisSource.AUTHORED,
            provider=self.provider,
            model=self.model,
            usage=Usage(calls=1),
        )


class Asks:
    """Over a history, asks a person."""

    recordings: tuple[str, ...] = ("a person",)

    def __init__(self, person: Person) -> None:
        self._analyst = Analyst(person)

    def opinion(self, candidate: Candidate, snapshot: Snapshot) -> Opinion:
        facts = snapshot.facts[candidate.underlying]
        return Opinion(self._analyst.analyse(candidate, facts, snapshot.conditions), Hindsight.UNKNOWN)


def record(
    path: Path, market: HistoricalMarket, plan: Plan, *, rule: Callable[[ModelRequest], Answer] = answer
) -> int:
    """Write what a person says over `plan` as a cassette; how many answers it holds."""
    person = Person(rule)
    backtest(market, plan, analyst=Asks(person))
    author(path, person.answered)
    return len(person.answered)


def as_if_live(path: Path, *, at: datetime | None, model: str) -> None:
    """The cassette again, its answers signed as a model's that was asked at `at`."""
    write_cassette(
        path,
        [
            replace(each, origin=Origin.LIVE, at=at, seconds=1.0, reply=each.reply | {"model": model})
            for each in read_cassette(path)
        ],
    )
