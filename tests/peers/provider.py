"""A model provider on the loopback interface: takes real requests, answers or fails as told.

with AnthropicServer() as server:
    server.will(Mode.DROP, Mode.OK)      # the first call loses its connection, the second is answered
    AnthropicModel(api_key="k", base_url=server.url)
"""

from __future__ import annotations

import json
import random
import threading
from abc import ABC, abstractmethod
from collections import deque
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self

from tests.agents.tongues import GERMAN


class Mode(StrEnum):
    """What becomes of one call: an answer, an answer nobody can use, no answer, or a status."""

    OK = "ok"
    # a message of the model
    TRUNCATED = "truncated"
    REFUSAL = "refusal"
    EMPTY = "empty"
    PROSE = "prose"
    WRONG_SCHEMA = "wrong schema"
    DUPLICATED_KEY = "duplicated key"
    NAN = "nan"
    INFINITY = "infinity"
    GERMAN = "german"
    LONG = "long"
    # a message, and something wrong about it
    OTHER_MODEL = "other model"
    DEAR = "dear"
    NO_USAGE = "no usage"
    # bytes
    FOREIGN = "foreign"
    GARBAGE = "garbage"
    BABBLE = "babble"
    HUGE = "huge"
    DROP = "drop"
    CUT = "cut"
    SLOW = "slow"
    DRIP = "drip"
    DRIP_HEAD = "drip head"
    # a status
    BAD_REQUEST = "400"
    UNAUTHORISED = "401"
    FORBIDDEN = "403"
    UNKNOWN_MODEL = "404"
    RATE_LIMITED = "429"
    FAILING = "500"
    BAD_GATEWAY = "502"
    OVERLOADED = "529"


WITHOUT_WORDS = frozenset({Mode.REFUSAL, Mode.EMPTY})


class Provider(ABC):
    """One server with a script of modes; after the script every call gets `otherwise`.

    `answer` is the text of the model's answer; `seen` the JSON bodies received, `headers` their headers, and
    `callers` the connections they came by. `retry_after` goes with every status of 400 and above that is said for
    the moment. Subclasses give the provider's path, payloads and checks of a request.
    """

    path: ClassVar[str]
    suffix: ClassVar[str] = ""

    def __init__(self, answer: str = "{}", otherwise: Mode = Mode.OK) -> None:
        self.answer = answer
        self.otherwise = otherwise
        self.latency = 0.0
        self.seen: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.callers: list[tuple[str, int]] = []
        self.retry_after: str | None = None
        self._script: deque[Mode] = deque()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{self.suffix}"

    def will(self, *modes: Mode) -> None:
        self._script.extend(modes)

    @property
    def left(self) -> int:
        """How much of the script no call has come for."""
        return len(self._script)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @abstractmethod
    def payload(self, mode: Mode, model: str) -> dict[str, Any]:
        """The reply of a call that is answered."""

    @abstractmethod
    def error(self, status: int) -> dict[str, Any]:
        """The body that goes with a status of 400 and above."""

    @abstractmethod
    def complaint(self, body: dict[str, Any], headers: dict[str, str]) -> str:
        """What the real service would reject this request for; empty when it is fine."""

    def text(self, mode: Mode) -> str:
        """The words of a message in this mode."""
        good = self.answer
        match mode:
            case Mode.TRUNCATED:
                return good[: len(good) // 2]
            case _ if mode in WITHOUT_WORDS:
                return ""
            case Mode.PROSE:
                return "This is a fine trade, and I would put it on."
            case Mode.WRONG_SCHEMA:
                return json.dumps({"verdict": "approve", "confidence": 9.9})
            case Mode.DUPLICATED_KEY:
                return good.rstrip().removesuffix("}") + ', "confidence": 9.9}'
            case Mode.NAN | Mode.INFINITY:
                constant = {"nan": float("nan"), "infinity": float("inf")}[mode]
                return json.dumps({**json.loads(good), "confidence": constant})
            case Mode.GERMAN:
                return json.dumps(GERMAN)
            case Mode.LONG:
                return json.dumps({**json.loads(good), "rationale": "The trade is good. " * 5_000})
            case _:
                return good

    def next_mode(self) -> Mode:
        return self._script.popleft() if self._script else self.otherwise

    def wait(self, seconds: float) -> bool:
        """Sleep unless the server closes; true when it does."""
        return self._closing.wait(seconds)

    def _handler(provider) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                headers = {name.lower(): value for name, value in self.headers.items()}
                provider.seen.append(body)
                provider.headers.append(headers)
                provider.callers.append(self.client_address)
                if self.path != provider.path:
                    self.reply(404, provider.error(404))
                elif complaint := provider.complaint(body, headers):
                    self.reply(400, {"type": "error", "error": {"type": "test", "message": complaint}})
                else:
                    provider.wait(provider.latency)
                    self.act(provider.next_mode(), body)

            def act(self, mode: Mode, body: dict[str, Any]) -> None:
                match mode:
                    case Mode.DROP:
                        self.close_connection = True
                    case Mode.CUT:
                        self.head(200, 1000)
                        self.wfile.write(b'{"type":')
                        self.close_connection = True
                    case Mode.SLOW:
                        provider.wait(30)
                        self.close_connection = True
                    case Mode.DRIP:
                        self.head(200, 1_000_000)
                        while not provider.wait(0.02):
                            self.wfile.write(b" ")
                            self.wfile.flush()
                    case Mode.DRIP_HEAD:
                        self.send_response(200)
                        self.flush_headers()
                        while not provider.wait(0.02):
                            self.wfile.write(b"x-drip: 1\r\n")
                            self.wfile.flush()
                        self.close_connection = True
                    case Mode.BABBLE:
                        self.head(200, 50_000_000)
                        while not provider.wait(0.0):
                            self.wfile.write(random.Random(7).randbytes(65_536))
                    case Mode.BAD_GATEWAY:
                        self.raw(502, b"<html><title>502 Bad Gateway</title></html>")
                    case Mode.GARBAGE:
                        self.raw(200, b"<html>gateway</html>")
                    case Mode.FOREIGN:
                        self.reply(200, {"hello": "world"})
                    case Mode.HUGE:
                        self.reply(200, provider.payload(Mode.OK, body["model"]) | {"padding": "x" * 10_000_000})
                    case _ if mode.isdigit():
                        self.reply(int(mode), provider.error(int(mode)))
                    case _:
                        self.reply(200, provider.payload(mode, body["model"]))

            def reply(self, status: int, data: dict[str, Any]) -> None:
                self.raw(status, json.dumps(data).encode())

            def raw(self, status: int, data: bytes) -> None:
                self.head(status, len(data))
                self.wfile.write(data)

            def head(self, status: int, length: int) -> None:
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(length))
                self.send_header("request-id", "req_test")
                if provider.retry_after is not None and status >= 400:
                    self.send_header("retry-after", provider.retry_after)
                self.end_headers()

            def handle(self) -> None:
                try:
                    super().handle()
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler
