"""How Financial Modeling Prep is asked: its "stable" API over httpx2, within the pace and a deadline.

    request → place in the pace → send → bytes (deadline, size) → status → JSON list ─→ rows
                  └────────── wait: Retry-After, else doubling ──────────┘

The key goes in the `apikey` header, never into a URL, where it would stand in logs and in errors. A service that
is down is left alone for a minute: a scan of many names must not wait for each of them anew.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx2

from tools.data.limiter import RateLimiter
from tools.data.patience import PASSING_STATUS, TOO_MANY, Passing, Patience, persist, retry_after
from tools.domain.errors import ConfigError, DataError

URL = "https://financialmodelingprep.com/stable"
LARGEST_REPLY = 32_000_000
REST = 60.0

Row = dict[str, Any]


class FmpClient:
    """One account's view of the API. Safe to share between threads."""

    def __init__(
        self,
        *,
        key: str,
        limiter: RateLimiter,
        patience: Patience,
        url: str = "",
        rest: float = REST,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise ConfigError("The FMP key is empty or holds characters that no key has; set FMP_API_KEY again.")
        self._key, self._limiter, self._patience = key, limiter, patience
        self._clock, self._sleep = clock, sleep
        self._url = (url or URL).rstrip("/")
        self._rest, self._resting_until, self._failure = rest, -math.inf, ""
        self._http = httpx2.Client(headers={"apikey": key, "Accept": "application/json"})

    def __repr__(self) -> str:
        return f"FmpClient(url={self._url!r})"

    def rows(self, endpoint: str, **params: str) -> list[Row]:
        """The rows of an endpoint, empty where it knows nothing; `DataError` says what went wrong."""

        def attempt(until: float) -> list[Row]:
            self._limiter.acquire(until=until)
            return self._asked(endpoint, params, until)

        if self._clock() < self._resting_until:
            raise DataError(self._failure)
        try:
            return persist(attempt, self._patience, clock=self._clock, sleep=self._sleep)
        except Passing as failure:
            self._failure = f"fmp {failure}."
            self._resting_until = self._clock() + self._rest
            raise DataError(self._failure) from None

    def _asked(self, endpoint: str, params: Mapping[str, str], until: float) -> list[Row]:
        left = max(until - self._clock(), 0.001)
        limits = httpx2.Timeout(left, connect=min(self._patience.connect, left))
        try:
            with self._http.stream("GET", f"{self._url}/{endpoint}", params=params, timeout=limits) as response:
                data = self._read(response, until)
                return self._judged(endpoint, response, data)
        except (httpx2.TimeoutException, TimeoutError):
            raise Passing(f"did not answer within {self._patience.deadline:g} seconds; try again later") from None
        except httpx2.TransportError:
            raise Passing("could not be reached, or dropped the connection; check the network") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise DataError(f"fmp could not be asked: {self._short(str(error))}; check fundamentals.url.") from None

    def _read(self, response: httpx2.Response, until: float) -> bytes:
        data = bytearray()
        for chunk in response.iter_bytes():
            data += chunk
            if len(data) > LARGEST_REPLY:
                raise DataError(f"fmp sent more than {LARGEST_REPLY:,} bytes; that is no answer of its API.")
            if self._clock() > until:
                raise TimeoutError
        return bytes(data)

    def _judged(self, endpoint: str, response: httpx2.Response, data: bytes) -> list[Row]:
        status = response.status_code
        if status in PASSING_STATUS:
            asked = retry_after(response.headers.get("Retry-After"), date=response.headers.get("Date"))
            if status == TOO_MANY:
                self._limiter.hold(asked)
                raise Passing("limits the rate of requests (429); lower its pace or the plan is used up")
            raise Passing(f"is failing ({status}); try again later", retry_after=asked)
        try:
            body = json.loads(data)
        except (ValueError, RecursionError):
            if status < 400:
                raise Passing("sent an answer that is cut off or no JSON; try again later") from None
            body = data[:200].decode(errors="replace")
        if status >= 400 or (isinstance(body, dict) and "Error Message" in body):
            raise DataError(self._refusal(endpoint, status, body))
        rows = body if isinstance(body, list) else [body]
        return [row for row in rows if isinstance(row, dict)]

    def _refusal(self, endpoint: str, status: int, body: Any) -> str:
        said = body.get("Error Message", body) if isinstance(body, dict) else body
        if status == 401:
            return "fmp refused the key (401); check FMP_API_KEY."
        if status in {402, 403}:
            return f"fmp's plan does not include {endpoint} ({status}: {self._short(str(said))})."
        return f"fmp rejected {endpoint} ({status}: {self._short(str(said))})."

    def _short(self, text: str) -> str:
        """Another's words in one line, without the key, cut to what a sentence can hold."""
        line = " ".join("".join(mark if mark.isprintable() else " " for mark in text).split()).rstrip(".")
        line = line.replace(self._key, "…")
        return line if len(line) <= 120 else line[:117] + "..."
