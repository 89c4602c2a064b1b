"""Verbs that look at the installation: init, doctor, config show, graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import typer

from pipeline.cli.exits import Exit
from pipeline.cli.opening import home_of, own_market, print_json
from pipeline.home import Home
from pipeline.settings import CONFIG_NAME, Settings, load_settings, read_keys
from tools.domain.errors import BrokerError, InputError, ThetagateError


def init(option: Path | None, *, as_json: bool) -> int:
    home = home_of(option).create()
    path = home.root / CONFIG_NAME
    template = resources.files("pipeline").joinpath(CONFIG_NAME).read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template)
    except FileExistsError:
        raise InputError(f"{path} exists and is never overwritten; edit it, or move it away first.") from None
    if as_json:
        print_json({"schema": "thetagate.init/1", "home": str(home.root), "file": str(path)})
    else:
        typer.echo(f"Wrote {path}. Next: thetagate doctor")
    return Exit.OK


def graph(*, as_json: bool) -> int:
    from pipeline.graph import mermaid

    if as_json:
        print_json({"schema": "thetagate.graph/1", "mermaid": mermaid()})
    else:
        typer.echo(mermaid(), nl=False)
    return Exit.OK


def config_show(option: Path | None, *, as_json: bool) -> int:
    home = home_of(option)
    settings = load_settings(home.root)
    keys = read_keys()
    data: dict[str, Any] = {
        "schema": "thetagate.config/1",
        "home": str(home.root),
        "file": str(home.root / CONFIG_NAME) if (home.root / CONFIG_NAME).exists() else None,
        "settings": settings.model_dump(mode="json"),
        "keys": {
            name: "configured" if getattr(keys, name).get_secret_value() else "not configured"
            for name in type(keys).model_fields
        },
    }
    if as_json:
        print_json(data)
        return Exit.OK
    typer.echo(f"home  {data['home']}\nfile  {data['file'] or 'none, defaults'}")
    for section, values in settings.model_dump(mode="json").items():
        if not isinstance(values, dict):
            typer.echo(f"{section} = {values}")
            continue
        typer.echo(f"\n[{section}]")
        for key, value in values.items():
            typer.echo(f"{key} = {value}")
    typer.echo("")
    for name, state in data["keys"].items():
        typer.echo(f"{name} key: {state}")
    return Exit.OK


@dataclass(frozen=True)
class Check:
    """One line of the doctor: what was looked at, what was seen, and what mends it."""

    name: str
    ok: bool
    seen: str
    fix: str = ""


def doctor(option: Path | None, *, online: bool, as_json: bool) -> int:
    checks = list(_checks(option, online=online))
    healthy = all(check.ok for check in checks)
    if as_json:
        print_json({"schema": "thetagate.doctor/1", "ok": healthy, "checks": [vars(check) for check in checks]})
    else:
        for check in checks:
            typer.echo(
                f"{'✓' if check.ok else '✗'} {check.name:<10} {check.seen}{f'. {check.fix}' if check.fix else ''}"
            )
    return Exit.OK if healthy else Exit.FAILED


def _checks(option: Path | None, *, online: bool) -> list[Check]:
    checks: list[Check] = []

    def attempt(name: str, look: Callable[[], str], fix: str) -> None:
        try:
            checks.append(Check(name, True, look()))
        except ThetagateError as error:
            checks.append(Check(name, False, str(error), fix))

    home = home_of(option)
    attempt("home", lambda: str(home.create().root), "choose another with --home")
    attempt("settings", lambda: _settings_line(home), "mend that line, or start from `thetagate init`")
    if not all(check.ok for check in checks):
        return checks
    settings = load_settings(home.root)
    attempt("books", lambda: _books_line(settings), "mend the book, or remove it from books.enabled")
    attempt("calendar", _calendar_line, "reinstall exchange-calendars")
    attempt("database", lambda: _database_line(home), "check the disk, and that no other program holds the file")
    attempt("broker", lambda: _broker_line(home, settings, online=online), "look at `thetagate reconcile`")
    attempt("orders", lambda: _orders_line(home, settings), "`thetagate resume` lifts it")
    attempt("clock", lambda: _clock_line(home), "delete market.json and run again")
    attempt("market", lambda: _market_line(home, settings, online=online), "choose another source under [market]")
    if settings.fundamentals.source != "none":
        attempt(
            "companies", lambda: _fundamentals_line(settings, online=online), "choose none under [fundamentals]"
        )
    attempt(
        "events", lambda: _events_line(settings, online=online), "mend the file, or choose another under [events]"
    )
    attempt("people", lambda: _people_line(settings), "mend [[approvers]] or [slack], or set what is missing")
    checks.append(_keys_line(settings))
    return checks


def _settings_line(home: Home) -> str:
    settings = load_settings(home.root)
    file = home.root / CONFIG_NAME
    return f"mode {settings.mode.value}, {file.name if file.exists() else 'defaults, no file'}"


def _books_line(settings: Settings) -> str:
    from pipeline.wiring import open_books

    return ", ".join(open_books(settings))


def _calendar_line() -> str:
    from datetime import date

    from tools.calendar.sessions import session_close

    close = session_close(date(2026, 11, 27))
    return f"New York sessions known; 2026-11-27 closes early at {close:%H:%M}"


def _database_line(home: Home) -> str:
    from pipeline.wiring import open_ledger

    if not home.is_initialised:
        return "none yet; the first run makes it"
    with open_ledger(home) as ledger:
        problems = ledger.verify()
        if problems:
            raise InputError(f"the audit chain of {home.ledger_url} is broken: {problems[0]}")
        return f"{len(ledger.decisions())} decisions, audit chain whole"


def _broker_line(home: Home, settings: Settings, *, online: bool) -> str:
    from pipeline.brokers import read_bound
    from pipeline.modes import check_broker
    from pipeline.reconciling import of_home, refusal

    check_broker(settings)
    bound = read_bound(home)
    if bound is not None and not online:
        return f"account {bound.number} at {bound.kind}, {bound.mode.value}; {ASK}"
    differences = of_home(home, settings)
    if differences is None:
        return "nothing was sent yet"
    refused = refusal(differences)
    if refused is not None:
        raise BrokerError(refused.text)
    return f"{len(differences)} orders are to be seen to their end" if differences else "agrees with our books"


def _orders_line(home: Home, settings: Settings) -> str:
    from pipeline.halting import standing

    halt = standing(home, settings)
    if halt is not None:
        raise BrokerError(f"stopped: {halt.text}")
    return "may go out"


def _clock_line(home: Home) -> str:
    now = home.read_clock()
    return "not started; the first run sets it" if now is None else f"virtual, {now.isoformat()}"


ASK = "not asked (add --online)"


def _market_line(home: Home, settings: Settings, *, online: bool) -> str:
    from pipeline.wiring import open_snapshot

    choice = own_market(home, settings)
    if choice.is_live:
        return _live_line(settings, online=online)
    now = home.read_clock()
    snapshot = open_snapshot(choice.at(now) if now is not None and choice.is_made else choice)
    quotes = sum(len(chain) for chain in snapshot.chains.values())
    return f"{snapshot.source}, {len(snapshot.chains)} underlyings, {quotes:,} quotes, age 0 s at the virtual clock"


def _live_line(settings: Settings, *, online: bool) -> str:
    from pipeline.sources import alpaca_api, ping

    chosen = settings.market
    alpaca_api(settings)
    said = ping(settings) if online else ASK
    return f"{chosen.source}, {len(chosen.universe)} underlyings, feed {chosen.feed}; {said}"


def _fundamentals_line(settings: Settings, *, online: bool) -> str:
    from pipeline.sources import fmp_source, present

    source = fmp_source(settings)
    if not online:
        return f"{source.name}; {ASK}"
    rate = source.rate(present(), 0.25)
    if rate is None:
        raise InputError("fmp tells no treasury yield; check FMP_API_KEY and what its plan includes")
    return f"{source.name}, riskless rate {rate:.2%} to three months"


def _events_line(settings: Settings, *, online: bool) -> str:
    """Where releases come from, and whether the calendar reaches beyond today."""
    from pipeline.sources import event_book, present

    chosen = settings.events
    where = chosen.file.name if chosen.file else chosen.source
    if chosen.file is None and chosen.source == "fmp" and not online:
        return f"{where}; {ASK}"
    return f"{where}, {len(event_book(settings, present(), None)):,} events"


def _people_line(settings: Settings) -> str:
    """Who decides what waits, and through what; nobody is asked, nothing is opened."""
    from pipeline.approving import authority_of
    from pipeline.channels import check_slack

    people = ", ".join(each.name for each in authority_of(settings).people)
    if settings.slack.channel:
        check_slack(settings)
    posted = (
        f"Slack {settings.slack.channel} by {settings.slack.transport}" if settings.slack.channel else "no Slack"
    )
    page = f"page on 127.0.0.1:{settings.web.port}" if settings.web.enabled else "no page"
    return f"{people} at the console; {page}; {posted}"


def _keys_line(settings: Settings) -> Check:
    keys = read_keys()
    wanted = settings.model.provider
    have = [name for name in ("anthropic", "openai") if getattr(keys, name).get_secret_value()]
    if wanted in {"anthropic", "openai"} and wanted not in have:
        return Check(
            "model", False, f"{wanted} is chosen but {wanted.upper()}_API_KEY is not set", "set it, or choose auto"
        )
    return Check("model", True, f"{wanted}; keys: {', '.join(have) or 'none (recordings and the offline analyst)'}")
