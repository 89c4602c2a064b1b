"""Slack as a channel: one message per decision, edited in place until it is closed.

    announce ─ no message yet → chat.postMessage ─┐
             └ another showing → chat.update ─────┴→ its place is remembered
    withdraw → chat.update without buttons → forgotten

Slack's library is an extra (`slack`), loaded when the channel is opened.
"""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING, Any

from tools.approvals.authority import SLACK
from tools.approvals.card import Card
from tools.approvals.channel import Places
from tools.approvals.console import render
from tools.approvals.slack_card import Block, closed_card, headline, open_card
from tools.domain.errors import ChannelError, ConfigError
from tools.domain.offer import Announced, digest_of

if TYPE_CHECKING:
    from slack_sdk import WebClient
    from slack_sdk.web import SlackResponse

LOG = logging.getLogger("thetagate.slack")

RETRIES = 3
"""How often a rate-limited call is made again, each time after the wait that Slack names."""

TIMEOUT_SECONDS = 10


def open_client(*, token: str, url: str = "") -> WebClient:
    """A client that waits out rate limits. A lost answer is not asked for again: it may have been a message."""
    try:
        from slack_sdk import WebClient
        from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
    except ImportError:
        raise ConfigError("Slack needs its library; install thetagate[slack], or empty slack.channel.") from None
    return WebClient(
        token=token,
        base_url=url or WebClient.BASE_URL,
        timeout=TIMEOUT_SECONDS,
        retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=RETRIES)],
    )


class SlackChannel:
    """Implements `ApprovalChannel` with messages in one Slack channel.

    places  where messages stand, kept beyond this process
    page    address of the page whose `/approvals/ID` Open leads to, empty for a window in Slack
    """

    name = SLACK

    def __init__(self, client: WebClient, *, channel: str, places: Places, page: str = "") -> None:
        self.client = client
        self._channel = channel
        self._places = places
        self._page = page
        self._cards: dict[str, Card] = {}
        self._turn = Lock()

    def announce(self, card: Card) -> None:
        page = f"{self._page}/approvals/{card.decision_id}" if self._page else ""
        blocks, nonce = open_card(card, page=page), digest_of(card.secret)
        with self._turn:
            stands = self._standing(card.decision_id)
            if stands is not None and stands.nonce == nonce:
                return
            place = "" if stands is None else self._edit(stands.place, blocks, headline(card))
            place = place or self._post(blocks, headline(card))
            self._cards[card.decision_id] = card
            self._places.announce(
                Announced(decision_id=card.decision_id, channel=self.name, place=place, nonce=nonce)
            )

    def withdraw(self, decision_id: str, what_happened: str) -> None:
        with self._turn:
            stands = self._standing(decision_id)
            if stands is None:
                return
            blocks = closed_card(self._cards.get(decision_id), decision_id, what_happened)
            self._edit(stands.place, blocks, what_happened)
            self._places.forget_announced(decision_id, self.name)
            self._cards.pop(decision_id, None)

    def shown(self) -> tuple[str, ...]:
        return tuple(each.decision_id for each in self._places.announced(self.name))

    def close_stray(self, decision_id: str, place: str, what_happened: str) -> None:
        """Take the buttons off a message that is not the decision's own: one whose posting was never confirmed."""
        stands = self._standing(decision_id)
        if stands is None or stands.place != place:
            self._edit(place, closed_card(None, decision_id, what_happened), what_happened)

    def tell(self, channel: str, user: str, text: str) -> None:
        """A line that this person alone sees."""
        self._call("chat.postEphemeral", channel=channel, user=user, text=text)

    def open_window(self, trigger: str, window: Block) -> None:
        self._call("views.open", trigger_id=trigger, view=window)

    def text_of(self, decision_id: str) -> str:
        """The whole card, as the console writes it."""
        card = self._cards.get(decision_id)
        return f"thetagate why {decision_id}" if card is None else render(card)

    def _standing(self, decision_id: str) -> Announced | None:
        found = self._places.announced(self.name)
        return next((each for each in found if each.decision_id == decision_id), None)

    def _post(self, blocks: list[Block], text: str) -> str:
        said = self._call("chat.postMessage", channel=self._channel, blocks=blocks, text=text)
        return f"{said['channel']}/{said['ts']}"

    def _edit(self, place: str, blocks: list[Block], text: str) -> str:
        """Where the message stands; "" where somebody has deleted it."""
        channel, _, ts = place.partition("/")
        try:
            self._call("chat.update", channel=channel, ts=ts, blocks=blocks, text=text)
        except _MessageGone:
            return ""
        return place

    def _call(self, method: str, **arguments: Any) -> SlackResponse:
        """`ChannelError` names the call and Slack's own word for what was wrong, and never what was sent."""
        from slack_sdk.errors import SlackApiError, SlackClientError

        try:
            return self.client.api_call(method, json=arguments)
        except SlackApiError as error:
            said = error.response.get("error", error.response.status_code)
            if said in {"message_not_found", "cant_update_message"}:
                raise _MessageGone(f"Slack has no such message any more ({said}).") from None
            raise ChannelError(
                f"Slack did not take {method} ({said}); check the app, its scopes and the channel."
            ) from None
        except (SlackClientError, OSError) as error:
            raise ChannelError(
                f"Slack did not answer {method} ({type(error).__name__}); it is tried again."
            ) from None


class _MessageGone(ChannelError):
    """The message was deleted in Slack."""
