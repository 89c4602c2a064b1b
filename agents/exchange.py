"""One question over the wire: sent once, resent once if the connection was lost, read within bounds.

    open → status → bytes (deadline, size) → JSON object

The SDKs' own retries are off. Only a lost connection is retried: an answer, a refusal by status and a timeout
are final, since each of them may have been charged. The body is read as it comes, so that a provider that
drips bytes or sends megabytes is cut off at the deadline or the size.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx2
from tenacity import Retrying, retry_if_exception, stop_after_attempt

from tools.domain.errors import ConfigError, ModelError
from tools.domain.rationale import Usage

# An answer with its envelope has some 5 kB.
MAX_REPLY_BYTES = 1_000_000
CONNECT_SECONDS = 5.0
ATTEMPTS = 2


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


def exchange(send: Send, *, asked: Asked, sdk: Sdk, timeout: float, clock: Callable[[], float]) -> Reply:
    """Send a question and read its reply within `timeout` seconds; `ModelError` says what went wrong.

    `send` opens the response under the time limits it is given; `clock` is monotonic, in seconds.
    """
    call = _Call(send=send, asked=asked, timeout=timeout, clock=clock, started=clock())
    try:
        data = _retrying(sdk)(call.attempt)
        return Reply(_object(data), call.elapsed(), call.count)
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
    except ValueError as error:
        raise call.failed(f"sent a reply that cannot be read: {short(str(error))}.") from None


@dataclass
class _Call:
    """One question on its way: how often it was sent and how long ago it was first sent."""

    send: Send
    asked: Asked
    timeout: float
    clock: Callable[[], float]
    started: float
    count: int = 0

    def attempt(self) -> bytes:
        self.count += 1
        left = self.timeout - self.elapsed()
        if left <= 0:
            raise TimeoutError
        with self.send(httpx2.Timeout(left, connect=min(CONNECT_SECONDS, left))) as response:
            return self._read(response)

    def elapsed(self) -> float:
        return self.clock() - self.started

    def failed(self, message: str, cost: float | None = None) -> ModelError:
        usage = Usage(cost_usd=cost, seconds=self.elapsed(), calls=self.count)
        provider, model = self.asked.provider, self.asked.model
        return ModelError(f"{provider} {message}", provider=provider, model=model, usage=usage)

    def _read(self, response: Body) -> bytes:
        data = bytearray()
        for chunk in response.iter_bytes():
            data += chunk
            if len(data) > MAX_REPLY_BYTES:
                raise ValueError(f"it is larger than {MAX_REPLY_BYTES:,} bytes")
            if self.elapsed() > self.timeout:
                raise TimeoutError
        return bytes(data)


def usable_key(provider: str, key: str) -> str:
    """The key as given; `ConfigError` where it cannot be one, before a question is asked with it."""
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError(f"The {provider} API key is empty or holds characters that no key has; set it again.")
    return key


def _retrying(sdk: Sdk) -> Retrying:
    """One more attempt after a lost connection; a timeout is not one."""

    def lost(error: BaseException) -> bool:
        late = isinstance(error, (sdk.timeout, httpx2.TimeoutException))
        return not late and isinstance(error, (sdk.connection, httpx2.TransportError))

    return Retrying(stop=stop_after_attempt(ATTEMPTS), retry=retry_if_exception(lost), reraise=True)


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
