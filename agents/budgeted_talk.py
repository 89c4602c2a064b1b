"""A conversation under the caps of the analyst: per decision, day and month, failing closed.

    worst cost of the step → set aside, within every cap? → talk → settle what it cost (or the worst, if unknown)

The worst cost takes a token as two characters and every allowed token as written. Without a known price, or without
the record of what was spent, nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from genai_prices import Usage as Tokens
from genai_prices import calc_price

from agents.budget import NOTHING, SpendStore, charge
from agents.conversation import Said, Talk, Talker
from agents.exchange import ATTEMPTS
from tools.domain.errors import LedgerError, ModelError
from tools.domain.rationale import Usage
from tools.domain.spending import CallOutcome, Caps, Intended, Settlement, Shortfall

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

    `candidate` names what the spending is counted against beside the day and the month.
    """

    def __init__(
        self, talker: Talker, *, caps: Caps, store: SpendStore, candidate: str, worst: Ceiling = ceiling
    ) -> None:
        self.provider = talker.provider
        self.model = talker.model
        self._talker = talker
        self._caps = caps
        self._store = store
        self._candidate = candidate
        self._worst = worst

    def talk(self, talk: Talk) -> Iterator[str | Said]:
        worst = self._worst(self.provider, self.model, talk)
        if worst is None:
            raise self._refused(f"No price is known for {self.model}, so its budget cannot be kept; set a price.")
        ticket = self._set_aside(worst)
        usage, outcome, reason = Usage(calls=1), CallOutcome.FAILED, "it was broken off"
        try:
            for piece in self._talker.talk(talk):
                if isinstance(piece, Said):
                    usage, outcome, reason = piece.usage, CallOutcome.ANSWERED, ""
                yield piece
        except ModelError as error:
            usage, reason = error.usage or usage, str(error)
            raise
        finally:
            self._settle(
                ticket, Settlement(outcome=outcome, usage=usage, charged=charge(usage, worst), reason=reason)
            )

    def _set_aside(self, worst: float) -> int:
        call = Intended(candidate=self._candidate, provider=self.provider, model=self.model, worst=worst * ATTEMPTS)
        try:
            found = self._store.set_aside(call, self._caps)
        except LedgerError as error:
            raise self._refused(f"What was spent on models is unreadable, so nothing is asked: {error}") from error
        if isinstance(found, Shortfall):
            scope = found.scope.replace("candidate", "decision")
            raise self._refused(
                f"The model budget for {scope} is used up: ${found.spent:.4f} of ${found.cap:.2f} spent and the "
                f"next step may cost ${worst:.4f}. Raise the cap, or ask with model.provider offline."
            )
        return found

    def _settle(self, ticket: int, settlement: Settlement) -> None:
        try:
            self._store.settle(ticket, settlement)
        except LedgerError as error:
            raise self._refused(f"The cost of a model call could not be recorded: {error}") from error

    def _refused(self, message: str) -> ModelError:
        return ModelError(message, provider=self.provider, model=self.model, usage=NOTHING)
