"""The shape of an answer: the JSON schema the providers are asked for, and the strict reading of what came.

The schema is ours to the byte. It is derived from `Rationale` and written in the subset both providers accept
(every field required, nothing additional, no references, no numeric bounds), so that an upgrade of an SDK does
not change a request and with it the key of a recording.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, NoReturn

from pydantic import ValidationError

from tools.domain.errors import ModelError
from tools.domain.rationale import Rationale

NAME = "rationale"

# An answer of the asked size has some 3,000 characters; what is far beyond is no answer.
MAX_CHARACTERS = 32_000
MAX_ITEMS = 12

# Unicode categories of characters that no reader sees: control, format, private, surrogate, unassigned.
HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})

# Words that English prose of any subject is full of and its neighbours lack. The recorded answers and the template
# have 18 % to 26 % of them; Dutch, German and the Romance languages at most 7 %. Short notes are not judged so.
ENGLISH = frozenset({
    "the", "and", "of", "is", "are", "to", "with", "by", "from", "that", "this", "than", "which", "when",
    "its", "it", "has",
})  # fmt: skip
ENGLISH_SHARE = 0.10
JUDGED_WORDS = 30
FOREIGN_SHARE = 0.1  # of the letters, beyond those of English

PURPOSES = {
    "rationale": "Why this trade pays for its risk, in two or three sentences.",
    "risk_narrative": "How this trade loses money, in two sentences: the path, the speed, the size.",
    "risk_factors": "Two to four concrete risks, most important first, one short phrase each.",
    "catalysts": "Dated or foreseeable events before expiry that can move the price; empty when none is known.",
    "sentiment": "What positioning and momentum in the brief say, in one sentence.",
    "earnings": "Where earnings stand against expiry and what that means here, in one sentence.",
    "sector_and_macro": "Sector, volatility regime and scheduled macro events, in one sentence.",
    "scenarios": "How the trade ends.",
    "scenarios.best": "The best realistic outcome, one sentence.",
    "scenarios.base": "The most likely outcome, one sentence.",
    "scenarios.worst": "The worst realistic outcome, one sentence.",
    "similar_trades": "What similar past trades in the brief teach; say so when there are none.",
    "exit_plan": "When to take profit, when to stop, what to do near expiry, in one or two sentences.",
    "verdict": "approve, caution or decline.",
    "confidence": "Confidence in this trade from 0 to 10, one decimal.",
}


def answer_schema() -> dict[str, Any]:
    """The JSON schema of `Rationale` in the subset that Anthropic and OpenAI both enforce."""
    schema = Rationale.model_json_schema()
    return _strict(schema, schema.get("$defs", {}), "")


def parse_answer(text: str) -> Rationale:
    """The rationale in `text`; `ModelError` with one sentence when it is anything else."""
    if len(text) > MAX_CHARACTERS:
        raise ModelError(f"The answer has {len(text):,} characters (at most {MAX_CHARACTERS:,} are read).")
    if not text.strip():
        raise ModelError("The answer is empty.")
    _refuse_loose_json(text)
    try:
        answer = Rationale.model_validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "it"
        raise ModelError(f"The answer does not fit its schema: {where[:80]}: {first['msg'][:200]}.") from None
    _refuse_odd_content(answer)
    return answer


def narrative(rationale: Rationale) -> str:
    """All the prose of an answer, a field per line."""
    scenarios = rationale.scenarios
    return "\n".join((
        rationale.rationale, rationale.risk_narrative, *rationale.risk_factors, *rationale.catalysts,
        rationale.sentiment, rationale.earnings, rationale.sector_and_macro,
        scenarios.best, scenarios.base, scenarios.worst, rationale.similar_trades, rationale.exit_plan,
    ))  # fmt: skip


def _strict(node: dict[str, Any], definitions: dict[str, Any], path: str) -> dict[str, Any]:
    if "$ref" in node:
        node = definitions[node["$ref"].rsplit("/", 1)[-1]]
    strict: dict[str, Any] = {"type": node["type"]}
    if "enum" in node:
        strict["enum"] = list(node["enum"])
    if path in PURPOSES:
        strict["description"] = PURPOSES[path]
    if node["type"] == "array":
        strict["items"] = _strict(node["items"], definitions, f"{path}[]")
    if node["type"] == "object":
        prefix = f"{path}." if path else ""
        fields = node["properties"]
        strict["properties"] = {name: _strict(field, definitions, prefix + name) for name, field in fields.items()}
        strict["required"] = list(fields)
        strict["additionalProperties"] = False
    return strict


def _refuse_loose_json(text: str) -> None:
    """Refuse what a lenient parser would let pass: a field given twice, NaN and infinity."""
    try:
        json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError):
            raise ModelError(f"The answer is not JSON: {error.msg} at character {error.pos}.") from None
        raise ModelError(f"The answer is not usable JSON: {str(error)[:120]}.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"field {twice[:40]!r} is given twice")
    return fields


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _is_english(text: str) -> bool:
    """Whether a desk that reads English can read it, and the check of its numbers too."""
    once = " ".join(dict.fromkeys(re.split(r"[.\n]", text.lower())))  # a sentence said ten times is said once
    words = re.findall(r"[^\W\d_]+", once)
    foreign = sum(mark.isalpha() for mark in re.findall(r"[^\x00-\x7f]", once))
    if foreign > FOREIGN_SHARE * sum(map(len, words)):
        return False
    return len(words) < JUDGED_WORDS or sum(word in ENGLISH for word in words) >= ENGLISH_SHARE * len(words)


def _refuse_odd_content(answer: Rationale) -> None:
    """Refuse empty prose, endless lists, another language, and characters that a reader cannot see."""
    for name in ("risk_factors", "catalysts"):
        if len(getattr(answer, name)) > MAX_ITEMS:
            raise ModelError(f"The answer lists more than {MAX_ITEMS} {name.replace('_', ' ')}.")
    for name in ("rationale", "risk_narrative", "exit_plan"):
        if not getattr(answer, name).strip():
            raise ModelError(f"The answer leaves {name.replace('_', ' ')} empty.")
    text = narrative(answer)
    if not _is_english(text):
        raise ModelError("The answer is not in English.")
    hidden = {mark for mark in set(text) if unicodedata.category(mark) in HIDDEN and mark not in "\n\t"}
    if hidden:
        codes = ", ".join(f"U+{ord(mark):04X}" for mark in sorted(hidden)[:3])
        raise ModelError(f"The answer holds control or hidden characters ({codes}).")
