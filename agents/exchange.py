"""One question over the wire: sent once, resent once at most, read within bounds.

    open → status → bytes (size) → JSON object         all of it within the deadline

The SDKs' own retries are off. Sent again is what lost its connection, and what was turned away for the moment
(429, 529) with a word of when to come back that still lies within the deadline. An answer, any other status and
a timeout are final, since each of them may have been charged. The body is read as it comes, so that a provider
that drips bytes or sends megabytes is cut off at the deadline or the size.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx2

from agents.deadline import within
from tools.domain.errors import ConfigError, ModelError, ModelOutage
from tools.domain.rationale import Usage

# An answer with its envelope has some 5 kB.
MAX_REPLY_BYTES = 1_000_000
CONNECT_SECONDS = 5.0
ATTEMPTS = 2
FOR_THE_MOMENT = frozenset({429, 529})


class Body(Protocol):
    """What both SDKs hand out as a response that is not read yet."""

    def iter_bytes(self) -> Iterator[bytes]: ...


@dataclass(frozen=True)
class Sdk:
    """The exceptions of one SDK; both name them alike and share no base."""

    error: type[Exception]
    status: type[Exception]
    connection: type[Exception]
    timeout: type[Exception]


@dataclass(frozen=True)
class Asked:
    """Whom a question goes to, for messages and errors."""

    provider: str
    model: str


@dataclass(frozen=True)
class Reply:
    """The JSON object that came back, how long it took in all, and how many times the question was sent."""

    body: dict[str, Any]
    seconds: float
    calls: int


Send = Callable[[httpx2.Timeout], AbstractContextManager[Body]]


def exchange(
    send: Send,
    *,
    asked: Asked,
    sdk: Sdk,
    timeout: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None] = time.sleep,
) -> Reply:
    """Send a question and read its reply within `timeout` seconds; `ModelOutage` says why none came.

    `send` opens the response under the time limits it is given; `clock` is monotonic, in seconds. A reply that is
    no answer to be read, whatever its size, is a `ModelError` and no outage.
    """
    call = _Call(send=send, asked=asked, sdk=sdk, timeout=timeout, clock=clock, sleep=sleep, started=clock())
    try:
        return Reply(_object(within(timeout, call.ask)), call.elapsed(), call.count)
    except (sdk.timeout, httpx2.TimeoutException, TimeoutError):
        raise call.failed(
            f"did not answer within {timeout:g} seconds; raise the timeout or lower the effort."
        ) from None
    except sdk.status as error:
        raise call.failed(*turned_away(error, asked)) from None
    except (sdk.connection, httpx2.TransportError):
        raise call.failed(f"could not be reached in {call.count} attempts; check network and base URL.") from None
    except (sdk.error, httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
        raise call.failed(f"could not be asked: {short(str(error))}; check the model settings.") from None
    except _Endless:
        raise call.failed(f"sent a reply larger than {MAX_REPLY_BYTES:,} bytes.", kind=ModelError) from None
    except ValueError as error:
        raise call.failed(f"sent a reply that cannot be read: {short(str(error))}.") from None


class _Endless(Exception):
    """More came than any answer has."""


@dataclass
class _Call:
    """One question on its way: when it was first sent, and how often it was sent and not turned away for free."""

    send: Send
    asked: Asked
    sdk: Sdk
    timeout: float
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    started: float
    count: int = 0

    def ask(self) -> bytes:
        try:
            return self.attempt()
        except (self.sdk.timeout, httpx2.TimeoutException):
            raise
        except self.sdk.status as error:
            pause = _pause(error)
            if self.elapsed() + pause >= self.timeout:
                raise
            self.count -= 1
            self.sleep(pause)
        except (self.sdk.connection, httpx2.TransportError):
            pass  # lost: it may have been charged, so it stays counted
        return self.attempt()

    def attempt(self) -> bytes:
        self.count += 1
        left = self.timeout - self.elapsed()
        if left <= 0:
            raise TimeoutError
        with self.send(httpx2.Timeout(left, connect=min(CONNECT_SECONDS, left))) as response:
            return self._read(response)

    def elapsed(self) -> float:
        return self.clock() - self.started

    def failed(
        self, message: str, cost: float | None = None, *, kind: type[ModelError] = ModelOutage
    ) -> ModelError:
        usage = Usage(cost_usd=cost, seconds=self.elapsed(), calls=self.count)
        provider, model = self.asked.provider, self.asked.model
        return kind(f"{provider} {message}", provider=provider, model=model, usage=usage)

    def _read(self, response: Body) -> bytes:
        data = bytearray()
        for chunk in response.iter_bytes():
            data += chunk
            if len(data) > MAX_REPLY_BYTES:
                raise _Endless
            if self.elapsed() > self.timeout:
                raise TimeoutError
        return bytes(data)


def usable_key(provider: str, key: str) -> str:
    """The key as given; `ConfigError` where it cannot be one, before a question is asked with it."""
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError(f"The {provider} API key is empty or holds characters that no key has; set it again.")
    return key


def _pause(error: Exception) -> float:
    """Seconds after which a question that was turned away for the moment may come back; infinite where never."""
    response = getattr(error, "response", None)
    if getattr(error, "status_code", 0) not in FOR_THE_MOMENT or response is None:
        return math.inf
    try:
        pause = float(response.headers.get("retry-after", "inf"))
    except ValueError:  # a date is not looked at: both providers say seconds
        return math.inf
    return pause if pause >= 0 else math.inf


def _object(data: bytes) -> dict[str, Any]:
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(body, dict):
        raise ValueError("it is no JSON object")
    return body


def turned_away(error: Exception, asked: Asked) -> tuple[str, float | None]:
    """A refusal in words, and its cost: nothing is charged for a request that was turned away."""
    status = int(getattr(error, "status_code", 0))
    if status in (401, 403):
        return f"refused the API key ({status}); check the key in the settings.", 0.0
    if status == 404:
        return f"does not know the model {asked.model!r} (404); choose another in the settings.", 0.0
    if status == 429:
        return "limits the rate of requests (429); lower the concurrency or try again later.", 0.0
    if status == 529:
        return "is overloaded (529); try again later.", 0.0
    if status < 400:
        return f"broke off its answer: {short(_words(error))}.", None
    if status >= 500:
        return f"is failing or overloaded ({status}); try again later.", None
    return f"rejected the request ({status}): {short(_words(error))}.", 0.0


def _words(error: Exception) -> str:
    """What the provider itself says, without the SDK's rendering of the whole body."""
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, Mapping) else None
    return str(inner.get("message", error)) if isinstance(inner, Mapping) else str(error)


def short(text: str) -> str:
    """Another's words in one line, cut to what a sentence can hold."""
    line = " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
    return line if len(line) <= 160 else line[:157] + "..."
