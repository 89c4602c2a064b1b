"""No network while an evaluation replays: a socket that would leave the process is an error, and is counted.

An audit hook sees every connection that Python makes, whichever library makes it. Hooks cannot be taken away, so
this one is installed once and speaks only while a `sealed` block is open.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

EVENTS = frozenset({
    "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.sendto",
    "socket.sendmsg", "http.client.connect",
})  # fmt: skip


class NetworkSealed(OSError):
    """Something reached for the network where nothing may."""


class Seal:
    """Whether the network is closed, and what was turned away."""

    def __init__(self) -> None:
        self.installed = False
        self.depth = 0
        self.attempts: list[str] = []

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.depth or event not in EVENTS or _is_local_file(arguments):
            return
        self.attempts.append(event)
        raise NetworkSealed(f"an evaluation replays without a network, and something asked for one ({event})")


_SEAL = Seal()


@contextmanager
def sealed() -> Iterator[list[str]]:
    """Close the network of this process; yields the attempts that were turned away, in order."""
    if not _SEAL.installed:
        sys.addaudithook(_SEAL.hook)
        _SEAL.installed = True
    _SEAL.depth += 1
    before = len(_SEAL.attempts)
    attempts: list[str] = []
    try:
        yield attempts
    finally:
        _SEAL.depth -= 1
        attempts.extend(_SEAL.attempts[before:])


def _is_local_file(arguments: tuple[Any, ...]) -> bool:
    """A socket of the file system leaves no machine: its address is a path."""
    return len(arguments) > 1 and not isinstance(arguments[0], str) and isinstance(arguments[1], str | bytes)
