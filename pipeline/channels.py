"""The ways to people that the settings name, opened: console lines, the page, Slack.

settings + keys → [console, web, slack] around one `Approvals` → start → … → stop
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.settings import read_keys
from tools.approvals.console import ConsoleChannel
from tools.approvals.web import WebChannel
from tools.domain.errors import ConfigError

if TYPE_CHECKING:
    from datetime import datetime

    from fastapi import FastAPI

    from pipeline.approving import Approvals
    from pipeline.dashboard.sessions import Sessions
    from pipeline.settings import Settings
    from tools.approvals.channel import ApprovalChannel
    from tools.approvals.slack import SlackChannel
    from tools.approvals.slack_app import SlackApp


@dataclass(frozen=True)
class Channels:
    """What was opened. `slack` and `web` are None where the settings leave them off."""

    every: tuple[ApprovalChannel, ...]
    web: WebChannel | None = None
    slack: SlackApp | None = None
    is_socket: bool = False

    def start(self) -> None:
        """Connect what has to be connected; `ChannelError` where it cannot be."""
        if self.slack is not None and self.is_socket:
            self.slack.start()

    def stop(self) -> None:
        if self.slack is not None:
            self.slack.stop()


def open_channels(settings: Settings, approvals: Approvals, *, write: Callable[[str], None]) -> Channels:
    """Every channel of the settings, joined to `approvals`; `ConfigError` for Slack without tokens or people."""
    web = WebChannel() if settings.web.enabled else None
    posted = _slack(settings, approvals) if settings.slack.channel else None
    found: list[ApprovalChannel] = [ConsoleChannel(write)]
    if web is not None:
        found.append(web)
    if posted is None:
        approvals.channels.extend(found)
        return Channels(tuple(found), web=web)
    channel, app = posted
    found.append(channel)
    approvals.channels.extend(found)
    return Channels(tuple(found), web=web, slack=app, is_socket=settings.slack.transport == "socket")


def open_pages(
    channels: Channels, approvals: Approvals, *, clock: Callable[[], datetime] | None = None
) -> tuple[FastAPI, Sessions]:
    """The application over the page's channel, and each person's way in (`Sessions.paths`)."""
    from pipeline.dashboard.app import create_app
    from pipeline.dashboard.sessions import Sessions

    sessions = Sessions(each.name for each in approvals.authority.people)
    signed = None if channels.is_socket else channels.slack
    return create_app(approvals, channels.web or WebChannel(), sessions, slack=signed, clock=clock), sessions


def check_slack(settings: Settings) -> tuple[str, str]:
    """(bot token, the other secret its transport needs); `ConfigError` where somebody or something is missing."""
    keys = read_keys()
    if not any(each.slack for each in settings.approvers):
        raise ConfigError("Slack is on, and no one of [[approvers]] has a slack id; name who may decide there.")
    second, name = (
        (keys.slack_app, "SLACK_APP_TOKEN")
        if settings.slack.transport == "socket"
        else (keys.slack_signing, "SLACK_SIGNING_SECRET")
    )
    wanted = {"SLACK_BOT_TOKEN": keys.slack_bot.get_secret_value(), name: second.get_secret_value()}
    missing = " and ".join(told for told, value in wanted.items() if not value)
    if missing:
        raise ConfigError(f"Slack is on, and {missing} is missing; set it, or empty slack.channel.")
    return keys.slack_bot.get_secret_value(), second.get_secret_value()


def _slack(settings: Settings, approvals: Approvals) -> tuple[SlackChannel, SlackApp]:
    """The channel and the app that hears what is pressed."""
    from tools.approvals.slack import SlackChannel, open_client
    from tools.approvals.slack_app import SlackApp

    token, secret = check_slack(settings)
    page = f"http://127.0.0.1:{settings.web.port}" if settings.web.enabled and settings.web.port else ""
    client = open_client(token=token, url=settings.slack.url)
    channel = SlackChannel(client, channel=settings.slack.channel, places=approvals.ledger, page=page)
    is_socket = settings.slack.transport == "socket"
    app = SlackApp(
        channel,
        approvals.decide,
        app_token=secret if is_socket else "",
        signing_secret="" if is_socket else secret,
    )
    return channel, app
