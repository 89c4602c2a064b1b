"""Where orders go: an invented market, a broker's paper account, or real money."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    SIMULATED = "simulated"
    PAPER = "paper"
    LIVE = "live"
