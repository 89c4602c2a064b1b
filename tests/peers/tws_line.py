"""One connection to the loopback TWS: messages of a length and fields that end in a zero byte."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading

from tests.peers.tws_messages import Fields


class Line:
    """One connection. `is_mute` says nothing, `is_double` everything twice."""

    def __init__(self, line: socket.socket) -> None:
        self._line, self._lock = line, threading.Lock()
        self.id = -1
        self.is_mute = self.is_double = self.is_cut = False

    def send(self, fields: Fields) -> None:
        if self.is_mute:
            return
        body = "".join(f"{each}\0" for each in fields).encode()
        with self._lock, contextlib.suppress(OSError):
            self._line.sendall((struct.pack(">I", len(body)) + body) * (1 + self.is_double))

    def read(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            part = self._line.recv(length - len(data))
            if not part:
                raise ConnectionError
            data += part
        return data

    def hear(self) -> list[str]:
        (length,) = struct.unpack(">I", self.read(4))
        return self.read(length).decode().split("\0")[:-1]

    def greeting(self) -> bytes:
        """The versions that the client speaks, before anything else."""
        (length,) = struct.unpack(">I", self.read(4))
        return self.read(length)

    def hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
