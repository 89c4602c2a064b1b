"""`spend`: what models have cost, against the caps, from the spend ledger."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table

from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import open_home, print_json
from pipeline.home import Home
from pipeline.settings import Settings
from tools.domain.chain import new_york_date
from tools.domain.errors import InputError
from tools.domain.spending import CallOutcome, ModelCall

if TYPE_CHECKING:
    from tools.domain.spending import Caps


def spend(option: Path | None, *, month: str | None, each: bool, as_json: bool) -> int:
    from pipeline.sources import present

    home, settings = open_home(option)
    today = present().date()
    of = today if month is None else _month(month)
    calls = _calls(home, settings, of)
    caps, spent = settings.model.caps, sum(call.charged for call in calls)
    spent_today = sum(call.charged for call in calls if new_york_date(call.at) == today)
    if as_json:
        print_json(
            {
                "schema": "thetagate.spend/1",
                "today": today.isoformat(),
                "month": f"{of:%Y-%m}",
                "caps_usd": caps.model_dump(mode="json"),
                "spent_usd": {"today": round(spent_today, 6), "month": round(spent, 6)},
                "calls": [_told(call) for call in calls],
            }
        )
        return Exit.OK
    for line in _against_the_caps(caps, today, of, spent_today=spent_today, spent=spent):
        typer.echo(line)
    if not calls:
        typer.echo(f"No paid model was asked in {of:%Y-%m}.")
        return Exit.OK
    tables.console().print(_every(calls) if each else _by_model(calls))
    return Exit.OK


def _calls(home: Home, settings: Settings, of: date) -> tuple[ModelCall, ...]:
    from pipeline.wiring import open_ledger

    if not home.is_initialised:
        return ()
    with open_ledger(home, account=settings.account.name) as ledger:
        return ledger.spending.calls(month=of)


def _month(text: str) -> date:
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text) is None or text < "0001":
        raise InputError(f"{text!r} is no month; write it like 2026-11.")
    return date(int(text[:4]), int(text[5:]), 1)


def _against_the_caps(caps: Caps, today: date, of: date, *, spent_today: float, spent: float) -> Iterable[str]:
    if (of.year, of.month) == (today.year, today.month):
        yield f"today {today}  ${spent_today:,.4f} of ${caps.per_day:,.2f}"
    yield f"month {of:%Y-%m}     ${spent:,.4f} of ${caps.per_month:,.2f}"
    yield f"one candidate at most ${caps.per_candidate:,.2f}"


def _by_model(calls: Iterable[ModelCall]) -> Table:
    """One line per model: how its questions ended, their tokens, and what counts against the caps."""
    drawn = tables.plain_table(
        "provider",
        "model",
        ">questions",
        ">no answer",
        ">in",
        ">of it cached",
        ">out",
        ">dollars",
        ">unknown, at worst",
    )
    ordered = sorted(calls, key=lambda call: (call.provider, call.model))
    for (provider, model), group in groupby(ordered, key=lambda call: (call.provider, call.model)):
        mine = list(group)
        drawn.add_row(
            provider,
            model,
            f"{len(mine):,}",
            f"{sum(call.outcome is not CallOutcome.ANSWERED for call in mine):,}",
            f"{sum(call.usage.input_tokens for call in mine):,}",
            f"{sum(call.usage.cached_tokens for call in mine):,}",
            f"{sum(call.usage.output_tokens for call in mine):,}",
            f"{sum(call.charged for call in mine):,.4f}",
            f"{sum(call.charged for call in mine if call.usage.cost_usd is None):,.4f}",
        )
    return drawn


def _every(calls: Iterable[ModelCall]) -> Table:
    drawn = tables.plain_table("at", "decision", "model", "outcome", ">in", ">out", ">dollars", "why")
    for call in calls:
        drawn.add_row(
            tables.stamp(call.at),
            call.candidate[:14],
            call.model,
            call.outcome.value,
            f"{call.usage.input_tokens:,}",
            f"{call.usage.output_tokens:,}",
            f"{call.charged:,.4f}" + ("" if call.usage.cost_usd is not None else " at worst"),
            call.reason,
        )
    return drawn


def _told(call: ModelCall) -> dict[str, Any]:
    """One row, flat: `charged_usd` counts, `cost_usd` is None where nobody knows."""
    row = call.model_dump(mode="json", exclude={"usage", "charged"})
    return row | {"charged_usd": call.charged} | call.usage.model_dump(mode="json")
