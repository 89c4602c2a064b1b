"""Texts from outside: which are read, how they are put to the model, and that they can only lower.

    texts → dated before the decision? → cleaned, capped → envelope → second opinion ─┐
                 └ left out, with its reason                                           ├→ the more careful of both
                                            opinion on the facts alone ────────────────┘

The lowering is arithmetic: confidence = min(facts alone, facts and texts), verdict = the more careful one. Nothing
of the second answer's prose is kept, so that no sentence a stranger wrote reaches a person as the analyst's.
"""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from agents.letters import plain, without_markup
from tools.domain.outside import Heard, OutsideText
from tools.domain.rationale import Rationale, Verdict

MAX_TEXTS = 6
MAX_CHARACTERS = 1_500
# What is longer is no article; it is cut before it is cleaned, so that cleaning is bounded.
MAX_RAW = 40_000
LINE = 110

_CARE = {Verdict.APPROVE: 0, Verdict.CAUTION: 1, Verdict.DECLINE: 2}


class Admitted(NamedTuple):
    """The texts as lines for the prompt, newest first, and the record of all of them."""

    texts: tuple[dict[str, object], ...]
    heard: tuple[Heard, ...]


def admit(texts: Sequence[OutsideText], *, as_of: datetime) -> Admitted:
    """The texts that may be read at `as_of`: dated, published by then, not empty, no repetition, the newest few."""
    dated = [text for text in texts if text.published is not None]
    newest = sorted(dated, key=_age)
    heard = [_heard(text, "it carries no date") for text in texts if text.published is None]
    read: list[dict[str, object]] = []
    seen: set[str] = set()
    for text in newest:
        line = plain(without_markup(text.text[:MAX_RAW]))[:MAX_CHARACTERS]
        reason = _left_out(text, line, as_of, seen, len(read))
        heard.append(_heard(text, reason))
        if not reason:
            seen.add(line)
            read.append({"published": _instant(text.published), "lines": textwrap.wrap(line, LINE)})
    return Admitted(tuple(read), tuple(heard))


def lowered(alone: Rationale, with_texts: Rationale) -> Rationale:
    """The opinion on the facts alone, no surer and no less careful for the texts."""
    careful = max(alone.verdict, with_texts.verdict, key=_CARE.__getitem__)
    return alone.model_copy(update={"confidence": min(alone.confidence, with_texts.confidence), "verdict": careful})


def _left_out(text: OutsideText, line: str, as_of: datetime, seen: set[str], count: int) -> str:
    published = text.published
    if published is None or published.tzinfo is None:
        return "its date names no time zone"
    if published > as_of:
        return "it was published after the decision's facts"
    if not line:
        return "it holds no readable text"
    if line in seen:
        return "it repeats another text"
    return f"there are {MAX_TEXTS} newer ones" if count >= MAX_TEXTS else ""


def _age(text: OutsideText) -> tuple[float, str, str]:
    """Newest first; ties by their words, so that the order of a source does not matter."""
    published = text.published
    stamp = published.timestamp() if published is not None and published.tzinfo is not None else 0.0
    return (-stamp, text.source, text.text)


def _heard(text: OutsideText, reason: str) -> Heard:
    digest = hashlib.sha256(text.text.encode("utf-8", "surrogatepass")).hexdigest()
    return Heard(source=plain(text.source)[:80], published=text.published, digest=digest, left_out=reason)


def _instant(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(ZoneInfo('America/New_York')):%Y-%m-%d %H:%M} New York"
