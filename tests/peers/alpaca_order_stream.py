"""Alpaca's `trade_updates` over a websocket on the loopback interface: it repeats nothing.

with OrderStreamServer(exchange) as stream:
    stream.losing = True       # what happens now is told to nobody
    stream.drop()              # every listener loses its connection
"""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from tests.peers.alpaca_exchange import Exchange
from tests.peers.alpaca_server import KEY, SECRET


class OrderStreamServer:
    """`signed_in` counts who was let in so far; `losing` keeps updates from everybody."""

    def __init__(self, exchange: Exchange, *, port: int = 0) -> None:
        self.losing = False
        self.signed_in = 0
        self._sockets: list[ServerConnection] = []
        self._lock = threading.Lock()
        self._server: Server = serve(self._serve, "127.0.0.1", port)
        self._thread = threading.Thread(target=self._server.serve_forever)
        exchange.listen(self._tell)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/stream"

    def drop(self) -> None:
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for socket in sockets:
            socket.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()

    def _serve(self, socket: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            asked = json.loads(socket.recv())
            allowed = asked.get("data") == {"key_id": KEY, "secret_key": SECRET}
            status = "authorized" if allowed else "unauthorized"
            self._say(socket, "authorization", {"status": status, "action": asked.get("action")})
            if not allowed:
                return
            streams = json.loads(socket.recv())["data"]["streams"]
            with self._lock:
                self._sockets.append(socket)
                self.signed_in += 1
            self._say(socket, "listening", {"streams": streams})
            for _ in socket:
                pass

    def _tell(self, message: dict[str, Any]) -> None:
        with self._lock:
            sockets = [] if self.losing else list(self._sockets)
        for socket in sockets:
            with suppress(ConnectionClosed):
                self._say(socket, "trade_updates", message)

    def _say(self, socket: ServerConnection, stream: str, data: dict[str, Any]) -> None:
        """As bytes, which is how Alpaca's come."""
        socket.send(json.dumps({"stream": stream, "data": data}).encode())
