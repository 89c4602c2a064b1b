"""What is asked of Alpaca's trading API, and what its answers and silences mean.

    look-up ─→ answered | 404: there is none | anything else: BrokerError        (repeated by the adapter)
    send    ─→ answered | refused: BrokerRejected | no telling: OutcomeUnknown   (once, whatever happens)

Rows are left as they came. The adapter that everything travels through keeps the rate and the deadlines.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tools.domain.errors import BrokerError, BrokerRejected, ConfigError, DataError, OutcomeUnknown
from tools.execution.alpaca.fields import Row, instant, text

if TYPE_CHECKING:
    from alpaca.trading.requests import LimitOrderRequest, ReplaceOrderRequest
    from requests.adapters import BaseAdapter

ORDERS_PAGE, ACTIVITIES_PAGE = 500, 100  # the API's own maxima
MOST_PAGES = 1_000
UNAUTHORISED, NOT_FOUND, TOO_MANY = 401, 404, 429
MARGIN = timedelta(seconds=1)
"""`after` leaves out the instant itself."""


class Refused(BrokerRejected):
    """A plain no; `duplicate` when the client order id is taken."""

    def __init__(self, message: str, *, duplicate: bool) -> None:
        super().__init__(message)
        self.duplicate = duplicate


class AlpacaTrading:
    """One account's trading API, safe to share between threads. `base_url` None is Alpaca's own of that kind."""

    def __init__(self, *, key: str, secret: str, paper: bool, adapter: BaseAdapter, base_url: str | None) -> None:
        try:
            from alpaca.trading.client import TradingClient
        except ModuleNotFoundError:
            raise ConfigError(
                'Orders at Alpaca need the package alpaca-py; install it with: pip install "thetagate[alpaca]".'
            ) from None
        self._secrets = (key, secret)
        self._client = TradingClient(key, secret, paper=paper, raw_data=True, url_override=base_url or None)
        self._client._retry = 0  # it would repeat orders too
        for scheme in ("https://", "http://"):
            self._client._session.mount(scheme, adapter)

    def close(self) -> None:
        self._client._session.close()

    def account(self) -> Row:
        return _row(self._look_up("/account"))

    def positions(self) -> list[Row]:
        return _rows(self._look_up("/positions"))

    def order_of(self, client_order_id: str) -> Row | None:
        """The order under a client order id with its legs; None where Alpaca knows none."""
        found = self._find("/orders:by_client_order_id", {"client_order_id": client_order_id})
        if found is None or text(found, "order_class") != "mleg" or found.get("legs"):
            return found
        return self.order(text(found, "id"))  # by its own id an order comes with its legs for certain

    def order(self, order_id: str) -> Row | None:
        return self._find(f"/orders/{order_id}", {"nested": "true"})

    def orders(self, *, after: datetime | None = None) -> list[Row]:
        """Every order with its legs that was submitted at `after` or later, oldest first."""
        found: dict[str, Row] = {}
        params = {"status": "all", "nested": "true", "limit": ORDERS_PAGE, "direction": "asc"}
        for _ in range(MOST_PAGES):
            since = {"after": (after - MARGIN).isoformat()} if after else {}
            page = _rows(self._look_up("/orders", params | since))
            known = len(found)
            found |= {text(row, "id"): row for row in page}
            if len(page) < ORDERS_PAGE:
                return list(found.values())
            after = instant(page[-1], "submitted_at", "created_at")
            if len(found) == known or after is None:
                break
        raise BrokerError("Alpaca's list of orders does not come to an end; look there before trading on.")

    def fills(self, *, after: datetime) -> Iterator[Row]:
        """Every execution of the account since then, oldest first."""
        return self._activities("/account/activities/FILL", {"after": (after - MARGIN).isoformat()})

    def events(self, *, after: datetime) -> Iterator[Row]:
        """Everything else that moved the account since then, oldest first."""
        params = {"after": after.isoformat(), "category": "non_trade_activity"}
        return (
            row for row in self._activities("/account/activities", params) if row.get("activity_type") != "FILL"
        )

    def submit(self, request: LimitOrderRequest) -> Row:
        return self._answered("the order", lambda: self._client.submit_order(request))

    def replace(self, order_id: str, request: ReplaceOrderRequest) -> Row:
        return self._answered("the replacement", lambda: self._client.replace_order_by_id(order_id, request))

    def cancel(self, order_id: str) -> None:
        """Ask for it; whether it was in time is looked up afterwards."""
        self._send("the cancellation", lambda: self._client.cancel_order_by_id(order_id))

    def _activities(self, path: str, params: dict[str, Any]) -> Iterator[Row]:
        asked = {**params, "direction": "asc", "page_size": ACTIVITIES_PAGE}
        seen = set[str]()
        for _ in range(MOST_PAGES):
            page = _rows(self._look_up(path, asked))
            yield from page
            last = text(page[-1], "id") if page else ""
            if len(page) < ACTIVITIES_PAGE:
                return
            if not last or last in seen:
                break
            seen.add(last)
            asked["page_token"] = last
        raise BrokerError(f"Alpaca's pages of {path} do not come to an end; look there before trading on.")

    def _find(self, path: str, params: dict[str, Any]) -> Row | None:
        found = self._look_up(path, params, missing=True)
        return None if found is None else _row(found)

    def _look_up(self, path: str, params: dict[str, Any] | None = None, *, missing: bool = False) -> Any:
        """The answer to a question; with `missing` None for a 404."""
        import requests
        from alpaca.common.exceptions import APIError

        try:
            return self._client.get(path, params)
        except APIError as error:
            status = error.status_code or 0
            if missing and status == NOT_FOUND:
                return None
            raise BrokerError(self._no(path, status, str(error))) from None
        except DataError as error:
            raise BrokerError(f"Alpaca could not be asked for {path}: {error}") from None
        except (requests.RequestException, ValueError):
            raise BrokerError(f"Alpaca gave no answer to {path} that can be read; run again later.") from None

    def _answered(self, what: str, send: Callable[[], Any]) -> Row:
        answer = self._send(what, send)
        if not isinstance(answer, dict) or not text(answer, "id"):
            raise OutcomeUnknown(f"Alpaca answered {what} with something that is no order; look it up there.")
        return answer

    def _send(self, what: str, send: Callable[[], Any]) -> Any:
        import requests
        from alpaca.common.exceptions import APIError

        try:
            return send()
        except APIError as error:
            status = error.status_code or 0
            if status == UNAUTHORISED:
                raise BrokerError(self._no(what, status, str(error))) from None
            if status == TOO_MANY or status >= 500:
                raise OutcomeUnknown(
                    f"Alpaca answered {what} with {status}, which does not tell whether it was taken; look it up."
                ) from None
            reason, duplicate = self._reason(str(error)), status == 422 and _is_duplicate(str(error))
            raise Refused(f"Alpaca refused {what} ({status}): {reason}.", duplicate=duplicate) from None
        except (requests.RequestException, DataError, ValueError):
            raise OutcomeUnknown(f"Alpaca gave no answer to {what} that can be read; look it up there.") from None

    def _no(self, what: str, status: int, body: str) -> str:
        if status == UNAUTHORISED:
            return "Alpaca refused the key (401); check APCA_API_KEY_ID and APCA_API_SECRET_KEY, and paper or live."
        return f"Alpaca refused {what} ({status}): {self._reason(body)}."

    def _reason(self, body: str) -> str:
        """Alpaca's own words, in one line and without a key."""
        line = " ".join((_message(body) or body).split()).rstrip(".")
        for secret in self._secrets:
            line = line.replace(secret, "…")
        return line if len(line) <= 200 else line[:197] + "..."


def _message(body: str) -> str:
    try:
        told = json.loads(body)
    except ValueError:
        return ""
    return text(told, "message") if isinstance(told, dict) else ""


def _is_duplicate(body: str) -> bool:
    """Its code (40010001) is that of every invalid request, so the words have to tell."""
    message = _message(body).lower().replace("_", " ").replace("-", " ")
    return "client order id" in message and "unique" in message


def _row(found: Any) -> Row:
    if not isinstance(found, dict):
        raise BrokerError("Alpaca answered with something that is no object; check the URL.")
    return found


def _rows(found: Any) -> list[Row]:
    if not isinstance(found, list):
        raise BrokerError("Alpaca answered with something that is no list; check the URL.")
    return [_row(each) for each in found]
