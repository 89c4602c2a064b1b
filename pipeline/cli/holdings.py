"""The verb `positions`: holdings at their marks, with Greeks per position and netted."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import open_home, print_json


def positions(option: Path | None, *, as_json: bool) -> int:
    from pipeline.wiring import open_ledger, open_market
    from tools.calendar.trading_time import Clock
    from tools.portfolio.positions import read_positions

    home, settings = open_home(option)
    market = home.read_market()
    if market is None or not home.is_initialised:
        if as_json:
            print_json(
                {"schema": "thetagate.positions/1", "as_of": None, "cash": None, "nav": None, "positions": []}
            )
        else:
            typer.echo(f"Nothing is held: nothing has run in {home.root} yet. Start with `thetagate demo`.")
        return Exit.OK
    snapshot = open_market(market, settings, home)
    with open_ledger(home, account=settings.account.name) as ledger:
        account = ledger.account()
    account = replace(account, positions=tuple(held for held in account.positions if held.quantity))
    read = read_positions(account, snapshot, clock=Clock.CALENDAR_365, gap=settings.risk.overnight)
    rows = [
        {
            "symbol": held.symbol,
            "book": held.book,
            "quantity": held.quantity,
            "average_price": held.average_price,
            "price": held.price,
            "dollar_delta": known(exposure.dollar_delta),
            "gamma_1pct": known(exposure.gamma_1pct),
            "vega_point": known(exposure.vega_point),
            "theta_day": known(exposure.theta_day),
        }
        for held, exposure in zip(account.positions, read.exposures, strict=True)
    ]
    net = {
        name: known(math.fsum(getattr(exposure, name) for exposure in read.exposures))
        for name in ("dollar_delta", "gamma_1pct", "vega_point", "theta_day")
    }
    data = {
        "schema": "thetagate.positions/1",
        "as_of": snapshot.as_of.isoformat(),
        "source": {"name": snapshot.source, "simulated": snapshot.simulated},
        "cash": account.cash,
        "nav": known(read.nav),
        "net": net,
        "positions": rows,
    }
    if as_json:
        print_json(data)
        return Exit.OK
    tables.console().print(f"{tables.stamp(snapshot.as_of)} · {snapshot.source}")
    _show(data)
    return Exit.OK


def known(value: float) -> float | None:
    """NaN is the numeric core's unknown; outside it is None."""
    return None if math.isnan(value) else value


def _show(data: dict[str, Any]) -> None:
    table = tables.plain_table(
        "symbol",
        "book",
        ">quantity",
        ">average",
        ">mark",
        ">delta $",
        ">gamma $ per 1 %",
        ">vega $ per point",
        ">theta $ per day",
    )
    for row in (*data["positions"], {"symbol": "net", "book": " ", "quantity": None, **data["net"]}):
        table.add_row(
            row["symbol"],
            row["book"] or "held",
            "" if row["quantity"] is None else tables.money(row["quantity"]),
            price(row.get("average_price")) if row["quantity"] is not None else "",
            price(row.get("price")) if row["quantity"] is not None else "",
            amount(row["dollar_delta"]),
            amount(row["gamma_1pct"]),
            amount(row["vega_point"]),
            amount(row["theta_day"]),
        )
    out = tables.console()
    nav = "unknown" if data["nav"] is None else tables.money(data["nav"])
    out.print(f"net asset value {nav}, cash {tables.money(data['cash'])}")
    out.print(table)


def price(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.2f}"


def amount(value: float | None) -> str:
    return "unknown" if value is None else tables.money(value)
