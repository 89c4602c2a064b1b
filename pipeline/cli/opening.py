"""What every verb begins with: the home, its settings, and the market it is on."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pipeline.home import Home
from pipeline.market import DriverName, MarketChoice
from pipeline.settings import Settings, database_url, find_home, load_settings
from tools.domain.errors import InputError


def home_of(option: Path | None) -> Home:
    return Home(find_home(option), database_url())


def open_home(option: Path | None) -> tuple[Home, Settings]:
    home = home_of(option).create()
    return home, load_settings(home.root)


def embedded(settings: Settings, wanted: MarketChoice | None = None) -> MarketChoice:
    """The embedded market of the settings, with what the command line says instead."""
    seed = settings.market.seed if wanted is None or wanted.seed is None else wanted.seed
    return MarketChoice(seed=seed, shocks=settings.market.shocks, as_of=wanted.as_of if wanted else None)


def simulated_past(home: Home, settings: Settings, wanted: MarketChoice | None = None) -> MarketChoice:
    """The simulated past of the settings, with what the command line says of its seed and time."""
    market = settings.market
    if market.shocks:
        raise InputError(
            'market.shocks move the embedded market alone; drop the line, or choose source = "embedded".'
        )
    return MarketChoice(
        driver=market.driver,
        history=str(home.history) if market.driver is DriverName.HISTORY else None,
        seed=market.seed if wanted is None or wanted.seed is None else wanted.seed,
        as_of=wanted.as_of if wanted else None,
    )


def own_market(home: Home, settings: Settings, wanted: MarketChoice | None = None) -> MarketChoice:
    """The market a command line means: its file, else what the settings name, at its time and seed."""
    if wanted is not None and wanted.is_file:
        return wanted
    if settings.market.source == "embedded":
        return embedded(settings, wanted)
    if settings.market.source == "past":
        return simulated_past(home, settings, wanted)
    if settings.market.source == "store":
        if wanted is not None and wanted.seed is not None:
            raise InputError("--seed belongs to simulated markets, and market.source is the store; leave it out.")
        return MarketChoice(history=str(home.history), as_of=wanted.as_of if wanted else None)
    if wanted is not None:
        said = "--as-of" if wanted.seed is None else "--seed"
        raise InputError(
            f"{said} is for markets that can be made again; {settings.market.source} shows the present."
        )
    market = settings.market
    return MarketChoice(provider=market.source, universe=market.universe, feed=market.feed)


def at_home(home: Home, choice: MarketChoice, *, sends: bool) -> MarketChoice:
    """The choice at the home's clock. A home trades on one market, and its clock never runs backwards."""
    own = home.read_market()
    if own is None or own.as_of is None:
        return choice
    if not sends:
        looks_at_own = choice.is_made and choice.kind is own.kind and choice.as_of is None
        return choice.at(own.as_of) if looks_at_own else choice
    if choice.kind is not own.kind:
        raise InputError(f"The account in {home.root} trades on another market; choose another folder with --home.")
    if choice.is_live:
        return choice
    if choice.is_made:
        choice = _on_its_path(home, choice, own)
    if choice.as_of is None:
        return choice.at(own.as_of) if choice.is_made else choice
    if choice.as_of < own.as_of:
        raise InputError(
            f"The clock of {home.root} stands at {own.as_of.isoformat()} and never runs backwards; "
            "choose a later --as-of or another --home."
        )
    return choice


def _on_its_path(home: Home, choice: MarketChoice, own: MarketChoice) -> MarketChoice:
    """An account lives on one path of a simulated market: prices of another would be leaps nobody saw."""
    from pipeline.wiring import seed_of

    lived = seed_of(own)
    if choice.seed not in {None, lived}:
        raise InputError(
            f"The account in {home.root} trades on the market of seed {lived}, not {choice.seed}; "
            "leave --seed out, or choose another folder with --home."
        )
    if choice.driver is not own.driver:
        raise InputError(
            f'The account in {home.root} trades on a past driven by "{own.driver}", not "{choice.driver}"; '
            "set market.driver back, or choose another folder with --home."
        )
    return choice.model_copy(update={"seed": own.seed})


def print_json(data: dict[str, Any]) -> None:
    """Data on stdout, one object."""
    json.dump(data, sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("\n")
