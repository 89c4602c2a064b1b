"""The verb `serve`: the service, its pages and its channels, until it is asked to end."""

from __future__ import annotations

import json
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import typer

from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import at_home, open_home, own_market
from pipeline.clocks import ServiceClock
from pipeline.home import Home
from pipeline.market import MarketChoice
from tools.domain.errors import ConfigError, InputError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from pipeline.service import Service

LOOPBACK = "127.0.0.1"


def serve(
    option: Path | None,
    *,
    live: bool,
    start: datetime | None,
    until: datetime | None,
    speed: float,
    as_json: bool,
) -> int:
    try:
        from pipeline.service import Service
    except ModuleNotFoundError as error:
        raise ConfigError(f"`serve` needs what is not installed ({error}); install thetagate[serve].") from None
    from pipeline.approving import Approvals, authority_of
    from pipeline.channels import open_channels, open_pages
    from pipeline.wiring import open_ledger

    home, settings = open_home(option)
    clock = _clock(home, own_market(home, settings), start=start, speed=speed)

    def choice(now: datetime) -> MarketChoice:
        meant = own_market(home, settings)
        return at_home(home, meant.at(now) if meant.is_made else meant, sends=True)

    service = Service(home=home, settings=settings, clock=clock, choice=choice, live=live)
    with ExitStack() as stack:
        stack.enter_context(_lines(clock, as_json=as_json))
        ledger = stack.enter_context(open_ledger(home, now=clock.now, account=settings.account.name))
        service.approvals = Approvals(ledger=ledger, authority=authority_of(settings), opened=service.session)
        channels = open_channels(settings, service.approvals, write=_said)
        if channels.web is not None or (channels.slack is not None and not channels.is_socket):
            pages, sessions = open_pages(channels, service.approvals, clock=clock.now)
            port = stack.enter_context(_pages(pages, settings.web.port))
            for name, path in sessions.paths().items():
                typer.echo(f"{name}: http://{LOOPBACK}:{port}{path}")
        channels.start()
        stack.callback(channels.stop)
        _until_asked(service)
        typer.echo(f"Serving {home.root} since {tables.stamp(clock.now())}; end it with Ctrl-C or SIGTERM.")
        service.run(until=until)
    typer.echo("Ended; nothing of ours is left half done.")
    return Exit.OK


def _clock(home: Home, choice: MarketChoice, *, start: datetime | None, speed: float) -> ServiceClock:
    """The wall for a market of the present; a made one goes on where its home stands, or from `start`."""
    if choice.is_live:
        if start is not None or speed != 1:
            raise InputError("--from and --speed are for simulated markets; a live one shows the present.")
        return ServiceClock()
    if not choice.is_made:
        raise InputError('market.source "store" shows what was; serve "alpaca", "embedded" or "past".')
    stands = home.read_clock()
    if start is None and stands is None and speed == 1:
        return ServiceClock()
    begins = start if stands is None or (start is not None and start > stands) else stands
    if begins is None:
        raise InputError("A simulated market that runs faster needs a beginning; add --from 2026-11-23T09:30.")
    return ServiceClock(start=begins, speed=speed)


def _until_asked(service: Service) -> None:
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: service.stop())


@contextmanager
def _pages(app: FastAPI, port: int) -> Iterator[int]:
    """The application on the loopback interface, in a thread of its own; the port it got."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, host=LOOPBACK, port=port, log_level="warning", access_log=False))
    thread = Thread(target=server.run, name="pages", daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise ConfigError(f"Port {port} is taken; set web.port to another, or web.enabled = false.")
        thread.join(0.05)
    try:
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(10)


def _said(text: str) -> None:
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


@contextmanager
def _lines(clock: ServiceClock, *, as_json: bool) -> Iterator[None]:
    """What the service does, a line each on stdout, at the time of its market."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Lines(clock, as_json=as_json))
    logger, scheduler = logging.getLogger("thetagate"), logging.getLogger("apscheduler")
    before = logger.level, scheduler.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    scheduler.setLevel(logging.CRITICAL)  # what fails there is raised here
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        scheduler.setLevel(before[1])


class _Lines(logging.Formatter):
    def __init__(self, clock: ServiceClock, *, as_json: bool) -> None:
        super().__init__()
        self._clock, self._as_json = clock, as_json

    def format(self, record: logging.LogRecord) -> str:
        now, text = self._clock.now(), record.getMessage()
        if not self._as_json:
            return f"{tables.stamp(now)} {'! ' if record.levelno > logging.INFO else ''}{text}"
        told: dict[str, Any] = {"at": now.isoformat(), "level": record.levelname.lower(), "text": text}
        return json.dumps(told, ensure_ascii=False)
