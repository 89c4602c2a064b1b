"""Manners of stating a fact: patterns with `{S}` for its subject and `{V}` for its value."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """`common` serve every unit, in their place `dated` serve dates and `timed` days; `pairs` say two at once."""

    name: str
    common: tuple[str, ...]
    dated: tuple[str, ...]
    timed: tuple[str, ...]
    pairs: tuple[str, ...] = ()

    def pattern(self, unit: str, rng: random.Random) -> str:
        return rng.choice(self.dated if unit == "date" else self.timed if unit == "days" else self.common)


SEEN: tuple[Style, ...] = (
    Style(
        "plain",
        (
            "the {S} is {V}",
            "the {S} stands at {V}",
            "a {S} of {V} is on offer",
            "with {V} the {S} is ordinary",
            "we see a {S} of {V} here",
            "the {S} comes in at {V}, which is fine",
            "{S} currently sits near {V}",
            "note the {S}, at {V}, before the order goes out",
        ),
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
        (
            "honestly the {S} has only been quoted at {V} today",
            "what the desk likes is {A} {V} {S}",
            "looking at the {S}, it reads {V} this morning",
            "that puts the {S} at {V} or so",
            "{V} is the {S}, no more",
        ),
        ("circle {V} for the {S}", "the calendar has the {S} down for {V}", "the {S} is due on {V}"),
        ("you hold it for {V}, give or take nothing", "it is {V} until expiry"),
    ),
)

HELD_OUT: tuple[Style, ...] = (
    Style(
        "memo",
        (
            "as for the {S}, we put it at {V}",
            "the {S} printed {V} at the close",
            "{S} has settled around {V}",
            "our sheet shows {V} for the {S}",
            "the desk marks the {S} to {V}",
            "against that stands {A} {V} {S}",
            "at {V}, the {S} leaves little to argue about",
            "the {S} works out to {V}",
            "{S} remains at {V} tonight",
        ),
        (
            "the {S} is pencilled in for {V}",
            "{V} brings the {S}",
            "the {S} date is {V}",
            "nothing happens before the {S} on {V}",
        ),
        (
            "that leaves {V} on the clock",
            "{V} of life remain",
            "the option dies in {V}",
            "with {V} to go, time is ample",
        ),
        (
            "the {S} and the {T} are {V} and {W} respectively",
            "{S} at {V} and {T} at {W} argue for it",
            "while the {S} is {V}, the {T} is only {W}",
            "{V} of {S} against {W} of {T}",
        ),
    ),
    Style(
        "email",
        (
            "quick note: {S} -> {V}",
            "fwiw {S} is running {V}",
            "* {S}: **{V}**",
            "{S} ~ {V}, fyi",
            "btw the {S} looks like {V} to me",
            "you asked about the {S}; it is {V}",
            "| {S} | {V} |",
            "there is {A} {V} {S} on this one",
        ),
        ("{S} lands on {V}, fyi", "| {S} | {V} |", "heads-up for {V}: {S}"),
        ("| {S} | {V} |", "{V} til expiry", "{V} out from expiration"),
        ("{S}/{T}: {V} / {W}", "{S} {V}, {T} {W}", "{V} {S}, {W} {T}", "{S} ({V}) vs {T} ({W})"),
    ),
    Style(
        "essay",
        (
            "few would quarrel with {A} {S} as ordinary as {V}",
            "the market, for its part, has set the {S} at {V}",
            "what persuades us is the {S}: {V} is more than most names offer",
            "consider, too, that the {S} amounts to {V}",
            "measured this afternoon, the {S} was {V}",
            "the {S} we are shown equals {V}",
            "it is the {S}, {V}, that decides",
        ),
        (
            "everything hinges on {V}, the day of the {S}",
            "one must reckon with the {S} of {V}",
            "the {S} arrives on {V}",
        ),
        ("the seller has to wait {V} for the end", "the whole affair is over in {V}"),
        (
            "between {A} {S} of {V} and {A} {T} of {W} there is room",
            "the {S}, which is {V}, and the {T}, which is {W}, agree",
            "neither the {S} ({V}) nor the {T} ({W}) alarms us",
        ),
    ),
)
