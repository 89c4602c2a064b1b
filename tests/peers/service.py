"""A data service on the loopback interface: takes real requests, answers or fails as told.

with AlpacaServer() as server:
    server.will(Mode.DROP, Mode.OK)      # the first call loses its connection, the second is answered
"""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


class Mode(StrEnum):
    OK = "ok"
    TRUNCATED = "truncated"  # whole by its length, and JSON that ends too early
    CUT = "cut"  # fewer bytes than its length says
    DROP = "drop"
    SLOW = "slow"
    DRIP = "drip"
    GARBAGE = "garbage"
    NOTHING = "nothing"
    RATE_LIMITED = "429"
    FAILING = "500"
    GATEWAY = "502"
    BUSY = "503"
    GATEWAY_LATE = "504"


@dataclass
class Asked:
    """One request as it came."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    mode: Mode


@dataclass
class Reply:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


class Service(ABC):
    """One server with a script of modes; after the script every call gets `otherwise`.

    `seen` holds the requests; `latency` seconds pass before each answer.
    """

    def __init__(self, otherwise: Mode = Mode.OK) -> None:
        self.otherwise = otherwise
        self.latency = 0.0
        self.retry_after = "0"
        self.seen: list[Asked] = []
        self._script: deque[Mode] = deque()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def will(self, *modes: Mode) -> None:
        self._script.extend(modes)

    def paths(self) -> list[str]:
        return [asked.path for asked in self.seen]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @abstractmethod
    def reply(self, path: str, query: dict[str, str], headers: dict[str, str]) -> Reply:
        """What the real service answers."""

    @abstractmethod
    def error(self, status: int) -> Any:
        """The body that goes with a status of 400 and above."""

    def next_mode(self) -> Mode:
        return self._script.popleft() if self._script else self.otherwise

    def wait(self, seconds: float) -> bool:
        """Sleep unless the server closes; true when it does."""
        return self._closing.wait(seconds)

    def _handler(service) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = dict(parse_qsl(parts.query, keep_blank_values=True))
                headers = {name.lower(): value for name, value in self.headers.items()}
                mode = service.next_mode()
                service.seen.append(Asked(parts.path, query, headers, mode))
                service.wait(service.latency)
                self.act(mode, service.reply(parts.path, query, headers))

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                self.do_GET()

            def act(self, mode: Mode, reply: Reply) -> None:
                data = json.dumps(reply.body).encode()
                match mode:
                    case Mode.DROP:
                        self.close_connection = True
                    case Mode.CUT:
                        self.head(200, len(data) + 1000, {})
                        self.wfile.write(data)
                        self.close_connection = True
                    case Mode.SLOW:
                        service.wait(30)
                        self.close_connection = True
                    case Mode.DRIP:
                        self.head(200, 1_000_000, {})
                        while not service.wait(0.02):
                            self.wfile.write(b" ")
                            self.wfile.flush()
                    case Mode.GARBAGE:
                        self.raw(200, b"<html>gateway</html>", {})
                    case Mode.NOTHING:
                        self.raw(200, b"", {})
                    case Mode.TRUNCATED:
                        self.raw(200, data[: len(data) // 2], {})
                    case Mode.RATE_LIMITED:
                        self.raw(429, json.dumps(service.error(429)).encode(), {"Retry-After": service.retry_after})
                    case _ if mode.isdigit():
                        self.raw(int(mode), json.dumps(service.error(int(mode))).encode(), {})
                    case _:
                        self.raw(reply.status, data, reply.headers)

            def raw(self, status: int, data: bytes, headers: dict[str, str]) -> None:
                self.head(status, len(data), headers)
                self.wfile.write(data)

            def head(self, status: int, length: int, headers: dict[str, str]) -> None:
                self.send_response(status)
                self.send_header("content-type", "application/json; charset=UTF-8")
                self.send_header("content-length", str(length))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def handle(self) -> None:
                try:
                    super().handle()
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler
