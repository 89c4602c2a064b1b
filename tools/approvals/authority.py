"""Who may decide: persons by name, and how each channel knows them.

(channel, user id) → a named approver | nobody

Where nobody is named, the one who sits at this machine decides alone; channels that others reach need names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field

from tools.domain.value import Value

CONSOLE, WEB, SLACK = "console", "web", "slack"


class Approver(Value):
    """A person who decides.

    slack         user id in Slack (`U02AB7`), empty for none
    login         account on this machine by which the console knows the person, empty for none
    may_override  whether the word counts where a score or an overridable limit has refused
    """

    name: str = Field(min_length=1, max_length=80)
    slack: str = Field(default="", pattern=r"^([UW][A-Z0-9]{2,20})?$")
    login: str = ""
    may_override: bool = False


def _distinct(approvers: tuple[Approver, ...]) -> tuple[Approver, ...]:
    """Two people are never one, and one is never two: `ValueError` where a name or an id stands twice."""
    for field in ("name", "slack", "login"):
        told = [" ".join(getattr(each, field).split()).casefold() for each in approvers]
        twice = {value for value in told if value and told.count(value) > 1}
        if twice:
            raise ValueError(f"two approvers share the {field} {min(twice)!r}; each person stands here once")
    return approvers


Approvers = Annotated[tuple[Approver, ...], AfterValidator(_distinct)]


class Authority:
    """The one list that every channel asks."""

    def __init__(self, approvers: Iterable[Approver], *, owner: str) -> None:
        """`owner` is who sits at this machine where nobody is named."""
        named = tuple(approvers)
        self.is_named = bool(named)
        self.people = named or (Approver(name=owner, login=owner, may_override=True),)

    def person(self, channel: str, user: str) -> Approver | None:
        """Who a channel's user is; None for everybody who may not decide."""
        if not user:
            return None
        return next((each for each in self.people if user == _known_as(each, channel)), None)


def _known_as(approver: Approver, channel: str) -> str:
    match channel:
        case "slack":
            return approver.slack
        case "console":
            return approver.login
        case "web":
            return approver.name
        case _:
            return ""
