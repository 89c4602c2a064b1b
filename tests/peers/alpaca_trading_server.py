"""Alpaca's trading API on the loopback interface: orders, activities and the order stream, and the 14 faults.

    with TradingServer() as server:
        server.exchange.market(bid="2.48")             # who sells at 2.48 or less is filled at once
        server.will(Fault.DROPPED, "submit")           # the first order arrives, its answer does not

As a process of its own it keeps its account in a file: `python -m tests.peers.alpaca_trading_server FILE --port 0`
prints its address, and `POST /exchange/<what>` with JSON says of its market what `Exchange` offers.
"""

from __future__ import annotations

import argparse
import json
import re
import threading
from collections import Counter
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import HTTPAdapter

from tests.peers.alpaca_exchange import Exchange, Refusal, Row
from tests.peers.alpaca_server import KEY, SECRET
from tests.peers.faults import HASTY, PATIENT, Fault, Happenings
from tools.data.alpaca.transport import PatientAdapter
from tools.data.limiter import RateLimiter
from tools.data.patience import Patience


class TradingServer:
    """`exchange` is the account; `seen` what was asked, as (method, path), and `called` how often by kind."""

    def __init__(self, exchange: Exchange | None = None, *, port: int = 0) -> None:
        self.exchange = exchange or Exchange()
        self.seen: list[tuple[str, str]] = []
        self.called: Counter[str] = Counter()
        self._script: dict[tuple[str, int], Fault] = {}
        self.happenings = Happenings(self.exchange)
        self._hides = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def will(self, fault: Fault, call: str, *, at: int = 1, times: int = 1) -> None:
        """What goes wrong at the `at`-th call of a kind, and at those right after it."""
        for number in range(at, at + times):
            self._script[call, self.called[call] + number] = fault

    def adapter(self, *, deadline: float = PATIENT) -> PatientAdapter:
        """What a client sends through: connecting times out where the script says so."""
        return _Scripted(self, deadline)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def unreachable(self, method: str, path: str, body: Row) -> bool:
        """Whether this call does not even connect; it counts as made then."""
        call = _kind(method, path, body)
        with self._lock:
            if self._script.get((call, self.called[call] + 1)) is not Fault.CONNECT_TIMEOUT:
                return False
            self.called[call] += 1
            return True

    def take(self, method: str, path: str, body: Row) -> Fault | None:
        call = _kind(method, path, body)
        with self._lock:
            self.called[call] += 1
            fault = self._script.get((call, self.called[call]))
            if fault is Fault.NOT_FOUND and method != "GET":
                self._hides = 1  # taken without an answer, and the next look does not show it
                return Fault.DROPPED
            if fault is None and call == "find" and self._hides:
                self._hides -= 1
                return Fault.NOT_FOUND
            return fault

    def answer(self, method: str, path: str, query: dict[str, str], body: Row) -> tuple[int, Any]:
        try:
            return self._route(method, path, query, body)
        except Refusal as refusal:
            return refusal.status, refusal.body

    def wait(self, seconds: float) -> bool:
        return self._closing.wait(seconds)

    def _route(self, method: str, path: str, query: dict[str, str], body: Row) -> tuple[int, Any]:
        exchange = self.exchange
        match method, path.removeprefix("/v2").split("/")[1:]:
            case "GET", ["account"]:
                return 200, exchange.account()
            case "GET", ["positions"]:
                return 200, exchange.positions()
            case "GET", ["orders:by_client_order_id"]:
                return 200, exchange.order_by_name(query["client_order_id"])
            case "GET", ["orders"]:
                return 200, exchange.orders(after=query.get("after", ""), limit=int(query.get("limit", 50)))
            case "GET", ["orders", order_id]:
                return 200, exchange.order(order_id)
            case "POST", ["orders"]:
                return 200, exchange.accept(body)
            case "PATCH", ["orders", order_id]:
                return 200, exchange.replace(order_id, body)
            case "DELETE", ["orders", order_id]:
                exchange.cancel(order_id)
                return 204, None
            case "GET", ["account", "activities", *kinds]:
                rows = exchange.activities(
                    kinds=kinds[0] if kinds else query.get("activity_types", ""),
                    category=query.get("category", ""),
                    after=query.get("after", ""),
                    size=int(query.get("page_size", 100)),
                    token=query.get("page_token", ""),
                )
                return 200, self.happenings.shuffled(rows)
            case "GET", ["clock"]:
                return 200, {"timestamp": datetime.now().astimezone().isoformat(), "is_open": True}
            case "POST", ["exchange", what] if not what.startswith("_"):
                getattr(exchange, what)(**body)
                return 200, {}
            case _:
                return 404, {"code": 40410000, "message": "endpoint not found."}


class _Wire(HTTPAdapter):
    """Below the patience: what the network itself does to one attempt."""

    trading: TradingServer

    def send(self, request: requests.PreparedRequest, *arguments: Any, **named: Any) -> requests.Response:
        body = json.loads(request.body) if request.body else {}
        if self.trading.unreachable(str(request.method), urlsplit(str(request.url)).path, body):
            raise requests.ConnectTimeout("no answer from the host")
        return super().send(request, *arguments, **named)


class _Scripted(PatientAdapter, _Wire):
    def __init__(self, trading: TradingServer, deadline: float) -> None:
        self.trading = trading
        super().__init__(
            limiter=RateLimiter(requests=100_000),
            patience=Patience(deadline=deadline, first_wait=0.01, longest_wait=0.02),
        )


def _kind(method: str, path: str, body: Row) -> str:
    """Which of the broker's calls a request belongs to."""
    if method == "POST":
        return "replace" if re.search(r"\.r\d+$", str(body.get("client_order_id", ""))) else "submit"
    if path.endswith("/FILL"):
        return "fills"
    return {"PATCH": "replace", "DELETE": "cancel"}.get(method, "find" if "/orders" in path else "other")


def _handler(server: TradingServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16  # head and body in one packet: in two, each answer waits for an acknowledgement

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            method, path = self.command, parts.path
            server.seen.append((method, path))
            if not path.startswith("/exchange/") and not self.is_known():
                return self.say(401, {"code": 40110000, "message": "request is not authorized"})
            fault = None if path.startswith("/exchange/") else server.take(method, path, body)
            return self.act(fault, method, path, query, body)

        do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names that the base class looks for

        def is_known(self) -> bool:
            return self.headers.get("apca-api-key-id") == KEY and self.headers.get("apca-api-secret-key") == SECRET

        def act(self, fault: Fault | None, method: str, path: str, query: dict[str, str], body: Row) -> None:
            match fault:
                case Fault.RATE_LIMITED:
                    return self.say(429, {"code": 42910000, "message": "too many requests."})
                case Fault.FAILED_BEFORE:
                    return self.say(500, {"code": 50010000, "message": "internal server error occurred"})
                case Fault.REJECTED:
                    return self.say(403, {"code": 40310000, "message": "insufficient options buying power"})
                case Fault.NOT_FOUND:
                    listed = path.endswith(("/orders", "/FILL"))
                    return (
                        self.say(200, []) if listed else self.say(404, {"code": 40410000, "message": "not found"})
                    )
                case _:
                    server.happenings.happen(fault if method != "POST" else None)
            status, told = server.answer(method, path, query, body)
            if method == "POST":
                server.happenings.happen(fault)
            match fault:
                case Fault.READ_TIMEOUT:
                    server.wait(2 * HASTY)
                    self.close_connection = True
                case Fault.FAILED_AFTER:
                    self.say(500, {"code": 50010000, "message": "internal server error occurred"})
                case Fault.DROPPED:
                    self.close_connection = True
                case Fault.TWICE:
                    self.say(*server.answer(method, path, query, body))
                case _:
                    self.say(status, told)
            return None

        def say(self, status: int, body: Any) -> None:
            data = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json; charset=UTF-8")
            self.send_header("content-length", str(len(data)))
            if status == 429:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(data)

        def handle(self) -> None:
            try:
                super().handle()
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


def main() -> None:
    from tests.peers.alpaca_order_stream import OrderStreamServer

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("state", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--stream-port", type=int, default=0)
    parser.add_argument("--number", default="PA3LOOPBACK0")
    parser.add_argument("--cash", default="100000")
    chosen = parser.parse_args()
    exchange = Exchange(chosen.state, number=chosen.number, cash=chosen.cash)
    with (
        TradingServer(exchange, port=chosen.port) as server,
        OrderStreamServer(exchange, port=chosen.stream_port) as s,
    ):
        print(json.dumps({"url": server.url, "stream": s.url}), flush=True)  # noqa: T201 - whoever started it reads it
        threading.Event().wait()


if __name__ == "__main__":
    main()
