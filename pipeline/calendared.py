"""Histories seen with the calendars and widths of the settings, as the same markets are today.

stored look ─ the user's own releases and earnings ─→ look
made look   ─ windows as wide as the settings say  ─→ look
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pipeline.market import MarketChoice
from pipeline.settings import Settings
from pipeline.sources import widths, with_events, with_widths
from tools.backtest.simulated import SimulatedHistory
from tools.backtest.stored import StoredHistory
from tools.data.simulated.past import SimulatedPast
from tools.data.store.history import History
from tools.domain.market import Snapshot


class CalendaredStore(StoredHistory):
    """The imported history, with what it does not tell of releases and earnings from the user's own files."""

    def __init__(self, history: History, settings: Settings, *, symbols: tuple[str, ...] = ()) -> None:
        super().__init__(history, symbols=symbols)
        self._settings = settings

    def looks(self, first: date, last: date) -> Iterator[Snapshot]:
        for snapshot in super().looks(first, last):
            yield with_events(snapshot, self._settings)


class CalendaredPast(SimulatedHistory):
    """The simulated past with the settings' widths around its releases; they decide its looks, so its identity."""

    def __init__(self, past: SimulatedPast, settings: Settings, choice: MarketChoice) -> None:
        super().__init__(past)
        self._settings, self._choice = settings, choice

    @property
    def made_of(self) -> dict[str, object]:
        hours = {kind.value: str(width) for kind, width in widths(self._settings).items()}
        return super().made_of | {"widths": hours}

    def look(self, day: date) -> Snapshot:
        return with_widths(super().look(day), self._settings, self._choice)
