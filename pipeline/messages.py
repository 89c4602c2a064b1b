"""The count of what goes to the broker, by the time on the wall: a broker's own limits know no other."""

from __future__ import annotations

from datetime import timedelta

from pipeline.home import Home
from pipeline.settings import Settings
from pipeline.sources import present
from tools.execution.messages import MessageLog


def open_messages(home: Home, settings: Settings) -> MessageLog:
    """What went out of this home lately, before a restart too."""
    window = timedelta(seconds=settings.execution.message_seconds)
    return MessageLog(home.messages, window=window, now=present)
