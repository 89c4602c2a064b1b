"""A text as tokens: numbers, words and signs, in plain lower-case characters that know where they stood.

text → plain characters (typographic signs, foreign digits, hidden marks) → names masked → tokens
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# Terms of the trade whose digits are no claims.
_TERMS = re.compile(
    r"s&p ?500|russell ?[123]000|nasdaq[ -]?100|dow ?30|10-[kq]\b|8-k\b|vix9d|52-week|24/7|one-day 95 ?%"
    r"|\bone-off"
    r"|(?:two|2|5|five|7|10|ten|30|thirty)-(?:year|yr) (?:treasur\w+|yields?|notes?|bonds?)|section 1256"
    r"|\bone day\b"
    r"|(?:two|one|three|four)-(?:sided|way|legged|leg|tailed)\b|\bone-day\b|95 ?% one-day|95 ?% var\b"
    r"|\brsi[ -]?\(?14\b\)?|14-day rsi|\bsma[ -]?\(?20\b\)?|20-day (?:sma\b|(?:simple )?(?:moving )?average)"
    r"|\b(?:second|first|other|latter|former) half\b|\bhalf[ -]?day"
)

_LEXER = re.compile(
    r"(?P<d>(?<![\d.])(?:\d{4}([-/.])\d{1,2}\2\d{1,2}|\d{1,2}([-/.])\d{1,2}\3(?:\d{4}|\d\d))(?![\d]))"
    r"|(?P<t>(?<![\d:])\d{1,2}:\d\d(?!\d))"
    r"|(?P<n>(?:\d{1,3}(?:[,'](?=\d{3}(?!\d))\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+(?![a-z\d]))?|\.\d+)"
    r"|(?P<w>[^\W\d_]+)|(?P<s>[^\w ]|_)"
)


class Tokens:
    """Parallel lists over the tokens of a text; `kinds` are d(ate), t(ime), n(umber), w(ord), s(ign)."""

    __slots__ = ("ends", "kinds", "offsets", "source", "starts", "words")

    def __init__(self, text: str, names: Iterable[str] = ()) -> None:
        self.source = text
        readable, self.offsets = plain(text)
        readable = _masked(readable, names)
        self.words: list[str] = []
        self.kinds: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        for match in _LEXER.finditer(readable):
            self.words.append(match[0])
            self.kinds.append(match.lastgroup or "s")
            self.starts.append(match.start())
            self.ends.append(match.end())

    def __len__(self) -> int:
        return len(self.words)

    def word(self, index: int) -> str:
        """The token at `index`, empty beyond either end."""
        return self.words[index] if 0 <= index < len(self.words) else ""

    def glued(self, index: int) -> bool:
        """Whether a token touches the one before it."""
        return 0 < index < len(self.words) and self.starts[index] == self.ends[index - 1]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where the tokens `first` to `last` stand in the text as given."""
        start, end = self.starts[first], self.ends[last]
        if self.offsets is None:
            return start, end
        return self.offsets[start], self.offsets[end - 1] + 1


def plain(text: str) -> tuple[str, list[int] | None]:
    """Lower-case plain characters, and for each its place in `text` (None: the same place)."""
    if text.isascii():
        return text.lower(), None
    marks: list[str] = []
    offsets: list[int] = []
    for place, mark in enumerate(text):
        folded = _fold(mark)
        marks.append(folded)
        offsets.extend([place] * len(folded))
    return "".join(marks), offsets


@lru_cache(maxsize=4096)
def _fold(mark: str) -> str:
    """One character as a reader takes it: any script's digit, dash and space is one, hidden marks are none."""
    if mark.isascii():
        return mark.lower()
    category = unicodedata.category(mark)
    if category == "Nd":
        return str(unicodedata.decimal(mark))
    if category == "Pd" or mark == "\u2212":
        return "-"
    if category == "Zs":
        return " "
    if category in ("Cf", "Mn", "Me"):
        return ""
    if mark in "\u2018\u2019":
        return "'"
    if mark in "\u2044\u2215":
        return "/"
    usual = unicodedata.normalize("NFKC", mark)
    if category != "No" and len(usual) == 1 and usual.isascii():
        return usual.lower()
    small = mark.lower()
    return small if len(small) == 1 else mark


def _masked(text: str, names: Iterable[str]) -> str:
    """The text without the digits of names: terms of the trade and the facts' own texts (`IWM 45d 235 put`)."""
    for pattern in (_TERMS, *(_name(name) for name in names)):
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    return text


@lru_cache(maxsize=256)
def _name(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(plain(name)[0])}(?!\w)")
