"""The answer's schema suits both providers, and reading an answer is strict."""

from __future__ import annotations

import copy
import json
from typing import Any

import anthropic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai import pydantic_function_tool
from pydantic import BaseModel

from agents.brief import brief
from agents.cassette import read_cassette
from agents.offline import template
from agents.recorded import EMBEDDED_DAY
from agents.schemas import MAX_CHARACTERS, PURPOSES, answer_schema, parse_answer
from tests.agents.examples import answer, bare, candidate, conditions, condor, unknown_facts
from tests.agents.tongues import CHINESE, DUTCH, GERMAN
from tools.domain.errors import ModelError
from tools.domain.rationale import Rationale, Verdict


def test_a_good_answer_is_read() -> None:
    rationale = parse_answer(json.dumps(answer()))
    assert rationale.verdict is Verdict.APPROVE
    assert rationale.confidence == 6.5
    assert parse_answer(json.dumps(answer(confidence=10))).confidence == 10


def test_every_field_has_a_purpose_and_every_purpose_a_field() -> None:
    fields = set(Rationale.model_fields) | {f"scenarios.{name}" for name in ("best", "base", "worst")}
    assert set(PURPOSES) == fields


def shape(node: dict[str, Any]) -> Any:
    """A schema without its descriptions."""
    if node.get("type") == "object":
        fields = {name: shape(field) for name, field in node["properties"].items()}
        return fields, node["required"], node["additionalProperties"]
    if node.get("type") == "array":
        return [shape(node["items"])]
    return node.get("enum") or node["type"]


def test_anthropic_would_not_change_the_schema() -> None:
    ours = answer_schema()
    theirs = anthropic.transform_schema(copy.deepcopy(ours))
    assert shape(theirs) == shape(ours)
    assert theirs["properties"]["verdict"]["description"] == PURPOSES["verdict"]


def test_openai_would_not_change_the_schema() -> None:
    class Answer(BaseModel):
        @classmethod
        def __get_pydantic_json_schema__(cls, *_: Any) -> dict[str, Any]:
            return answer_schema()

    function = pydantic_function_tool(Answer)["function"]
    assert shape(dict(function["parameters"])) == shape(answer_schema())


def changed(**fields: Any) -> str:
    return json.dumps(answer(**fields))


BAD = {
    "empty": ("", "empty"),
    "blank": (" \n", "empty"),
    "prose": ("I think this is a fine trade.", "not JSON"),
    "fenced": (f"```json\n{changed()}\n```", "not JSON"),
    "truncated": (changed()[:300], "not JSON"),
    "two objects": (changed() + changed(), "not JSON"),
    "list": ("[]", "schema"),
    "null": ("null", "schema"),
    "missing field": (json.dumps({k: v for k, v in answer().items() if k != "verdict"}), "verdict"),
    "extra field": (changed(order="buy"), "order"),
    "unknown verdict": (changed(verdict="strong buy"), "verdict"),
    "confidence above": (changed(confidence=10.1), "confidence"),
    "confidence below": (changed(confidence=-0.1), "confidence"),
    "confidence text": (changed(confidence="9"), "confidence"),
    "confidence true": (changed(confidence=True), "confidence"),
    "confidence null": (changed(confidence=None), "confidence"),
    "confidence nan": (changed(confidence=float("nan")), "NaN"),
    "confidence infinite": (changed(confidence=float("inf")), "Infinity"),
    "confidence overflow": (changed().replace("6.5", "1e999"), "confidence"),
    "number as text field": (changed(rationale=5), "rationale"),
    "text as list": (changed(risk_factors="one"), "risk_factors"),
    "scenario missing": (changed(scenarios={"best": "x", "base": "y"}), "worst"),
    "twice": (changed()[:-1] + ', "confidence": 9.9}', "twice"),
    "twice inside": (changed().replace('"best":', '"base": "z", "best":'), "twice"),
    "ten megabytes": (changed(rationale="x" * 10_000_000), "characters"),
    "deep": ("[" * 20_000, "JSON"),
    "huge integer": (changed().replace("6.5", "9" * 10_000), "JSON"),
    "empty rationale": (changed(rationale=" "), "rationale"),
    "endless list": (changed(risk_factors=["risk"] * 50), "risk factors"),
    "german": (json.dumps(GERMAN), "English"),
    "dutch": (json.dumps(DUTCH), "English"),
    "chinese": (json.dumps(CHINESE), "English"),
    "nul": (changed(rationale="a\x00b"), "hidden"),
    "escape": (changed(sentiment="\x1b[2Jgone"), "hidden"),
    "right-to-left override": (changed(exit_plan="stop \u202eetats"), "hidden"),
    "lone surrogate": (changed().replace("It drifts", "\\ud800"), "JSON|schema|hidden"),
}


@pytest.mark.parametrize(("text", "word"), BAD.values(), ids=BAD.keys())
def test_anything_else_is_refused_in_one_sentence(text: str, word: str) -> None:
    with pytest.raises(ModelError, match=word) as caught:
        parse_answer(text)
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)


def test_what_was_recorded_and_what_the_template_says_is_english() -> None:
    """The nearest of them has nearly twice the words that it takes."""
    for recording in read_cassette(EMBEDDED_DAY):
        assert parse_answer(recording.reply["content"][0]["text"]).rationale
    for each in (candidate(), bare(), condor()):
        given = brief(each, unknown_facts(), conditions())
        assert parse_answer(template(given).model_dump_json()).rationale


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(ModelError):
        parse_answer(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200)
@given(st.sampled_from(sorted(answer())), JSON)
def test_any_field_of_any_type_is_read_or_refused(field: str, value: Any) -> None:
    try:
        rationale = parse_answer(json.dumps(answer(**{field: value})))
    except ModelError:
        return
    assert 0 <= rationale.confidence <= 10


def test_the_size_limit_leaves_room_for_every_honest_answer() -> None:
    assert len(changed()) * 10 < MAX_CHARACTERS
