"""A sink that keeps the latest snapshot and forgets it with the process."""

from __future__ import annotations

from tools.domain.chain import SourceCounts
from tools.domain.market import Snapshot


class MemorySink:
    """Keeps one snapshot; `kept` is None before the first."""

    def __init__(self) -> None:
        self.kept: Snapshot | None = None

    def write(self, snapshot: Snapshot) -> SourceCounts:
        """The rows of the snapshot; a market that was there before adds none."""
        rows = sum(len(chain) for chain in snapshot.chains.values())
        if self.kept is not None and self.kept.fingerprint == snapshot.fingerprint:
            return SourceCounts(rows=rows, used=0, dropped={"kept_before": rows})
        self.kept = snapshot
        return SourceCounts(rows=rows, used=rows)
