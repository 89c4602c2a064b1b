"""Manners of stating a fact: patterns with `{S}` for its subject and `{V}` for its value."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """`common` patterns serve every unit; `dated` serve dates, `timed` days, in their place."""

    name: str
    common: tuple[str, ...]
    dated: tuple[str, ...]
    timed: tuple[str, ...]

    def pattern(self, unit: str, rng: random.Random) -> str:
        return rng.choice(self.dated if unit == "date" else self.timed if unit == "days" else self.common)


SEEN: tuple[Style, ...] = (
    Style(
        "plain",
        ("the {S} is {V}", "the {S} stands at {V}", "a {S} of {V} is on offer", "with {V} the {S} is ordinary",
         "we see a {S} of {V} here", "the {S} comes in at {V}, which is fine", "{S} currently sits near {V}",
         "note the {S}, at {V}, before the order goes out"),
        ("the {S} falls on {V}", "the {S} is {V}", "{S} comes on {V} and not before", "mind the {V} {S}"),
        ("there are {V} to expiry", "the trade has {V} left", "a {S} of {V} is left", "expiry is {V} away"),
    ),
    Style(
        "terse",
        ("{S} {V}", "{S}: {V}", "{S} = {V}", "- {S} ({V})", "{S}, {V}", "{A} {V} {S}"),
        ("{S}: {V}", "{S} {V}", "{S} = {V}"),
        ("{V} to expiry", "{S}: {V}", "{V} left"),
    ),
    Style(
        "chatty",
        ("honestly the {S} has only been quoted at {V} today", "what the desk likes is {A} {V} {S}",
         "looking at the {S}, it reads {V} this morning", "that puts the {S} at {V} or so", "{V} is the {S}, no more"),
        ("circle {V} for the {S}", "the calendar has the {S} down for {V}", "the {S} is due on {V}"),
        ("you hold it for {V}, give or take nothing", "it is {V} until expiry"),
    ),
)  # fmt: skip

HELD_OUT: tuple[Style, ...] = ()
