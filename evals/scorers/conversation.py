"""Scorers of a conversation: is there an answer, does it rest on the record, does it name the fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agents.reviewer import Reply
from evals.case import ReviewerCase, ReviewTurn
from evals.results import Score


@dataclass(frozen=True)
class Talked:
    """A case and the reply to each of its questions; `again` counts answers that were withdrawn and asked again."""

    case: ReviewerCase
    replies: tuple[Reply, ...]
    again: int = 0

    @property
    def pairs(self) -> Iterator[tuple[ReviewTurn, Reply]]:
        """The questions that were answered at all."""
        return ((turn, reply) for turn, reply in zip(self.case.turns, self.replies, strict=True) if reply.text)


def answered(talked: Talked) -> Score:
    """The share of questions that got an answer."""
    silent = [reply.problem or "no text" for reply in talked.replies if reply.problem or not reply.text]
    return Score(value=1 - len(silent) / len(talked.replies), fault=bool(silent), note="; ".join(silent[:2]))


def grounded(talked: Talked) -> Score | None:
    """The share of answers whose numbers and fields all stand in the record or in what a tool said."""
    replies = [reply for _, reply in talked.pairs]
    if not replies:
        return None
    misses = [miss for reply in replies for miss in reply.misses]
    loose = sum(not reply.grounded for reply in replies)
    return Score(value=1 - loose / len(replies), fault=loose > 0, note="; ".join(misses[:3]))


def reask(talked: Talked) -> Score:
    """1 where an answer had to be withdrawn and asked again."""
    return Score(value=float(talked.again > 0), fault=talked.again > 0)


def cites(talked: Talked) -> Score | None:
    """The share of the fields that have to be named that are."""
    wanted = [(field, reply) for turn, reply in talked.pairs for field in turn.cites]
    if not wanted:
        return None
    unnamed = [field for field, reply in wanted if not any(path.startswith(field) for path in reply.cited)]
    note = f"does not name {', '.join(unnamed[:4])}" if unnamed else ""
    return Score(value=1 - len(unnamed) / len(wanted), fault=bool(unnamed), note=note)


def tools(talked: Talked) -> Score | None:
    """The share of the tools that have to be asked that were, with an answer."""
    wanted = [(name, reply) for turn, reply in talked.pairs for name in turn.tools]
    if not wanted:
        return None
    unasked = [name for name, reply in wanted if all(call.name != name or call.failed for call in reply.tool_calls)]
    return Score(
        value=1 - len(unasked) / len(wanted), fault=bool(unasked), note=f"did not ask {unasked}" if unasked else ""
    )


def rubric(talked: Talked) -> Score | None:
    """The share of what has to be said, and of what must not be, that holds."""
    wanted = [(each, True, reply) for turn, reply in talked.pairs for each in turn.mentions]
    wanted += [(each, False, reply) for turn, reply in talked.pairs for each in turn.avoids]
    if not wanted:
        return None
    faults = [
        f"{'does not mention' if due else 'says'} {each}"
        for each, due, reply in wanted
        if bool(re.search(each, reply.text, re.IGNORECASE)) is not due
    ]
    return Score(value=1 - len(faults) / len(wanted), fault=bool(faults), note="; ".join(faults[:3]))
