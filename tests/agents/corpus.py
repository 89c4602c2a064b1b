"""A seeded corpus of narratives: faithful ones in many manners of writing, and each with one thing made wrong.

    facts of a trade ─→ clauses (one fact each, in some style) ─→ faithful text
                                   └ one corruption ─→ false text

    python -m tests.agents.corpus            false alarms, and corruptions caught by sort

Styles come in families: `plain` and `terse` were before the reader's eyes when the rules were made; `HELD_OUT` was
written after the rules, by the same hand, and read for the first time by the finished rules.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from agents.grounding import check
from tests.agents.imagined import SUBJECTS, Facts, random_facts
from tests.agents.styles import HELD_OUT, SEEN, Style
from tests.agents.writing import WRITERS, Writer, exact


@dataclass(frozen=True)
class Clause:
    """One statement: the fact, the words for it, how its value is written."""

    name: str
    subject: str
    value: float | date
    unit: str
    writer: Writer
    pattern: str
    pairing: str = ""

    @property
    def text(self) -> str:
        return self.pattern.format(S=self.subject, V=self.writer(self.value), A=_article(self.writer(self.value)))


def clauses(facts: Facts, styles: Sequence[Style], rng: random.Random, count: int = 6) -> list[Clause]:
    """Some of the facts, each stated once."""
    stated = []
    for name in rng.sample(sorted(facts), min(count, len(facts))):
        value, unit = facts[name]
        style = rng.choice(styles)
        written: float | date = date.fromisoformat(value) if isinstance(value, str) else abs(value)
        writers = WRITERS[unit]
        pattern, pairing = style.pattern(unit, rng), rng.choice(style.pairs or ("",))
        subject = rng.choice(SUBJECTS[name][1])
        stated.append(Clause(name, subject, written, unit, rng.choice(writers), pattern, pairing))
    return stated


def write(stated: Sequence[Clause], rng: random.Random) -> str:
    joined = []
    waiting = list(stated)
    while waiting:
        clause = waiting.pop(0)
        text = clause.text
        if clause.pairing and waiting and _pairable(clause, waiting[0]) and rng.random() < 0.4:
            other = waiting.pop(0)
            values = {"V": clause.writer(clause.value), "W": other.writer(other.value)}
            text = clause.pairing.format(S=clause.subject, T=other.subject, A=_article(values["V"]), **values)
        joined.append(text[0].upper() + text[1:] if text[0].isalpha() else text)
    return " ".join(text if text.endswith((".", "\n")) else text + "." for text in joined)


def _pairable(first: Clause, second: Clause) -> bool:
    plain = all("{S}" in clause.pattern or clause.unit == "days" for clause in (first, second))
    return plain and not any(isinstance(clause.value, date) or clause.unit == "days" for clause in (first, second))


Corruption = Callable[[list[Clause], Facts, random.Random], "list[Clause] | None"]


def _changed(stated: list[Clause], place: int, **changes: object) -> list[Clause]:
    return [replace(clause, **changes) if at == place else clause for at, clause in enumerate(stated)]  # type: ignore[arg-type]


def _numeric(stated: list[Clause], rng: random.Random) -> int | None:
    places = [at for at, clause in enumerate(stated) if not isinstance(clause.value, date)]
    return rng.choice(places) if places else None


def _scaled(factors: Sequence[float]) -> Corruption:
    def corrupt(stated: list[Clause], facts: Facts, rng: random.Random) -> list[Clause] | None:
        place = _numeric(stated, rng)
        if place is None:
            return None
        value = float(stated[place].value) * rng.choice(factors)  # type: ignore[arg-type]
        return _new_value(stated, place, value, facts)

    return corrupt


def _new_value(stated: list[Clause], place: int, value: float, facts: Facts) -> list[Clause] | None:
    """The clause with a value that no rounding makes true, and that is not another fact's by accident."""
    clause = stated[place]
    value = (
        float(f"{value:.3g}")
        if clause.unit not in ("days", "contracts", "points") or value < 1
        else round(value, 1)
    )
    if clause.unit in ("days", "contracts"):
        value = float(round(value))
    if abs(value - float(clause.value)) < 0.13 * abs(float(clause.value)) or value == 0:  # type: ignore[arg-type]
        return None
    return _changed(stated, place, value=value)


def _digit(stated: list[Clause], facts: Facts, rng: random.Random) -> list[Clause] | None:
    """One digit of an exactly written value is another one."""
    place = _numeric(stated, rng)
    if place is None:
        return None
    clause = stated[place]
    writer = exact(clause.unit)
    text = writer(clause.value)
    digits = [at for at, mark in enumerate(text) if mark.isdigit()]
    at = rng.choice(digits)
    new = rng.choice([digit for digit in "123456789" if digit != text[at]])
    wrong = text[:at] + new + text[at + 1 :]
    return _changed(stated, place, writer=lambda _: wrong)


def _off_by_rounding(stated: list[Clause], facts: Facts, rng: random.Random) -> list[Clause] | None:
    """The next step of the last written place, where the value is not near the middle of two."""
    place = _numeric(stated, rng)
    if place is None:
        return None
    clause = stated[place]
    step = {
        "USD/share": 0.01,
        "per share": 0.01,
        "ratio": 0.01,
        "percent": 1.0,
        "percent/year": 0.1,
        "points": 1.0,
        "USD/day": 0.1,
        "USD/vol point": 0.1,
        "days": 1.0,
        "contracts": 1.0,
        "vol points": 0.1,
    }.get(clause.unit)
    if step is None or float(clause.value) < 5 * step:  # type: ignore[arg-type]
        return None
    if clause.unit == "contracts" and float(clause.value) >= 100:  # type: ignore[arg-type]
        step = 17.0  # a whole number that ends in zeros may be rounded
    value = float(clause.value) + rng.choice((-2, 2)) * step  # type: ignore[arg-type]
    return _changed(stated, place, value=round(value, 6), writer=exact(clause.unit))


def _swap(stated: list[Clause], facts: Facts, rng: random.Random) -> list[Clause] | None:
    """Two subjects of one unit change places."""
    pairs = [
        (a, b)
        for a in range(len(stated))
        for b in range(a + 1, len(stated))
        if stated[a].unit == stated[b].unit and _apart(stated[a].value, stated[b].value)
    ]
    if not pairs:
        return None
    a, b = rng.choice(pairs)
    swapped = _changed(stated, a, value=stated[b].value)
    return _changed(swapped, b, value=stated[a].value)


def _swap_any(stated: list[Clause], facts: Facts, rng: random.Random) -> list[Clause] | None:
    """The written value of one is said of the other, unit and all."""
    places = rng.sample(range(len(stated)), 2)
    a, b = (stated[place] for place in places)
    if a.unit == b.unit and not _apart(a.value, b.value):
        return None
    first, second = exact(a.unit)(a.value), exact(b.unit)(b.value)
    if first.strip("$ %") == second.strip("$ %"):
        return None
    swapped = _changed(stated, places[0], writer=lambda _: second)
    return _changed(swapped, places[1], writer=lambda _: first)


def _apart(a: float | date, b: float | date) -> bool:
    if isinstance(a, date) or isinstance(b, date):
        return a != b
    return abs(a - b) > 0.13 * max(abs(a), abs(b))


def _unit(stated: list[Clause], facts: Facts, rng: random.Random) -> list[Clause] | None:
    """The right figure in a wrong unit."""
    place = _numeric(stated, rng)
    if place is None:
        return None
    clause = stated[place]
    value = float(clause.value)  # type: ignore[arg-type]
    wrong = {
        "USD/share": (f"{value:g} %", f"{value:g} days", f"${value:,.2f} per contract", f"{value:g} contracts"),
        "USD/contract": (f"${value:,.0f} per share", f"{value:,.0f} contracts", f"{value:g} %"),
        "percent": (f"${value:g}", f"{value:g} days", f"{value:g} bps", f"{value:g} contracts"),
        "percent/year": (f"${value:g}", f"{value:g} % a month", f"{value:g} basis points", f"{value:g} days"),
        "days": (f"{value:g} weeks", f"{value:g} months", f"{value:g} %", f"${value:g}"),
        "contracts": (f"{value:,.0f} shares", f"${value:,.0f}", f"{value:,.0f} days"),
        "per share": (f"{value:g} %", f"${value:g}", f"{value:g} days"),
        "ratio": (f"{value:g} %", f"${value:g}", f"{value:g} days"),
        "points": (f"${value:g}", f"{value:g} days", f"{value:g} contracts"),
        "vol points": (f"${value:g}", f"{value:g} days"),
        "USD/day": (f"${value:g} per share", f"${value:g} a month", f"{value:g} %"),
        "USD/vol point": (f"${value:g} per share", f"${value:g} a day", f"{value:g} %"),
    }[clause.unit]
    text = rng.choice(wrong)
    return _changed(stated, place, writer=lambda _: text)


def _date_shift(stated: list[Clause], facts: Facts, rng: random.Random) -> list[Clause] | None:
    places = [at for at, clause in enumerate(stated) if isinstance(clause.value, date)]
    if not places:
        return None
    place = rng.choice(places)
    day = stated[place].value
    assert isinstance(day, date)
    moved = day + timedelta(days=rng.choice((-31, -7, -1, 1, 3, 7, 30)))
    if any(value == moved.isoformat() for value, _ in facts.values()):
        return None
    return _changed(stated, place, value=moved)


def _invented(stated: list[Clause], facts: Facts, rng: random.Random) -> list[Clause] | None:
    text = rng.choice(
        (
            "Shorts hold {} % of the float",
            "It fell {} % in one session last spring",
            "Analysts see it at ${}",
            "{} of the last thirty trades won",
            "A stop at ${} limits the damage",
            "Rates stand at {} %",
        )
    )
    value = rng.choice((37.3, 413.5, 1187.0, 3.73, 88.88, 21.37))
    known = [float(v) for v, _ in facts.values() if not isinstance(v, str)]
    if any(abs(abs(fact) - value) < 0.6 for fact in known):
        return None
    clause = replace(stated[0], pattern=text.format(f"{value:g}"), writer=lambda _: "")
    return [*stated, clause]


def _hedged(stated: list[Clause], facts: Facts, rng: random.Random) -> list[Clause] | None:
    place = _numeric(stated, rng)
    if place is None or stated[place].unit not in ("percent", "percent/year", "USD/contract", "days", "contracts"):
        return None
    clause = stated[place]
    value = float(clause.value) * rng.choice((0.6, 0.8, 1.25, 1.6))  # type: ignore[arg-type]
    hedge = rng.choice(("about", "roughly", "nearly", "around", "just over", "approximately"))
    writer = exact(clause.unit)
    wrong = float(f"{value:.2g}")
    if abs(wrong - float(clause.value)) < 0.13 * float(clause.value):  # type: ignore[arg-type]
        return None
    return _changed(stated, place, writer=lambda _: f"{hedge} {writer(wrong)}")


def _range_end(stated: list[Clause], facts: Facts, rng: random.Random) -> list[Clause] | None:
    place = _numeric(stated, rng)
    if place is None or stated[place].unit not in ("percent", "percent/year", "USD/share", "points"):
        return None
    clause = stated[place]
    value, writer = float(clause.value), exact(clause.unit)  # type: ignore[arg-type]
    if value < 8:
        return None
    low, high = float(f"{value * 0.97:.3g}"), float(f"{value * rng.choice((1.4, 1.9)):.3g}")
    if rng.random() < 0.5:
        low, high = float(f"{value * rng.choice((0.4, 0.6)):.3g}"), float(f"{value * 1.03:.3g}")
    texts = (f"{low:g}-{writer(high)}", f"between {writer(low)} and {writer(high)}", f"{low:g} to {writer(high)}")
    if clause.unit == "USD/share":
        texts = (f"${low:g}-{high:g}", *texts[1:2])
    text = rng.choice(texts)
    return _changed(stated, place, writer=lambda _: text)


def _spelled_wrong(stated: list[Clause], facts: Facts, rng: random.Random) -> list[Clause] | None:
    from tests.agents.writing import in_english

    places = [
        at
        for at, c in enumerate(stated)
        if c.unit in ("days", "percent", "points") and float(c.value) == int(c.value)
    ]  # type: ignore[arg-type]
    if not places:
        return None
    place = rng.choice(places)
    clause = stated[place]
    value = int(clause.value) + rng.choice((-11, -7, -3, 3, 6, 10, 20))  # type: ignore[arg-type]
    if not 5 <= value <= 120:
        return None
    unit = {"days": " days", "percent": " percent", "points": ""}[clause.unit]
    return _changed(stated, place, writer=lambda _: in_english(value) + unit)


CORRUPTIONS: dict[str, Corruption] = {
    "scaled": _scaled((0.5, 0.7, 1.25, 1.4, 1.8)),
    "magnitude": _scaled((0.01, 0.1, 10, 100)),
    "digit": _digit,
    "off by rounding": _off_by_rounding,
    "swap": _swap,
    "swap with unit": _swap_any,
    "unit": _unit,
    "date": _date_shift,
    "invented": _invented,
    "hedged": _hedged,
    "range end": _range_end,
    "spelled": _spelled_wrong,
}


@dataclass(frozen=True)
class Figures:
    faithful: int
    alarms: list[tuple[str, str]]
    corrupted: Counter[str]
    missed: list[tuple[str, str, Facts]]

    @property
    def alarm_rate(self) -> float:
        return len(self.alarms) / self.faithful

    @property
    def caught_rate(self) -> float:
        return 1 - len(self.missed) / sum(self.corrupted.values())


def measure(styles: Sequence[Style], *, seed: int, count: int) -> Figures:
    """`count` faithful narratives and `count` with one corruption, from one seed."""
    rng = random.Random(seed)
    alarms, missed, corrupted = [], [], Counter[str]()
    sorts = sorted(CORRUPTIONS)
    for index in range(count):
        facts = random_facts(rng)
        stated = clauses(facts, styles, rng)
        text = write(stated, rng)
        misses = check(text, facts).misses
        if misses:
            alarms.append((text, "; ".join(f"{miss.number}: {miss.reason}" for miss in misses)))
        wrong, sort = None, sorts[index % len(sorts)]
        for _ in range(60):
            facts = random_facts(rng)
            wrong = CORRUPTIONS[sort](clauses(facts, styles, rng), facts, rng)
            if wrong is not None:
                break
        if wrong is None:
            continue
        corrupted[sort] += 1
        text = write(wrong, rng)
        if check(text, facts).grounded:
            missed.append((sort, text, facts))
    return Figures(count, alarms, corrupted, missed)


def _article(written: str) -> str:
    return "an" if written.startswith(("8", "11", "18", "a", "e", "i", "o", "u")) else "a"


def main(count: int = 2000) -> None:
    for name, styles in (("seen", SEEN), ("held out", HELD_OUT)):
        if not styles:
            continue
        found = measure(styles, seed=2026, count=count)
        sys.stdout.write(
            f"{name}: {found.caught_rate:.2%} of {sum(found.corrupted.values())} corruptions caught, "
            f"{found.alarm_rate:.2%} false alarms on {found.faithful} faithful narratives\n"
        )
        for sort, missed in Counter(sort for sort, _, _ in found.missed).most_common():
            sys.stdout.write(f"  {sort}: {missed} of {found.corrupted[sort]} missed\n")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
