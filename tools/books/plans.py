"""Capital plans: shipped by name, or a user's own TOML file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tools.books.load import parse_toml, read_text, shipped_file, shipped_names
from tools.portfolio.allocation import OPEN, Budget, CapitalPlan

FOLDER = "capital"


def shipped_plan(name: str) -> CapitalPlan:
    """A plan that comes with the product; `ConfigError` where there is none of this name."""
    return parse_plan(shipped_file(FOLDER, name, noun="capital plan"), source=f"{name}.toml")


def shipped_plans() -> dict[str, CapitalPlan]:
    return {name: shipped_plan(name) for name in shipped_names(FOLDER)}


def find_plan(wanted: str | None) -> CapitalPlan:
    """The plan of a name or, where it ends in .toml, of a file; without any nothing is kept for anyone."""
    if wanted is None:
        return OPEN
    if wanted.endswith(".toml"):
        return parse_plan(read_text(Path(wanted), noun="capital plan"), source=wanted)
    return shipped_plan(wanted)


def parse_plan(text: str, *, source: str) -> CapitalPlan:
    """The plan in a TOML text; `ConfigError` names `source`, line and key."""
    return parse_toml(text, CapitalPlan, source=source, beside=_keys_beside)


def _keys_beside(path: tuple[str, ...]) -> Iterable[str]:
    return CapitalPlan.model_fields if len(path) == 1 else Budget.model_fields
