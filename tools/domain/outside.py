"""Texts from outside the house (news, filings) and what became of each: they may lower, never lift."""

from __future__ import annotations

from datetime import datetime

from tools.domain.value import Value


class OutsideText(Value):
    """One text as it came. `published` is aware; None where nobody says when, and then it is not used."""

    source: str
    published: datetime | None
    text: str


class Heard(Value):
    """What became of one text, for the record: SHA-256 of its raw text, and why it was left out (empty: read)."""

    source: str
    published: datetime | None
    digest: str
    left_out: str = ""
