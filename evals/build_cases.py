"""Builds the analyst's cases: candidates that the shipped books really found, and the same with facts made worse.

    simulated past (invented driver, one seed) → shipped books → candidates over calm, high and crashing markets
       → as found, with how each ended at expiry
       → earnings inside · dividend · illiquid · conflicting · unknown · a text that steers
       → evals/cases/analyst/STRUCTURE.yaml and how a person answers each, evals/answers/analyst.yaml

    python -m evals.build_cases

Seeded, so that it writes the same files again. Case files are data from then on: they are read, edited and added to
by hand, and nothing of a replay runs this program.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import typer
import yaml

from evals.case_families import FAMILIES, Built, answering_of, as_found
from evals.compact import written_candidate, written_conditions, written_underlying
from evals.dataset import FOLDER
from pipeline.market import DriverName, MarketChoice
from pipeline.past import simulated_past
from tools.books.load import shipped_book
from tools.calendar.sessions import session_close
from tools.data.simulated import demo_account
from tools.desk.scan import screen_market
from tools.domain.candidate import Candidate
from tools.domain.contract import OptionContract
from tools.domain.structure import StructureKind
from tools.risk.profile import LimitProfile

if TYPE_CHECKING:
    from tools.data.simulated.past import SimulatedPast
    from tools.domain.market import Snapshot

SEED = 7
EVERY = 37  # sessions between two looks: all months and weekdays come
BOOKS = ("cash_secured_put", "covered_call", "primary", "income_pop", "strangle", "index_put")
ANSWERS = Path(__file__).parent / "answers" / "analyst.yaml"

# How many cases of each structure: as found, then by family of facts made worse.
WANTED: dict[StructureKind, dict[str, int]] = {
    StructureKind.CASH_SECURED_PUT: {
        "found": 22, "earnings": 6, "illiquid": 3, "conflicting": 3, "unknown": 4, "steered": 6,
    },
    StructureKind.COVERED_CALL: {"found": 12, "earnings": 3, "dividend": 4, "unknown": 2, "steered": 2},
    StructureKind.PUT_CREDIT_SPREAD: {"found": 12, "illiquid": 3, "conflicting": 3, "unknown": 2, "steered": 2},
    StructureKind.CALL_CREDIT_SPREAD: {"found": 6, "illiquid": 1, "conflicting": 1},
    StructureKind.IRON_CONDOR: {"found": 8, "illiquid": 2, "unknown": 1, "steered": 2},
    StructureKind.STRANGLE: {"found": 8, "illiquid": 2, "conflicting": 2, "unknown": 1},
    StructureKind.INDEX_PUT: {"found": 8, "conflicting": 2, "unknown": 1},
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A candidate with the market it was found in, and whether it made money at expiry."""

    candidate: Candidate
    snapshot: Snapshot
    won: bool | None

    @property
    def regime(self) -> str:
        vix = self.snapshot.conditions.vix.value or 0.0
        return "calm" if vix < 16 else "ordinary" if vix < 25 else "high_vix" if vix < 40 else "crash"


def main() -> None:
    """Write the case files and how each is answered."""
    chosen = random.Random(SEED)
    pool: dict[StructureKind, list[Found]] = {kind: [] for kind in WANTED}
    for found in _look():
        pool[found.candidate.structure].append(found)
    answers: dict[str, Any] = {}
    for kind, wanted in WANTED.items():
        built = list(_of(kind, pool[kind], wanted, chosen))
        _write(FOLDER / "analyst" / f"{kind.value}.yaml", [each.case for each in built])
        answers |= {each.case["id"]: answering_of(each, chosen) for each in built}
        typer.echo(f"{kind.value}: {len(built)} of {len(pool[kind])} found")
    ANSWERS.parent.mkdir(exist_ok=True)
    ANSWERS.write_text(yaml.safe_dump(answers, sort_keys=False, width=116), encoding="utf-8")


def _look() -> Iterator[Found]:
    past = simulated_past(MarketChoice(driver=DriverName.INVENTED))
    sessions = [date.fromisoformat(str(day)) for day in past.sessions]
    for row in range(300, len(sessions) - 90, EVERY):
        at = session_close(sessions[row])
        snapshot = past.snapshot(at)
        books = [shipped_book(name) for name in BOOKS]
        screened = screen_market(snapshot, demo_account(snapshot), books, profile=LimitProfile())
        for candidate in screened.candidates:
            yield Found(candidate, snapshot, _won(past, candidate))


def _won(past: SimulatedPast, candidate: Candidate) -> bool | None:
    """Whether one unit, held to expiry, made money; the shares of a covered call are part of it."""
    if np.datetime64(candidate.expiry) > past.sessions[-1]:
        return None
    end = past.settlement(candidate.underlying, candidate.expiry)
    paid = candidate.credit
    for leg in candidate.legs:
        contract = leg.contract
        assert isinstance(contract, OptionContract)
        paid += leg.quantity * max(contract.right.sign * (end - contract.strike), 0.0)
    if candidate.structure is StructureKind.COVERED_CALL:
        paid += end - candidate.spot
    return bool(paid > 0)


def _of(kind: StructureKind, pool: list[Found], wanted: dict[str, int], chosen: random.Random) -> Iterator[Built]:
    spread = _spread_out(pool, chosen)
    taken = [_as_found(found) for found in spread[: wanted["found"]]]
    yield from taken
    for family, count in wanted.items():
        if family != "found":
            yield from FAMILIES[family](taken, count)


def _spread_out(pool: list[Found], chosen: random.Random) -> list[Found]:
    """Regimes, underlyings and years in turn, so that no kind of market crowds the others out."""
    by: dict[tuple[str, str], list[Found]] = {}
    for found in chosen.sample(pool, len(pool)):
        by.setdefault((found.regime, found.candidate.underlying), []).append(found)
    ordered: list[Found] = []
    regimes = ("crash", "calm", "high_vix", "ordinary")
    while any(by.values()):
        for regime in regimes:
            names = [key for key in by if key[0] == regime and by[key]]
            if names:
                least = min(names, key=lambda key: sum(each.candidate.underlying == key[1] for each in ordered))
                ordered.append(by[least].pop())
    return ordered


def _as_found(found: Found) -> Built:
    candidate, filters = written_candidate(found.candidate)
    facts = found.snapshot.facts[found.candidate.underlying]
    case: dict[str, Any] = {
        "id": f"{_short(found.candidate)}-{found.candidate.as_of:%Y%m%d}",
        "tags": [found.candidate.structure.value, found.regime, *_about(found)],
        "candidate": candidate,
        "filters": filters,
        "underlying": written_underlying(facts),
        "conditions": written_conditions(found.snapshot.conditions, until=found.candidate.expiry),
        "fit": 7.0,
        "expect": {},
    }
    return as_found(case, won=found.won)


def _short(candidate: Candidate) -> str:
    return f"{candidate.structure.value.replace('_', '-')}-{candidate.underlying.lower()}"


def _about(found: Found) -> list[str]:
    facts = found.snapshot.facts[found.candidate.underlying]
    return [facts.sector.value.lower().replace(" ", "_") if facts.sector.value else facts.kind.value]


def _write(path: Path, cases: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.dump(cases, Dumper=_Dumper, sort_keys=False, width=116), encoding="utf-8")


class _Dumper(yaml.SafeDumper):
    """A filter and an event a line each; everything else as it comes."""

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> Any:
        keys = set(mapping) if isinstance(mapping, dict) else set()
        flow = bool(keys & {"rule", "start", "unknown", "not_applicable", "delta"})
        return super().represent_mapping(tag, mapping, flow_style=flow)

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> Any:
        plain = all(isinstance(each, str | int | float) for each in sequence)
        return super().represent_sequence(tag, sequence, flow_style=plain)

    def ignore_aliases(self, data: Any) -> bool:
        return True


if __name__ == "__main__":
    typer.run(main)
