"""How a request to Alpaca travels: within the rate, within a deadline, repeated where that is safe.

    request → place in the rate → send → bytes (deadline, size) → status → JSON? ─→ response
                  ↑                         └──── dropped, late, 429, 5xx, cut off ────┐
                  └────────── wait: Retry-After, else doubling; GET only ──────────────┘

The SDK sets no timeout of its own and repeats every verb, orders too (it waits 3 seconds on 429 and 504); it
is told to repeat nothing, and this adapter is mounted on its session instead. What is not a GET is sent once.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError as BodyError

from tools.data.limiter import RateLimiter
from tools.data.patience import PASSING_STATUS, TOO_MANY, Passing, Patience, persist, retry_after
from tools.domain.errors import DataError

# A page of 10,000 contracts has some 5 MB.
LARGEST_REPLY = 64_000_000
CHUNK = 1 << 16


class PatientAdapter(HTTPAdapter):
    """Mounted on `client._session` for https:// and http://; safe to share between threads."""

    def __init__(
        self,
        *,
        limiter: RateLimiter,
        patience: Patience,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limiter, self._patience, self._clock, self._sleep = limiter, patience, clock, sleep
        super().__init__(pool_maxsize=16, max_retries=0)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: dict[str, str] | None = None,
    ) -> requests.Response:
        """The answer, read whole. `DataError` where a GET got none in time, after every repeating."""

        def attempt(until: float) -> requests.Response:
            self._limiter.acquire(until=until)
            left = max(until - self._clock(), 0.001)
            limits = (min(self._patience.connect, left), left)
            response = super(PatientAdapter, self).send(request, True, limits, verify, cert, proxies)
            return self._read(response, until)

        if request.method != "GET":
            try:
                return attempt(self._clock() + self._patience.deadline)
            except Passing as failure:  # it was not sent
                raise requests.ConnectTimeout(f"alpaca {failure}") from None
        try:
            judged = partial(self._judged, attempt)
            return persist(judged, self._patience, clock=self._clock, sleep=self._sleep)
        except Passing as failure:
            raise DataError(f"alpaca {failure}.") from None

    def _judged(self, attempt: Callable[[float], requests.Response], until: float) -> requests.Response:
        """The response of one attempt; `Passing` for every failure that may pass."""
        try:
            response = attempt(until)
        except requests.Timeout:
            raise Passing(f"did not answer within {self._patience.deadline:g} seconds; try again later") from None
        except requests.ConnectionError:
            raise Passing("could not be reached, or dropped the connection; check the network") from None
        if response.status_code in PASSING_STATUS:
            raise self._turned_away(response)
        if response.status_code < 400 and not _is_json(response.content):
            raise Passing("sent an answer that is cut off or no JSON; try again later")
        return response

    def _turned_away(self, response: requests.Response) -> Passing:
        asked = retry_after(response.headers.get("Retry-After"), date=response.headers.get("Date"))
        if response.status_code == TOO_MANY:
            self._limiter.hold(asked)
            return Passing("limits the rate of requests (429); lower market.requests_per_minute", retry_after=asked)
        return Passing(f"is failing ({response.status_code}); try again later", retry_after=asked)

    def _read(self, response: requests.Response, until: float) -> requests.Response:
        """Read the body as it comes, so that a service that drips or floods is cut off."""
        data = bytearray()
        try:
            while chunk := response.raw.read1(CHUNK, decode_content=True):
                data += chunk
                if self._clock() > until:
                    raise requests.ReadTimeout("the body took too long")
                if len(data) > LARGEST_REPLY:
                    raise DataError(f"alpaca sent more than {LARGEST_REPLY:,} bytes; that is no answer of its API.")
        except BodyError as error:
            raise requests.ConnectionError("the body broke off") from error
        finally:
            if not response.raw.closed:  # nothing more is wanted of a body that was given up
                response.raw.close()
        response._content = bytes(data)
        return response


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True
