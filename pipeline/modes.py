"""Where orders may go: mode, broker and market must go together, and live money asks for a word of its own."""

from __future__ import annotations

from pathlib import Path

from pipeline.market import MarketChoice
from pipeline.settings import Settings
from tools.domain.errors import ConfigError, InputError
from tools.domain.mode import Mode


def check_mode(settings: Settings, choice: MarketChoice, *, live: bool, portfolio: Path | None = None) -> None:
    """Mode, broker, market and the word of whoever runs it go together, or nothing is sent."""
    check_broker(settings)
    if settings.mode is Mode.SIMULATED:
        return
    if not choice.is_live:
        raise InputError(
            f"Orders of mode {settings.mode.value!r} are priced by a live market; "
            'set market.source = "alpaca", or add --dry-run.'
        )
    if portfolio is not None:
        raise InputError("--portfolio opens a simulated account; at a broker the books begin with what it holds.")
    if settings.mode is Mode.LIVE and not live:
        raise InputError('mode is "live", whose orders spend real money; add --live to mean it, or --dry-run.')


def check_broker(settings: Settings) -> None:
    """`ConfigError` where the mode and the broker contradict each other."""
    mode, kind = settings.mode, settings.broker.kind
    if (mode is Mode.SIMULATED) == (kind == "simulated"):
        return
    if mode is Mode.SIMULATED:
        raise ConfigError(f'broker.kind is {kind!r}, whose orders are real; set mode = "paper" or "live".')
    raise ConfigError(
        f"mode is {mode.value!r}, and the simulated broker takes no such orders; "
        'set broker.kind = "alpaca", or mode = "simulated".'
    )


def rehearsed(settings: Settings) -> Settings:
    """The settings of a dry run: whatever they say, its orders go to a simulated broker."""
    broker = settings.broker.model_copy(update={"kind": "simulated"})
    return settings.model_copy(update={"mode": Mode.SIMULATED, "broker": broker})
