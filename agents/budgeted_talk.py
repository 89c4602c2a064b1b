"""A conversation under the caps of the analyst: per candidate and per day, failing closed.

    worst cost of the step → within both caps? → talk → record what it cost (or the worst, where nobody can say)

The worst cost takes a token as two characters and every allowed token as written. Without a known price, or without
the record of what was spent, nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from genai_prices import Usage as Tokens
from genai_prices import calc_price

from agents.budget import Caps, SpendStore
from agents.conversation import Said, Talk, Talker
from tools.domain.errors import LedgerError, ModelError
from tools.domain.rationale import Usage

Ceiling = Callable[[str, str, Talk], float | None]


def ceiling(provider: str, model: str, talk: Talk) -> float | None:
    """The most one step can cost; None where the price list does not know the model."""
    tokens = math.ceil(len(talk.model_dump_json()) / 2)
    worst = Tokens(input_tokens=tokens, cache_write_tokens=tokens, output_tokens=talk.max_output_tokens)
    try:
        return float(calc_price(worst, model, provider_id=provider).total_price)
    except (LookupError, ValueError):
        return None


class BudgetedTalker:
    """A talker under caps; refuses with `ModelError` before a step that could break one.

    `candidate` names what the spending is counted against beside the day; `already` is what earlier conversations
    about it have cost.
    """

    def __init__(
        self,
        talker: Talker,
        *,
        caps: Caps,
        store: SpendStore,
        candidate: str,
        already: float = 0.0,
        worst: Ceiling = ceiling,
    ) -> None:
        self.provider = talker.provider
        self.model = talker.model
        self._talker = talker
        self._caps = caps
        self._store = store
        self._candidate = candidate
        self._already = already
        self._worst = worst

    def talk(self, talk: Talk) -> Iterator[str | Said]:
        worst = self._worst(self.provider, self.model, talk)
        if worst is None:
            raise self._refused(f"No price is known for {self.model}, so its budget cannot be kept; set a price.")
        self._check(worst)
        cost = worst
        try:
            for piece in self._talker.talk(talk):
                if isinstance(piece, Said):
                    cost = _charge(piece.usage, worst)
                yield piece
        except ModelError as error:
            cost = _charge(error.usage, worst)
            raise
        finally:
            self._record(cost)

    def _check(self, worst: float) -> None:
        try:
            here = self._store.spent(self._candidate) + self._already
            spent = {"this decision": here, "today": self._store.spent()}
        except LedgerError as error:
            raise self._refused(f"What was spent on models is unreadable, so nothing is asked: {error}") from error
        caps = {"this decision": self._caps.per_candidate, "today": self._caps.per_day}
        for what, cap in caps.items():
            if not spent[what] + worst <= cap:  # a spending of NaN is no reason to go on
                raise self._refused(
                    f"The model budget for {what} is used up: ${spent[what]:.4f} of ${cap:.2f} spent and the next "
                    f"step may cost ${worst:.4f}. Raise the cap, or ask with model.provider offline."
                )

    def _record(self, dollars: float) -> None:
        try:
            self._store.record(self._candidate, dollars)
        except LedgerError as error:
            raise self._refused(f"The cost of a model call could not be recorded: {error}") from error

    def _refused(self, message: str) -> ModelError:
        return ModelError(message, provider=self.provider, model=self.model, usage=Usage(cost_usd=0.0, seconds=0.0))


def _charge(usage: Usage | None, worst: float) -> float:
    """Its price, and the worst for every attempt whose cost nobody can say."""
    if usage is None or usage.cost_usd is None:
        return worst * max(1, 0 if usage is None else usage.calls)
    return usage.cost_usd + worst * max(0, usage.calls - 1)
