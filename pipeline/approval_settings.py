"""Settings of the ways to people: how long a question stands, Slack, and the page on this machine."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tools.approvals.answer import QUOTE_MINUTES, TOLERANCE
from tools.approvals.authority import Approvers
from tools.domain.value import Value

__all__ = ["SLACK_NAMES", "ApprovalSettings", "Approvers", "SlackSettings", "WebSettings"]

SLACK_NAMES = {
    "slack_bot": "SLACK_BOT_TOKEN",
    "slack_app": "SLACK_APP_TOKEN",
    "slack_signing": "SLACK_SIGNING_SECRET",
}
"""The names that Slack's own documents and libraries use."""


class ApprovalSettings(Value):
    """How long a waiting trade stays open, never past the session's close, and what binds an answer to its card.

    approver       names who sits at this console, where `[[approvers]]` names nobody
    quote_minutes  how long what was shown may be approved
    tolerance      how far the mid may move meanwhile, as a share of the credit, before it is asked again
    """

    deadline_minutes: float = Field(default=30.0, gt=0, le=24 * 60)
    approver: str = ""
    quote_minutes: float = Field(default=QUOTE_MINUTES, gt=0, le=QUOTE_MINUTES)
    tolerance: float = Field(default=TOLERANCE, ge=0, le=0.5)


class SlackSettings(Value):
    """Where cards are posted; without a channel Slack is off. Tokens come from the environment.

    transport  socket: Slack is called from here, nothing listens; http: signed requests come to `/slack/events`
    url        another address of Slack's web API, empty for Slack's own
    """

    channel: str = Field(default="", pattern=r"^[A-Z0-9]{0,20}$")
    transport: Literal["socket", "http"] = "socket"
    url: str = ""


class WebSettings(Value):
    """The page on this machine; it answers on the loopback interface alone."""

    enabled: bool = True
    port: int = Field(default=8477, ge=0, le=65535)
