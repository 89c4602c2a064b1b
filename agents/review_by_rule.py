"""The reviewer without a model: the common questions, answered from the record by rule and labelled `offline`.

question → what it asks for (patterns, in order) → an answer of `agents.rule_answers` → Reply

It reads numbers only where a question says what they are, and says so where the record holds no answer. It never
guesses: a question it does not know is answered with what can be asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agents import rule_answers
from agents.reviewer import Chunk, Reply, ReviewTools, Text, Turn, cited, misses_of
from agents.rule_answers import Answer, Teller
from agents.rule_suppositions import beside, supposed_in
from tools.domain.decision import DecisionRecord
from tools.domain.rationale import AnalysisSource, Usage
from tools.domain.value import digest
from tools.review.record_facts import record_facts

PROVIDER = "offline"
MODEL = "rules"

_BEYOND = re.compile(
    r"\b(tomorrow|right now|currently?|latest|news|forecast|predict|will (?:it|the|they)|should (?:i|we)|recommend|"
    r"ceo|competitor|next (?:week|month|year)|weather|buy the stock)\b|\btoday'?s price"
)

# In order: the first pattern that is found in the question answers it.
ANSWERS: tuple[tuple[str, Answer], ...] = (
    (r"same scan|alternativ|other (?:trades|candidates|decisions)|instead of (?:this|it)|rank|place|best of",
     rule_answers.alternatives),
    (r"auto(?:matic)?|wait|by itself|need (?:me|a person|a human|somebody)|why .*\b(?:human|person|approval)\b",
     rule_answers.why_waiting),
    (r"refus|reject|declin|veto|not (?:taken|traded|approved|done)|turned down|why no\b", rule_answers.why_refused),
    (r"score|made of|add up|weights?\b|quantitative", rule_answers.score),
    (r"closest|tightest|thinnest|headroom|near(?:est|ly)|almost|binding|close to|how much room|limits?\b",
     rule_answers.closest),
    (r"size[ds]?\b|how many contracts|contracts", rule_answers.size),
    (r"worst|go(?:es)? wrong|risk|los[es]|loss|danger|hurt|max(?:imum)? loss|downside", rule_answers.worst),
    (r"exit|take profit|get out|leave|stop[- ]?loss|roll\b|close it|when .*\bclose", rule_answers.exits),
    (r"catalyst|event|fomc|cpi|nfp|earnings|calendar", rule_answers.catalysts),
    (r"model|analyst|llm|token|prompt|opinion|narrative|confiden|cost", rule_answers.model),
    (r"unknown|missing|not know|n't know|incomplete|gaps?\b", rule_answers.unknowns),
    (r"happen|fill|p&l|pnl|outcome|result|since|execut|order|slippage|brought|made money|afterwards",
     rule_answers.afterwards),
    (r"expir|dte|how long|days left", rule_answers.expiry),
    (r"break[- ]?even", rule_answers.breakeven),
    (r"who |by whom|approved by|decided by", rule_answers.people),
    (r"probab|\bpop\b|chance|odds|likel", rule_answers.chance),
    (r"greek|delta|gamma|theta|vega", rule_answers.greeks),
    (r"\biv\b|volatil|vix", rule_answers.volatility),
    (r"spread|open interest|volume|liquid|bid|ask\b", rule_answers.liquidity),
    (r"credit|premium|yield|paid|pay|earn|collect", rule_answers.pay),
    (r"filter|rules? of the book|screen|criteria", rule_answers.filters),
    (r"sector|rating|company|what is the underlying", rule_answers.company),
    (r"why|reason|explain|summar|tell me|what is this|what trade|about", rule_answers.why),
)  # fmt: skip

_ID = re.compile(r"\b(d-[0-9a-f]{2,12})\b")


class RuleReviewer:
    """Answers by rule; costs nothing and cannot fail."""

    provider = PROVIDER
    model = MODEL

    def __init__(self, *, tools: ReviewTools) -> None:
        self._tools = tools

    def ask(self, record: DecisionRecord, question: str, history: Sequence[Turn] = ()) -> Iterator[Chunk]:
        """Sentence by sentence, the `Reply` last. A question stands for itself: no earlier one is read."""
        tell = Teller(record, record_facts(record), self._tools)
        sentences = []
        for sentence in answer_to(tell, question):
            sentences.append(sentence)
            yield Text(text=f"{sentence} ")
        yield from tell.called
        text = " ".join(sentences)
        misses = misses_of(text, tell.facts)
        yield Reply(
            text=text,
            cited=tuple(dict.fromkeys(cited(text))),
            tool_calls=tuple(tell.called),
            grounded=not misses,
            misses=tuple(f"{what}: {why}" for what, why in misses),
            source=AnalysisSource.OFFLINE,
            provider=PROVIDER,
            model=MODEL,
            usage=Usage(cost_usd=0.0, seconds=0.0, calls=1),
            prompt_fingerprint=FINGERPRINT,
        )


def answer_to(tell: Teller, question: str) -> Iterator[str]:
    """The sentences that answer a question."""
    asked = " ".join(question.lower().split())
    other = _ID.search(asked)
    if other is not None and other[1] != tell.record.id:
        return beside(tell, other[1])
    supposed = supposed_in(tell, asked)
    if supposed is not None:
        return supposed
    if _BEYOND.search(asked):
        return rule_answers.not_held(tell, ": it knows the moment of the decision and what was written down since")
    for pattern, answer in ANSWERS:
        if re.search(pattern, asked):
            return answer(tell)
    return rule_answers.not_held(tell, ", or the question is not one of those answered by rule")


FINGERPRINT = digest([pattern for pattern, _ in ANSWERS])
"""Of the questions that are known: whoever changes one changes it."""
