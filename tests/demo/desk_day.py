"""A trade's whole life through `serve`, at a loopback Alpaca and a loopback Slack, killed at its worst moments.

    python -m tests.demo.desk_day

Friday    a bell → a put is proposed → its card in Slack → a signed press of Approve → the order
          → one contract is filled → kill -9 → the next start finds the order and sees it to its end
Monday    the put was assigned over the weekend → kill -9 in the middle of recovering → entered once
          → the shares are sold → our books and the broker's agree → `thetagate why` tells it all
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.peers.alpaca_exchange import Exchange
from tests.peers.alpaca_order_stream import OrderStreamServer
from tests.peers.alpaca_server import KEY, SECRET, AlpacaServer, daily_bars, listing
from tests.peers.alpaca_trading_server import TradingServer
from tests.peers.slack_server import BOT, CHANNEL, SlackServer
from tests.peers.slack_server import SECRET as SIGNED
from tools.calendar.sessions import NEW_YORK

FRIDAY = datetime(2026, 11, 20, 15, 45, tzinfo=NEW_YORK)
MONDAY = datetime(2026, 11, 23, 15, 45, tzinfo=NEW_YORK)
EXPIRIES = [datetime(2026, 12, 18).date(), datetime(2027, 1, 15).date()]  # noqa: DTZ001 - dates alone
PATIENCE = 90.0

# Everything heavy is imported before the clock begins, so that the bell is not missed on a slow machine.
LAUNCH = """
import sys, time
from datetime import datetime, timedelta
import langgraph.graph, tools.desk.scan, tools.execution.alpaca.broker, fastapi, uvicorn, slack_bolt
from pipeline import sources
start, began = datetime.fromisoformat(sys.argv[1]), time.monotonic()
sources.present = lambda: start + timedelta(seconds=time.monotonic() - began)
from pipeline.cli.app import run_app
sys.exit(run_app(sys.argv[2:]))
"""

SETTINGS = """
mode = "paper"

[market]
source = "alpaca"
universe = ["SPY"]
trading_url = "{data}"
data_url = "{data}"
rate = 0.04

[model]
provider = "offline"

[books]
enabled = ["cash_secured_put"]

[score]
automatic = 10.0
human = 0.0

[execution]
step_seconds = 1.0
walk_steps = 30

[broker]
kind = "alpaca"
base_url = "{broker}"
stream_url = "{stream}"

[serve]
first_minutes = 15.0
every_minutes = 390.0
look_seconds = 30.0

[slack]
channel = "{channel}"
transport = "http"
url = "{slack}"

[web]
port = {port}

[[approvers]]
name = "Anna"
slack = "U0ANNA"
"""


class Lost(Exception):
    """The story did not go on."""


@dataclass
class Clock:
    """Runs on from where it was set."""

    at: datetime = FRIDAY
    since: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self.since)

    def set(self, at: datetime) -> None:
        self.at, self.since = at, time.monotonic()


@dataclass
class Stage:
    """The peers, the home, and what is told."""

    home: Path
    tell: Callable[[str], None]
    market: AlpacaServer
    exchange: Exchange
    trading: TradingServer
    slack: SlackServer
    port: int
    clock: Clock
    begun: int = 0

    def look(self, at: datetime) -> None:
        """The market as of now, which is the exchange's time as well."""
        self.clock.set(at)
        self.market.today = at.date()
        found = listing("SPY", at=at, spot=100.0, expiries=EXPIRIES, strikes=[80.0 + 2 * n for n in range(22)])
        found.bars = daily_bars(until=at.date(), price=100.0, seed=1)
        self.market.listings["SPY"] = found

    @contextmanager
    def serving(self, start: datetime) -> Iterator[subprocess.Popen[str]]:
        """One process of `serve`; what is still alive at the end is killed."""
        self.clock.set(start)
        self.begun += 1
        self.trading.called.clear()
        said = (self.home.parent / "serve.log").open("a")
        process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, start.isoformat(), "serve", "--home", str(self.home)],
            stdout=said,
            stderr=said,
            text=True,
            env=os.environ | keys(),
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            said.close()

    def verb(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", LAUNCH, self.clock.now().isoformat(), *arguments, "--home", str(self.home)],
            capture_output=True,
            text=True,
            env=os.environ | keys() | {"COLUMNS": "110"},
            check=False,
        )
        if done.returncode:
            raise Lost(f"{' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def until(self, true: Callable[[], Any], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > end:
                log = (self.home.parent / "serve.log").read_text()
                raise Lost(f"{what} did not come.\n{log[-3000:]}")
            time.sleep(0.05)

    def said(self, word: str) -> bool:
        """Whether the process that was begun last has said it."""
        parts = (self.home.parent / "serve.log").read_text().split("Serving ")
        return len(parts) == self.begun + 1 and word in parts[-1]

    def order(self) -> dict[str, Any]:
        rows = [row for row in self.exchange.state["orders"] if row["symbol"] != "SPY"]
        return rows[-1] if rows else {}


def keys() -> dict[str, str]:
    return {
        "APCA_API_KEY_ID": KEY,
        "APCA_API_SECRET_KEY": SECRET,
        "SLACK_BOT_TOKEN": BOT,
        "SLACK_SIGNING_SECRET": SIGNED,
    }


def tell_story(folder: Path, tell: Callable[[str], None]) -> str:
    """Play it; the story as `why` tells it. `Lost` where it does not go on as it must."""
    with ExitStack() as stack:
        stage = _set(folder, tell, stack)
        decision = _friday(stage)
        return _monday(stage, decision)


def _set(folder: Path, tell: Callable[[str], None], stack: ExitStack) -> Stage:
    clock = Clock()
    exchange = Exchange(now=clock.now, cash="1000000")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    market = stack.enter_context(AlpacaServer(today=FRIDAY.date()))
    trading = stack.enter_context(TradingServer(exchange))
    updates = stack.enter_context(OrderStreamServer(exchange))
    slack = stack.enter_context(SlackServer())
    home = folder / "home"
    home.mkdir(parents=True)
    urls = {"data": market.url, "broker": trading.url, "stream": updates.url, "slack": slack.url}
    (home / "thetagate.toml").write_text(SETTINGS.format(channel=CHANNEL, port=port, **urls))
    return Stage(home, tell, market, exchange, trading, slack, port, clock)


def _friday(stage: Stage) -> str:
    bell = FRIDAY
    stage.look(bell - timedelta(seconds=10))
    with stage.serving(bell - timedelta(seconds=8)) as process:
        stage.until(lambda: stage.slack.messages, "a card in Slack")
        card = stage.slack.messages[0]
        stage.tell(f"Slack shows: {card.text}")
        stage.slack.press(
            "tg_approve", by="U0ANNA", message=card, url=f"http://127.0.0.1:{stage.port}/slack/events"
        )
        stage.until(stage.order, "the order")
        stage.exchange.execute(1)
        stage.tell("Anna pressed Approve; one contract is filled. kill -9.")
        process.kill()
        process.wait()
    name = stage.order()["client_order_id"]
    with stage.serving(bell + timedelta(seconds=20)):
        stage.until(lambda: stage.trading.called["find"] >= 1, "a look-up")
        stage.exchange.execute()
        stage.until(
            lambda: "recover: " in (stage.home.parent / "serve.log").read_text().split("Serving")[-1], "recovery"
        )
    orders = json.loads(stage.verb("broker", "orders", "--json"))["orders"]
    if len(orders) != 1 or orders[0]["client_order_id"] != name or orders[0]["filled_quantity"] < 1:
        raise Lost(f"the broker holds {orders}")
    filled = f"{orders[0]['filled_quantity']} of {orders[0]['quantity']}"
    stage.tell(f"Begun again: still one order, {name}, {filled} filled.")
    return str(orders[0]["decision_id"])


def _monday(stage: Stage, decision: str) -> str:
    held = {symbol: n for symbol, n in stage.exchange.state["positions"].items() if n < 0}
    ((put, short),) = held.items()
    stage.look(MONDAY - timedelta(hours=6))
    stage.exchange.market(take=-1)
    stage.exchange.assign(put, -short)
    stage.tell(f"Over the weekend {-short} {put} were assigned.")
    stage.look(MONDAY - timedelta(seconds=10))
    with stage.serving(MONDAY - timedelta(seconds=8)) as process:
        stage.until(lambda: stage.trading.called["other"] >= 2, "a question to the broker")
        process.kill()
        process.wait()
        stage.tell("Begun again, in the middle of recovering: kill -9.")
    with stage.serving(MONDAY - timedelta(seconds=8)):
        stage.until(
            lambda: "scan: " in (stage.home.parent / "serve.log").read_text().split("Serving")[-1], "the bell"
        )
    stage.verb("reconcile")
    stage.verb("audit", "verify")
    if stage.exchange.state["positions"].get("SPY"):
        raise Lost(f"the account still holds {stage.exchange.state['positions']}")
    stage.tell("The shares are sold, our books and the broker's agree, the chain is whole.")
    return stage.verb("why", decision)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        story = tell_story(Path(folder), lambda line: print(line, flush=True))  # noqa: T201 - it is told to a person
    print(story)  # noqa: T201


if __name__ == "__main__":
    main()
