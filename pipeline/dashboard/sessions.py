"""Who looks at the pages: a link for each person, a session behind a cookie, a token in every form of it.

Secrets are drawn anew at every start; of links and cookies only digests are kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hmac import compare_digest
from threading import Lock

from tools.domain.offer import digest_of

SESSIONS = 500
"""How many sessions are kept; the oldest goes first."""


@dataclass(frozen=True)
class Visitor:
    """A person's session. `form_token` stands in every form of it."""

    name: str
    form_token: str

    def sent(self, token: str) -> bool:
        """Whether a form came from a page of this session."""
        return compare_digest(token.encode(), self.form_token.encode())


class Sessions:
    """Links and sessions of the named people."""

    def __init__(self, people: Iterable[str]) -> None:
        tokens = {name: secrets.token_urlsafe(32) for name in people}
        self._links = {digest_of(token): name for name, token in tokens.items()}
        self._paths = {name: f"/enter?token={token}" for name, token in tokens.items()}
        self._visitors: dict[str, Visitor] = {}
        self._turn = Lock()

    def paths(self) -> dict[str, str]:
        """Each person's way in, to be told to that person alone."""
        return dict(self._paths)

    def enter(self, token: str) -> str | None:
        """The cookie of a new session, None for a token that no link has."""
        name = self._links.get(digest_of(token))
        if name is None:
            return None
        cookie = secrets.token_urlsafe(32)
        with self._turn:
            self._visitors[digest_of(cookie)] = Visitor(name, secrets.token_urlsafe(32))
            while len(self._visitors) > SESSIONS:
                self._visitors.pop(next(iter(self._visitors)))
        return cookie

    def visitor(self, cookie: str | None) -> Visitor | None:
        if not cookie:
            return None
        with self._turn:
            return self._visitors.get(digest_of(cookie))
