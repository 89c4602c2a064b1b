"""The order stream: says which orders changed; what they are now, whoever listens looks up.

    connect → sign in → listen, acknowledged → catch up over REST → updates … → dropped → connect …

The stream repeats nothing that was missed. So each time it stands, all orders are looked up once, and only after
Alpaca has acknowledged that it is listened to: what changes in between is then told twice and never missed. The
SDK's own stream tells neither of its reconnects nor of that acknowledgement.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from tools.domain.errors import BrokerError, ConfigError
from tools.domain.order import Order
from tools.execution.alpaca.chain import root_id
from tools.execution.broker import OnChange, OnState

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

PAPER_URL = "wss://paper-api.alpaca.markets/stream"
LIVE_URL = "wss://api.alpaca.markets/stream"
PATIENCE = 10.0
"""Seconds for connecting, signing in and each acknowledgement."""


def stream_url(base_url: str | None, *, paper: bool) -> str:
    """Where the orders of a REST address are told of: beside it, as Alpaca's own are."""
    if not base_url:
        return PAPER_URL if paper else LIVE_URL
    return f"ws{base_url.removeprefix('http').rstrip('/').removesuffix('/v2')}/stream"


class OrderStream:
    """Listens on a thread of its own from `start` to `stop`; both may be called from any thread.

    `orders` is how all orders are looked up; `known` are those that our books hold, of which nothing is told until
    they differ. `failure` is why it is not listening now, "" while it is; `on_state` is told when that turns.
    """

    def __init__(
        self,
        *,
        key: str,
        secret: str,
        url: str,
        orders: Callable[[], tuple[Order, ...]],
        on_change: OnChange,
        on_state: OnState = lambda _: None,
        known: Iterable[Order] = (),
        first_wait: float = 1.0,
        longest_wait: float = 30.0,
    ) -> None:
        self._key, self._secret, self._url = key, secret, url
        self._orders, self._on_change, self._on_state = orders, on_change, on_state
        self._first_wait, self._longest_wait = first_wait, longest_wait
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._socket: ClientConnection | None = None
        self._thread: threading.Thread | None = None
        self._seen = {order.client_order_id: order for order in known}
        self._hears: bool | None = None
        self.failure = "it was not started"

    def start(self) -> None:
        """`ConfigError` where the package that it needs is missing."""
        try:
            import websockets.sync.client  # noqa: F401 - here a missing package can still be told of
        except ModuleNotFoundError:
            raise ConfigError(
                'The order stream needs the package alpaca-py; install it with: pip install "thetagate[alpaca]".'
            ) from None
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="alpaca-orders", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Returns when nothing is called any more, except from within a call itself."""
        self._stopping.set()
        with self._lock:
            socket, thread = self._socket, self._thread
        if socket is not None:
            socket.close()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _run(self) -> None:
        from websockets.exceptions import WebSocketException

        wait = self._first_wait
        try:
            while not self._stopping.is_set():
                try:
                    self._listen()
                except (OSError, WebSocketException, ValueError, BrokerError) as error:
                    wait = self._first_wait if self._hears else min(wait * 2, self._longest_wait)
                    self._turn(str(error) or type(error).__name__)
                self._stopping.wait(wait)
        finally:
            self.failure = "it was stopped"

    def _turn(self, failure: str) -> None:
        """It hears, or it does not any more; told only where it was otherwise, and not of its own end."""
        hears, self.failure = not failure, failure
        if hears is not self._hears and not self._stopping.is_set():
            self._hears = hears
            self._on_state(failure)

    def _listen(self) -> None:
        """One connection, from signing in to its end."""
        from websockets.sync.client import connect

        with connect(self._url, open_timeout=PATIENCE, close_timeout=1.0) as socket:
            with self._lock:
                self._socket = socket
            try:
                if self._stopping.is_set():
                    return
                self._sign_in(socket)
                self._catch_up()
                self._turn("")
                for message in socket:
                    self._take(_read(message))
                raise ConnectionError("Alpaca ended the order stream")
            finally:
                with self._lock:
                    self._socket = None

    def _sign_in(self, socket: ClientConnection) -> None:
        keys = {"key_id": self._key, "secret_key": self._secret}
        socket.send(json.dumps({"action": "authenticate", "data": keys}))
        told = self._awaited(socket, "authorization")
        if told.get("status") != "authorized":
            raise BrokerError(
                "Alpaca's order stream refused the key; check it, and whether it is of a paper account."
            )
        socket.send(json.dumps({"action": "listen", "data": {"streams": ["trade_updates"]}}))
        if "trade_updates" not in self._awaited(socket, "listening").get("streams", ()):
            raise BrokerError("Alpaca's order stream does not tell of orders.")

    def _awaited(self, socket: ClientConnection, stream: str) -> dict[str, Any]:
        """The data of the next message of this kind; an update that comes before it is passed on."""
        while True:
            message = _read(socket.recv(timeout=PATIENCE))
            if message.get("stream") == stream:
                found = message.get("data")
                return found if isinstance(found, dict) else {}
            self._take(message)

    def _catch_up(self) -> None:
        """Tell of every order that is not as it was last seen."""
        now = {order.client_order_id: order for order in self._orders()}
        for key, order in now.items():
            if self._seen.get(key) != order:
                self._tell(key)
        self._seen = now

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("stream") != "trade_updates":
            return
        data = message.get("data")
        order = data.get("order") if isinstance(data, dict) else None
        name = order.get("client_order_id") if isinstance(order, dict) else None
        if isinstance(name, str) and name:
            self._tell(root_id(name))

    def _tell(self, client_order_id: str) -> None:
        if not self._stopping.is_set():
            self._on_change(client_order_id)


def _read(message: str | bytes) -> dict[str, Any]:
    """A message; they come as text or as bytes. `ValueError` for what is none."""
    found = json.loads(message)
    if not isinstance(found, dict):
        raise ValueError("Alpaca's order stream sent something that is no message")
    return found
