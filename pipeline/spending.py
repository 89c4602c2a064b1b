"""What models have cost, remembered in the ledger's analyses: the caps hold across processes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.ledger.store import Ledger


class LedgerSpend:
    """Today's cost by the ledger when this was opened, plus what this process has spent since."""

    def __init__(self, ledger: Ledger) -> None:
        self._lock = threading.Lock()
        self._before = ledger.spent_today()
        self._here: dict[str, float] = {}

    def spent(self, candidate: str | None = None) -> float:
        with self._lock:
            return self._before + sum(self._here.values()) if candidate is None else self._here.get(candidate, 0.0)

    def record(self, candidate: str, dollars: float) -> None:
        with self._lock:
            self._here[candidate] = self._here.get(candidate, 0.0) + dollars
