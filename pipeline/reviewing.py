"""The reviewer of the settings, over the decisions of a home: what `chat` and the dashboard ask.

settings, keys, record ─┬ recorded, where this very conversation was ─→ cassette
                        ├ a configured provider ─ behind its caps ────→ model and tools
                        └ else ───────────────────────────────────────→ rules

What a live model answered is kept in the record with what it cost, so that the caps hold across processes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from agents.budgeted_talk import BudgetedTalker
from agents.conversation import Talker
from agents.review_by_rule import RuleReviewer
from agents.reviewer import Chunk, Reply, Reviewer, Turn
from agents.talk_recorded import CONVERSATIONS, RecordedTalker
from pipeline.analysts import asked_key, providers
from pipeline.home import Home
from pipeline.settings import Settings
from pipeline.spending import HomeSpend
from pipeline.wiring import open_ledger
from tools.approvals import policy
from tools.approvals.policy import Thresholds
from tools.domain.decision import DecisionRecord, Gate
from tools.domain.errors import LedgerError, NotFound
from tools.domain.rationale import AnalysisSource
from tools.review.toolbox import Toolbox
from tools.review.what_if import Judged

SCHEMA = "thetagate.review/1"
PART = "review"
"""The kind of the part that keeps a live answer."""


class Asks(Protocol):
    """Whoever answers questions about a record; the last chunk is the `Reply`."""

    def ask(self, record: DecisionRecord, question: str, history: Sequence[Turn] = ()) -> Iterator[Chunk]: ...


def open_reviewer(home: Home, settings: Settings) -> DeskReviewer:
    """The reviewer of this home; nothing is opened before it is asked."""
    return DeskReviewer(home, settings)


class DeskReviewer:
    """Answers about any decision of a home, with whom the settings name."""

    def __init__(self, home: Home, settings: Settings) -> None:
        self._home = home
        self._settings = settings
        self.tools = Toolbox(judge=as_the_gate, others=self)

    def record(self, wanted: str) -> DecisionRecord:
        """From the home's books, else from its last dry run; `NotFound` where neither has it."""
        missing: NotFound | None = None
        for books in self._books():
            with open_ledger(books) as ledger:
                try:
                    return ledger.record(wanted)
                except NotFound as error:
                    missing = missing or error
        raise missing or NotFound(
            f"Nothing has run in {self._home.root} yet; start with `thetagate demo` or `thetagate run`."
        )

    def of_scan(self, snapshot: str) -> Iterable[DecisionRecord]:
        """What one look at a market proposed."""
        for books in self._books():
            with open_ledger(books) as ledger:
                found = [ledger.record(row.id) for row in ledger.decisions(scan=snapshot)]
            if found:
                return found
        return []

    def ask(self, record: DecisionRecord, question: str, history: Sequence[Turn] = ()) -> Iterator[Chunk]:
        """Text as it comes, the `Reply` last."""
        for chunk in self._who(record, question, history).ask(record, question, history):
            if isinstance(chunk, Reply) and chunk.source is AnalysisSource.LIVE:
                self._keep(record, question, chunk)
            yield chunk

    def _who(self, record: DecisionRecord, question: str, history: Sequence[Turn]) -> Asks:
        chosen = self._settings.model.provider
        if chosen == "offline":
            return RuleReviewer(tools=self.tools)
        recorded = RecordedTalker(CONVERSATIONS) if chosen in ("auto", "recorded") else None
        if recorded is not None:
            reviewer = Reviewer(recorded, tools=self.tools)
            first = reviewer.talk(reviewer.exchanges(record, question, history), record.candidate.label)
            if chosen == "recorded" or recorded.holds(first):
                return reviewer
        able = providers(self._settings)
        return Reviewer(self._live(able[0], record), tools=self.tools) if able else RuleReviewer(tools=self.tools)

    def _live(self, provider: str, record: DecisionRecord) -> Talker:
        """The model of a provider, behind the caps of the analyst; talking of a decision has a cap of its own."""
        store = HomeSpend(self._home, account=self._settings.account.name)
        return BudgetedTalker(
            talker(provider, self._settings),
            caps=self._settings.model.caps,
            store=store,
            candidate=f"chat {record.id}",
        )

    def _keep(self, record: DecisionRecord, question: str, reply: Reply) -> None:
        """Write the answer down. Two at a time may take the same number: the second takes the next."""
        body = {"schema": SCHEMA, "question": question, **reply.model_dump(mode="json")}
        with open_ledger(self._where(record), account=self._settings.account.name) as ledger:
            for attempt in range(2):
                number = sum(part.kind == PART for part in ledger.record(record.id).parts)
                try:
                    ledger.add_part(record.id, PART, body, actor="reviewer", revision=number)
                    return
                except LedgerError:
                    if attempt:
                        raise

    def _where(self, record: DecisionRecord) -> Home:
        """The books that hold a decision."""
        for books in self._books():
            with open_ledger(books) as ledger:
                try:
                    ledger.decision(record.id)
                    return books
                except NotFound:
                    continue
        return self._home

    def _books(self) -> Iterator[Home]:
        return (each for each in (self._home, self._home.dry_run) if each.is_initialised)


def as_the_gate(judged: Judged) -> Gate:
    """The desk's own gate, for a decision that is only supposed; its deadline is that of nothing."""
    return policy.gate(
        score=judged.score,
        fit=judged.fit,
        filters=judged.filters,
        analysis=judged.analysis,
        thresholds=Thresholds(automatic=judged.automatic, human=judged.human),
        mode=judged.mode,
        deadline=judged.at,
    )


def cost_of(record: DecisionRecord) -> float:
    """What the answers kept in a record have cost so far, where that is known."""
    told = (part.body.get("usage", {}).get("cost_usd") for part in record.parts if part.kind == PART)
    return math.fsum(cost for cost in told if isinstance(cost, int | float))


def talker(provider: str, settings: Settings) -> Talker:
    """The live model of a provider with the user's key; `ConfigError` where there is none."""
    key, timeout = asked_key(provider), settings.model.timeout_seconds
    if provider == "anthropic":
        from agents import anthropic
        from agents.talk_anthropic import AnthropicTalker

        ours = settings.model.anthropic
        return AnthropicTalker(
            api_key=key,
            model=ours.name or anthropic.DEFAULT_MODEL,
            base_url=ours.base_url or anthropic.DEFAULT_URL,
            timeout=timeout,
        )
    from agents import openai
    from agents.talk_openai import OpenAITalker

    theirs = settings.model.openai
    return OpenAITalker(
        api_key=key,
        model=theirs.name or openai.DEFAULT_MODEL,
        base_url=theirs.base_url or openai.DEFAULT_URL,
        timeout=timeout,
    )
