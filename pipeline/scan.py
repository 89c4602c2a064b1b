"""The scan as recorded: once per snapshot, its proposals one transaction in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.market import MarketChoice
from tools.desk.kept import Inputs
from tools.desk.scan import Progress, Screened, screen_market
from tools.domain.candidate import Candidate
from tools.domain.market import Snapshot

if TYPE_CHECKING:
    from pipeline.services import Services


@dataclass(frozen=True)
class Scan:
    """One recorded scan; `recalled` when this snapshot had been scanned before."""

    key: str
    decision_ids: tuple[str, ...]
    rejected: dict[str, int]
    recalled: bool


def scan_market(services: Services, choice: MarketChoice, progress: Progress) -> Scan:
    """The scan of this snapshot: recalled when it was recorded, else made and recorded whole."""
    snapshot = services.snapshot
    recorded = services.ledger.scan(snapshot.fingerprint)
    if recorded is not None:
        return Scan(snapshot.fingerprint, recorded.decision_ids, recorded.rejected, recalled=True)
    found = screen_market(
        snapshot,
        services.account(),
        services.books.values(),
        profile=services.settings.risk,
        progress=progress,
    )
    ids = services.ledger.propose(
        key=snapshot.fingerprint,
        as_of=snapshot.as_of,
        mode=services.settings.mode.value,
        market=choice.model_dump(mode="json"),
        counts=snapshot.counts,
        rejected=found.rejected,
        proposals=[
            (candidate, facts_of(candidate, snapshot) | {"inputs": _inputs(candidate, services, found)})
            for candidate in found.candidates
        ],
    )
    return Scan(snapshot.fingerprint, ids, found.rejected, recalled=False)


def _inputs(candidate: Candidate, services: Services, found: Screened) -> dict[str, Any]:
    """What the screen made it from, so that the record alone can make it again."""
    book = services.books[candidate.book]
    return Inputs.of(candidate, services.snapshot, book=book, holdings=found.holdings[book.name]).body


def facts_of(candidate: Candidate, snapshot: Snapshot) -> dict[str, Any]:
    """The facts a decision rests on, with their sources and times, as they go into its record."""
    return {
        "snapshot": snapshot.fingerprint,
        "source": snapshot.source,
        "simulated": snapshot.simulated,
        "as_of": snapshot.as_of.isoformat(),
        "underlying": snapshot.facts[candidate.underlying].model_dump(mode="json"),
        "conditions": snapshot.conditions.model_dump(mode="json"),
        "notes": list(snapshot.notes),
    }
