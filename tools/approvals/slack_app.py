"""What people press in Slack, turned into answers. Slack is told at once that it was heard; the work comes after.

    Approve (confirmed) ─→ ack → decide → the card edits itself; who came too late is told alone
    Reject ─→ ack → a window asks why → ack → decide
    Open   ─→ ack → the page, or a window with the whole card

Over HTTP every request's signature and age are checked by Bolt (v0, 300 s); over Socket Mode nothing listens here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tools.approvals.answer import Answer, Decided, Word
from tools.approvals.authority import SLACK
from tools.approvals.ending import how_it_ended
from tools.approvals.slack import SlackChannel
from tools.approvals.slack_card import APPROVE, OPEN, REASON, REJECT, detail_window, read_value, reason_window
from tools.domain.errors import ChannelError, ConfigError, ThetagateError

if TYPE_CHECKING:
    from slack_bolt import Ack, App, BoltRequest, BoltResponse
    from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler

LOG = logging.getLogger("thetagate.slack")

PING_SECONDS = 3
"""How often the link is looked at; one that Slack has dropped is taken up again after so long."""

Decide = Callable[[Answer], Decided]
Body = dict[str, Any]


class SlackApp:
    """Bolt's app around a channel; `start` and `stop` are for Socket Mode, `dispatch` for signed HTTP."""

    def __init__(
        self, channel: SlackChannel, decide: Decide, *, app_token: str = "", signing_secret: str = ""
    ) -> None:
        self.channel = channel
        self._decide = decide
        self._app_token = app_token
        self._signed = bool(signing_secret)
        self._app = _bolt(channel, signing_secret)
        self._socket: SocketModeHandler | None = None
        self._app.action(APPROVE)(self._approve)
        self._app.action(REJECT)(self._ask_why)
        self._app.action(OPEN)(self._open)
        self._app.view(REASON)(self._reject)

    def start(self) -> None:
        """Connect by Socket Mode and stay connected; `ChannelError` where Slack does not let us."""
        from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler
        from slack_sdk.errors import SlackClientError

        self._socket = SocketModeHandler(
            self._app, self._app_token, web_client=self.channel.client, ping_interval=PING_SECONDS
        )
        try:
            self._socket.client.connect()
        except (SlackClientError, OSError) as error:
            self.stop()
            raise ChannelError(
                f"Slack's Socket Mode cannot be reached ({type(error).__name__}); "
                "check SLACK_APP_TOKEN and the network."
            ) from None

    def stop(self) -> None:
        """Disconnect; what was heard is worked off first."""
        if self._socket is not None:
            self._socket.client.close()
            self._socket = None
        self._app.listener_runner.listener_executor.shutdown(wait=True)

    def dispatch(self, request: BoltRequest) -> BoltResponse:
        """One signed request of Slack's; `ConfigError` where there is no secret to check its signature with."""
        if not self._signed:
            raise ConfigError(
                "Requests of Slack are heard where SLACK_SIGNING_SECRET can prove them, and it is not set."
            )
        return self._app.dispatch(request)

    def _approve(self, ack: Ack, body: Body) -> None:
        ack()
        self._answer(body, body["actions"][0]["value"], Word.APPROVE, "", _place_of(body))

    def _ask_why(self, ack: Ack, body: Body) -> None:
        ack()
        with_place = f"{body['actions'][0]['value']}\n{_place_of(body)}"
        self._try(body, lambda: self.channel.open_window(body["trigger_id"], reason_window(with_place)))

    def _reject(self, ack: Ack, body: Body) -> None:
        ack()
        view = body["view"]
        value, _, place = view["private_metadata"].partition("\n")
        reason = view["state"]["values"][REASON][REASON]["value"] or ""
        self._answer(body, value, Word.REJECT, reason.strip(), place)

    def _open(self, ack: Ack, body: Body) -> None:
        ack()
        if body["actions"][0].get("url"):
            return
        self._try(body, lambda: self._open_window(body))

    def _open_window(self, body: Body) -> None:
        decision_id, _ = read_value(body["actions"][0]["value"])
        self.channel.open_window(body["trigger_id"], detail_window(self.channel.text_of(decision_id)))

    def _answer(self, body: Body, value: str, word: Word, reason: str, place: str) -> None:
        def act() -> None:
            user = body["user"]["id"]
            decision_id, secret = read_value(value)
            said = self._decide(Answer(decision_id, word, channel=SLACK, user=user, secret=secret, reason=reason))
            if not said.took:
                self.channel.tell(place.partition("/")[0], user, said.text)
            if said.record is not None:
                self.channel.close_stray(decision_id, place, how_it_ended(said.record))

        self._try(body, act)

    def _try(self, body: Body, act: Callable[[], None]) -> None:
        """Slack was told already that it was heard: what goes wrong now is told in the log."""
        try:
            act()
        except ThetagateError as error:
            LOG.warning("an answer of %s in Slack: %s", body.get("user", {}).get("id", "somebody"), error)


def _bolt(channel: SlackChannel, signing_secret: str) -> App:
    from slack_bolt import App

    return App(
        client=channel.client,
        signing_secret=signing_secret,
        token_verification_enabled=False,
        request_verification_enabled=bool(signing_secret),
        logger=_quiet(),
    )


def _quiet() -> logging.Logger:
    """Bolt's own log: what fails, and not that it found in the environment what it was handed already."""
    log = logging.getLogger("thetagate.slack.bolt")
    log.setLevel(logging.ERROR)
    return log


def _place_of(body: Body) -> str:
    container = body["container"]
    return f"{container['channel_id']}/{container['message_ts']}"
