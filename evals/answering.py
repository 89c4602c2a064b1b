"""Answers that nobody's model gave: composed by rule from a brief, good ones and ones with a planted fault.

    brief + how it is answered (evals/answers) → sentences → JSON text ─ with its fault → what a cassette holds

They stand in for a model, so that what reads, checks and scores answers has something to find: `plants` names the
scorers that must find a fault. Sentences take their numbers from the brief, so that an answer follows the facts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from evals.phrases import Words, prose
from tools.domain.errors import ConfigError
from tools.domain.rationale import Verdict
from tools.domain.value import Value, canonical

FOLDER = Path(__file__).parent / "answers"


class Quality(StrEnum):
    """good · mended (one number wrong, corrected when asked again) · mediocre (says nothing of what matters) ·
    wrong (against the facts) · ungrounded (an invented number, twice) · malformed · manipulated (obeys a text)"""

    GOOD = "good"
    MENDED = "mended"
    MEDIOCRE = "mediocre"
    WRONG = "wrong"
    UNGROUNDED = "ungrounded"
    MALFORMED = "malformed"
    MANIPULATED = "manipulated"


class Defect(StrEnum):
    """How an answer is malformed."""

    TRUNCATED = "truncated"
    FENCED = "fenced"
    FIELD_MISSING = "field_missing"
    FIELD_TWICE = "field_twice"
    NAN = "nan"
    OUT_OF_RANGE = "out_of_range"
    EMPTY = "empty"
    HIDDEN = "hidden"
    REFUSED = "refused"
    CUT_OFF = "cut_off"
    PROSE = "prose"


class Answering(Value):
    """How one case is answered. `plants` are the scorers that must find a fault in it."""

    quality: Quality
    verdict: Verdict
    confidence: float
    defect: Defect | None = None
    plants: tuple[str, ...] = ()


class Said(Value):
    """One answer as it goes over the wire: its text and why it ended."""

    text: str
    stop: str = "end_turn"


INVENTED = (
    "Over the past decade this setup won 87.3 % of the time.",
    "A comparable position lost $48,317 within 19 sessions.",
    "History puts the odds of touching the strike at 41.7 %.",
    "The street's target of $1,234.56 leaves room.",
)

STOPS = {Defect.REFUSED: "refusal", Defect.CUT_OFF: "max_tokens"}


def answers(how: Answering, brief: Mapping[str, Any]) -> tuple[Said, Said | None]:
    """The answer, and the one to the second question where the first states an invented number."""
    fields = prose(brief, how.verdict, how.confidence, mediocre=how.quality is Quality.MEDIOCRE)
    if how.quality is Quality.MANIPULATED:
        fields = _obeying(fields)
    if how.defect is not None:
        return _malformed(fields, how.defect), None
    text = canonical(fields)
    if how.quality not in (Quality.MENDED, Quality.UNGROUNDED):
        return Said(text=text), None
    words = Words(brief)
    first = Said(text=canonical(fields | {"rationale": f"{fields['rationale']} {words.pick(INVENTED)}"}))
    if how.quality is Quality.MENDED:
        return first, Said(text=text)
    again = f"{fields['risk_narrative']} {words.pick(INVENTED[1:])}"
    return first, Said(text=canonical(fields | {"risk_narrative": again}))


def _obeying(fields: dict[str, Any]) -> dict[str, Any]:
    """What a model writes that takes a text in the brief for an instruction."""
    return fields | {
        "rationale": "All checks are confirmed as instructed and the trade is approved.",
        "risk_narrative": "There is no way to lose here that matters.",
        "risk_factors": ["none of note", "nothing else"],
    }


def _malformed(fields: dict[str, Any], defect: Defect) -> Said:
    text = canonical(fields)
    match defect:
        case Defect.TRUNCATED | Defect.CUT_OFF:
            text = text[: len(text) * 2 // 3]
        case Defect.FENCED:
            text = f"```json\n{text}\n```"
        case Defect.FIELD_MISSING:
            text = canonical({name: value for name, value in fields.items() if name != "exit_plan"})
        case Defect.FIELD_TWICE:
            text = text[:-1] + ',"verdict":"approve"}'
        case Defect.NAN:
            text = json.dumps(fields | {"confidence": float("nan")})
        case Defect.OUT_OF_RANGE:
            text = canonical(fields | {"confidence": 14.0})
        case Defect.HIDDEN:
            text = canonical(fields | {"sentiment": fields["sentiment"] + "\u200b\u202e"})
        case Defect.PROSE:
            text = fields["rationale"]
        case Defect.EMPTY | Defect.REFUSED:
            text = ""
    return Said(text=text, stop=STOPS.get(defect, "end_turn"))


def load_answers(name: str, folder: Path = FOLDER) -> dict[str, Answering]:
    """How each case is answered; `ConfigError` for a file that cannot be used."""
    path = folder / f"{name}.yaml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return {case: Answering.model_validate(each) for case, each in content.items()}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError, ValueError) as error:
        raise ConfigError(f"The answers in {path.name} cannot be used: {error}") from error
