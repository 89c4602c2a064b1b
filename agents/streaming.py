"""One step of a conversation over the wire: sent once, resent once if nothing came, read within bounds.

    open → events as plain JSON (deadline, size) → text as it comes → the whole reply

The rules of `agents.exchange`, for an answer that arrives in pieces: what has begun to arrive is never asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx2

from agents.exchange import ATTEMPTS, CONNECT_SECONDS, MAX_REPLY_BYTES, Asked, Reply, Sdk, short, turned_away
from tools.domain.errors import ModelError
from tools.domain.rationale import Usage


class Event(Protocol):
    """What both SDKs hand out as one event of a stream."""

    def to_dict(self) -> dict[str, Any]: ...


Open = Callable[[httpx2.Timeout], AbstractContextManager[Iterator[Event]]]


class Gathering(Protocol):
    """Makes a whole reply of its events: `take` returns the text an event adds, `reply` the JSON of them all."""

    def take(self, event: Mapping[str, Any]) -> str: ...

    def reply(self) -> dict[str, Any]:
        """`ValueError` where the stream ended before the answer did."""
        ...


def stream(
    open_: Open, gathering: Gathering, *, asked: Asked, sdk: Sdk, timeout: float, clock: Callable[[], float]
) -> Iterator[str | Reply]:
    """Text as it comes, the `Reply` last; `ModelError` says what went wrong.

    `open_` opens the stream under the time limits it is given; `clock` is monotonic, in seconds.
    """
    step = _Step(asked, sdk, timeout, clock, clock())
    try:
        for event in step.events(open_):
            piece = gathering.take(event.to_dict())
            if piece:
                yield piece
        yield Reply(gathering.reply(), step.elapsed(), step.calls)
    except (sdk.timeout, httpx2.TimeoutException, TimeoutError):
        raise step.failed(f"did not finish within {timeout:g} seconds; raise the timeout.") from None
    except sdk.status as error:
        raise step.failed(*turned_away(error, asked)) from None
    except (sdk.connection, httpx2.TransportError):
        raise step.failed("could not be reached or broke off; check network and base URL.") from None
    except (sdk.error, httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
        raise step.failed(f"could not be asked: {short(str(error))}; check the model settings.") from None
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise step.failed(f"sent an answer that cannot be read: {short(str(error))}.") from None


@dataclass
class _Step:
    """One question on its way."""

    asked: Asked
    sdk: Sdk
    timeout: float
    clock: Callable[[], float]
    started: float
    calls: int = 0

    def events(self, open_: Open) -> Iterator[Event]:
        """The events of the first attempt that brings one."""
        while True:
            begun = False
            try:
                for event in self._attempt(open_):
                    begun = True
                    yield event
                return
            except (self.sdk.connection, httpx2.TransportError) as error:
                late = isinstance(error, (self.sdk.timeout, httpx2.TimeoutException))
                if begun or late or self.calls >= ATTEMPTS:
                    raise

    def _attempt(self, open_: Open) -> Iterator[Event]:
        self.calls += 1
        size = 0
        with open_(httpx2.Timeout(self._left(), connect=min(CONNECT_SECONDS, self._left()))) as events:
            for event in events:
                self._left()
                size += len(str(event))
                if size > MAX_REPLY_BYTES:
                    raise ValueError(f"it is larger than {MAX_REPLY_BYTES:,} bytes")
                yield event

    def _left(self) -> float:
        left = self.timeout - self.elapsed()
        if left <= 0:
            raise TimeoutError
        return left

    def elapsed(self) -> float:
        return self.clock() - self.started

    def failed(self, message: str, cost: float | None = None) -> ModelError:
        usage = Usage(cost_usd=cost, seconds=self.elapsed(), calls=self.calls)
        provider, model = self.asked.provider, self.asked.model
        return ModelError(f"{provider} {message}", provider=provider, model=model, usage=usage)
