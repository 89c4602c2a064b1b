"""What an opinion costs, from the recorded day's own questions and answers: the figures of docs/analyst.md.

No call is made. Characters are counted; how many of them make a token is the providers' word, and its bound is one.
"""

from __future__ import annotations

import re
import statistics
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, get_args

import pytest
from anthropic.types import ModelParam
from genai_prices import Usage as Tokens
from genai_prices import calc_price
from openai.types.shared import ChatModel

from agents import anthropic, openai
from agents.cassette import read_cassette
from agents.exchange import ATTEMPTS
from agents.recorded import EMBEDDED_DAY
from tools.domain.spending import Caps
from tools.domain.value import canonical

DOC = (Path(__file__).parents[2] / "docs" / "analyst.md").read_text(encoding="utf-8")

PER_TOKEN = 2.5
"""Characters: a million tokens of the present Claude tokenizer are about 2.5 million characters (the overview of
Claude Haiku 5.5 at platform.claude.com). Prose has more to a token with others, so this rather says too many."""

SHORTEST_CACHED = {"anthropic": 512, "openai": 1024}
"""Tokens of a prefix that is cached at all (the same page; OpenAI's guide to prompt caching)."""

LONGEST_TOKEN = 5.0
"""Characters to a token that no prose reaches: for what must be long enough."""


TOLD = 0.15
"""How far the page's figures may be off, so that a word more in the prompt does not make it a lie."""


class Sizes(NamedTuple):
    """Characters of the recorded day's median question and answer."""

    system: float
    schema: float
    brief: float
    answer: float

    @property
    def question(self) -> float:
        return self.system + self.schema + self.brief


@lru_cache
def sizes() -> Sizes:
    recordings = read_cassette(EMBEDDED_DAY)
    every = [
        (
            len(each.request["system"][0]["text"]),
            len(canonical(each.request["output_config"]["format"]["schema"])),
            len(each.request["messages"][0]["content"]),
            len(each.reply["content"][0]["text"]),
        )
        for each in recordings
    ]
    return Sizes(*(statistics.median(column) for column in zip(*every, strict=True)))


def dollars(provider: str, model: str, *, cached: bool) -> float:
    """Of one call; `cached` tells whether the system part is read from the provider's cache."""
    size = sizes()
    tokens = Tokens(
        input_tokens=round(size.question / PER_TOKEN),
        cache_read_tokens=round(size.system / PER_TOKEN) if cached else 0,
        output_tokens=round(size.answer / PER_TOKEN),
    )
    return float(calc_price(tokens, model, provider_id=provider).total_price)


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading of the page."""
    section = DOC.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_the_sizes_of_the_page_are_the_recorded_day_s() -> None:
    size = sizes()
    told = {name: int(count.replace(",", "")) for name, count, *_ in rows("What a question weighs")}
    counted = [size.system, size.schema, size.brief, size.answer]
    assert list(told.values()) == [pytest.approx(count, rel=TOLD) for count in counted]


def test_the_prices_of_the_page_are_the_list_s() -> None:
    table = rows("Which model, and what it costs")
    assert len(table) >= 6
    for provider, model, plain, cached in table:
        assert model in {*get_args(get_args(ModelParam)[0]), *get_args(ChatModel)}, "a name of the installed SDKs"
        told = float(plain.strip("$")), float(cached.strip("$"))
        counted = dollars(provider, model, cached=False), dollars(provider, model, cached=True)
        assert told == pytest.approx(counted, rel=TOLD), model


@pytest.mark.parametrize(
    ("provider", "model"),
    [("anthropic", anthropic.DEFAULT_MODEL), ("openai", openai.DEFAULT_MODEL)],
)
def test_a_typical_candidate_costs_less_than_a_cent_many_times_over(provider: str, model: str) -> None:
    once = dollars(provider, model, cached=False)
    assert once < 0.001
    assert 2 * once < Caps().per_candidate / 5, "with its correction"
    size = sizes()
    worst = Tokens(input_tokens=round(size.question), cache_write_tokens=round(size.question), output_tokens=2000)
    bound = float(calc_price(worst, model, provider_id=provider).total_price)
    assert ATTEMPTS * bound < Caps().per_candidate, "a token of one character, all that may be answered, sent twice"


@pytest.mark.parametrize("provider", SHORTEST_CACHED)
def test_the_system_part_is_long_enough_to_be_cached(provider: str) -> None:
    assert sizes().system / LONGEST_TOKEN >= SHORTEST_CACHED[provider]


def test_the_prefix_is_the_same_to_the_byte_for_every_candidate() -> None:
    recordings = read_cassette(EMBEDDED_DAY)
    prefixes = {canonical([each.request["system"], each.request["output_config"]]) for each in recordings}
    assert len(recordings) > 20
    assert len(prefixes) == 1
    (block,) = recordings[0].request["system"]
    assert block["cache_control"] == {"type": "ephemeral"}
    assert not re.search(r"\d{4}-\d{2}-\d{2}|XOM|SPY", block["text"]), "nothing of a day or a name stands in it"
