"""A desk with people around it: a home in which a trade waits, every channel open, the market in our hand.

with Floor.open(home) as floor:
    floor.approvals.refresh()          # cards are shown
    floor.slack.press(…)               # people answer
"""

from __future__ import annotations

import dataclasses
import json
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Self

import pytest
import uvicorn
from fastapi import FastAPI

from pipeline.approving import Approvals, authority_of
from pipeline.channels import Channels, open_channels, open_pages
from pipeline.dashboard.sessions import Sessions
from pipeline.home import Home
from pipeline.settings import Settings, database_url, load_settings
from pipeline.wiring import Session, open_ledger, open_session
from tests.peers.slack_server import APP, BOT, CHANNEL, SECRET, SlackServer
from tools.approvals.web import WebChannel
from tools.domain.decision import DecisionRecord
from tools.domain.order import Order
from tools.domain.structure import Leg
from tools.ledger.store import Ledger
from tools.portfolio.quoting import Quoted, of_snapshot

ANNA, BEN, CLEO, STRANGER = "U0ANNA", "U0BEN", "U0CLEO", "U0NOBODY"
"""In Slack; Anna and Ben may override, Cleo may not."""

PEOPLE = """
[[approvers]]
name = "Anna"
slack = "U0ANNA"
login = "anna"
may_override = true

[[approvers]]
name = "Ben"
slack = "U0BEN"
login = "ben"
may_override = true

[[approvers]]
name = "Cleo"
slack = "U0CLEO"
"""


@dataclass
class Floor:
    home: Home
    settings: Settings
    session: Session
    ledger: Ledger
    approvals: Approvals
    channels: Channels
    slack: SlackServer
    pages: FastAPI
    visits: Sessions
    written: list[str]
    at: datetime
    factor: float = 1.0
    _stack: ExitStack = field(default_factory=ExitStack)

    @classmethod
    @contextmanager
    def open(
        cls, home: Path, patch: pytest.MonkeyPatch, *, transport: str = "http", more: str = ""
    ) -> Iterator[Self]:
        """Everything wired as the product wires it; the session stays open, so that a test may move its market."""
        where = Home(home, database_url())
        with ExitStack() as stack:
            slack = stack.enter_context(SlackServer())
            for name, value in (("BOT_TOKEN", BOT), ("APP_TOKEN", APP), ("SIGNING_SECRET", SECRET)):
                patch.setenv(f"SLACK_{name}", value)
            told = f'\n[slack]\nchannel = "{CHANNEL}"\ntransport = "{transport}"\nurl = "{slack.url}"\n'
            (home / "thetagate.toml").write_text(PEOPLE + told + more)
            settings = load_settings(home)
            choice = where.read_market()
            assert choice is not None
            session = stack.enter_context(open_session(where, settings, choice))
            ledger = stack.enter_context(open_ledger(where, now=session.services.now))
            approvals = Approvals(
                ledger=ledger,
                authority=authority_of(settings),
                opened=lambda: floor.opened(),  # noqa: PLW0108 - the floor comes to be last
            )
            written: list[str] = []
            channels = open_channels(settings, approvals, write=written.append)
            stack.callback(channels.stop)
            pages, visits = open_pages(channels, approvals)
            floor = cls(
                home=where,
                settings=settings,
                session=session,
                ledger=ledger,
                approvals=approvals,
                channels=channels,
                slack=slack,
                pages=pages,
                visits=visits,
                written=written,
                at=session.services.now(),
                _stack=stack,
            )
            yield floor

    @contextmanager
    def opened(self) -> Iterator[Session]:
        """The session at this floor's time and prices."""
        services = self.session.services
        snapshot = services.snapshot
        if self.factor != 1.0:
            chains = {
                name: dataclasses.replace(chain, bid=chain.bid * self.factor, ask=chain.ask * self.factor)
                for name, chain in snapshot.chains.items()
            }
            snapshot = dataclasses.replace(snapshot, chains=chains, fingerprint=f"moved by {self.factor}")
        seen = of_snapshot(snapshot)

        def requote(legs: Sequence[Leg]) -> Quoted | None:
            """The market stands still between two of its moves, and is looked at anew."""
            found = seen(legs)
            return None if found is None else found._replace(at=self.at)

        moved = dataclasses.replace(services, snapshot=snapshot, now=lambda: self.at, requote=requote)
        yield dataclasses.replace(self.session, services=moved)

    def later(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)

    @property
    def web(self) -> WebChannel:
        assert self.channels.web is not None
        return self.channels.web

    def waiting(self) -> DecisionRecord:
        return self.approvals.waiting()[0]

    def record(self, decision_id: str) -> DecisionRecord:
        return self.ledger.record(decision_id)

    def orders(self) -> tuple[Order, ...]:
        """What the broker has, of any decision."""
        return self.session.services.broker.orders()

    def orders_of(self, decision_id: str) -> list[str]:
        promised = {each.client_order_id for each in self.ledger.intents() if each.decision_id == decision_id}
        return [order.client_order_id for order in self.orders() if order.client_order_id in promised]

    def turned_away(self) -> list[str]:
        """Why answers counted for nothing, in order."""
        with self.ledger.database.read() as connection:
            rows = connection.exec_driver_sql("SELECT body FROM events WHERE kind = 'turned_away' ORDER BY seq")
            return [json.loads(row[0])["why"] for row in rows]

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The pages on a port of this machine; their address."""
        server = uvicorn.Server(uvicorn.Config(self.pages, host="127.0.0.1", port=0, log_level="error"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        deadline = time.monotonic() + 10
        while not server.started:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(10)


class Browser:
    """A person at the pages, without JavaScript: keeps cookies, fills in forms, sends its Origin."""

    def __init__(self, base: str, path: str = "") -> None:
        self.base = base
        self.jar = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.status, self.text = 0, ""
        self.headers: Mapping[str, str] = {}
        if path:
            self.get(path)

    def get(self, path: str, **headers: str) -> Self:
        return self._ask(urllib.request.Request(self.base + path, headers=headers))

    def send(self, path: str, *, origin: str | None = "", **fields: str) -> Self:
        """A form of ours: the tokens of the page at hand go with it where `fields` say nothing else."""
        data = {**self.tokens(), **fields}
        headers = {} if origin is None else {"Origin": origin or self.base}
        return self._ask(
            urllib.request.Request(self.base + path, urllib.parse.urlencode(data).encode(), headers=headers)
        )

    def twin(self) -> Browser:
        """Another window of the same person."""
        other = Browser(self.base)
        for cookie in self.jar:
            other.jar.set_cookie(cookie)
        return other

    def tokens(self) -> dict[str, str]:
        """The hidden fields of the first form."""
        form = self.text.partition("<form")[2].partition("</form>")[0]
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))

    def _ask(self, request: urllib.request.Request) -> Self:
        try:
            with self._opener.open(request, timeout=20) as answer:
                self.status, self.text, self.headers = answer.status, answer.read().decode(), answer.headers
        except urllib.error.HTTPError as error:
            self.status, self.text, self.headers = error.code, error.read().decode(), error.headers
        return self
