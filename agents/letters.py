"""Texts of strangers made plain: markup gone, hidden marks gone, look-alike letters the letters they look like.

HTML → text → NFKC → hidden marks out → look-alikes folded → one line of visible characters
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from html.parser import HTMLParser

# Letters of other alphabets that are drawn like Latin ones: a selection of confusables.txt of Unicode Technical
# Standard #39 ("Unicode Security Mechanisms", section 4), Cyrillic, Greek, Armenian, Cherokee and Latin extensions.
_DRAWN_ALIKE = {
    "a": "аɑα", "b": "ЬƄᏏ", "c": "сϲⅽ", "d": "ԁɗᏧ", "e": "еҽ℮", "f": "ẝꞙ", "g": "ɡց", "h": "һհᏂ", "i": "іıɩιᎥ",
    "j": "јϳ", "k": "κк", "l": "ӏⅼ", "m": "м", "n": "ոռ", "o": "оοօσ", "p": "рρϱ", "q": "ԛգ", "r": "гᴦ",
    "s": "ѕꜱ", "t": "тτ", "u": "υսᴜ", "v": "ѵνᴠ", "w": "ԝѡᴡ", "x": "хχ", "y": "уүγ", "z": "ᴢ",
    "A": "АΑᎪ", "B": "ВΒᏴ", "C": "СϹᏟ", "D": "Ꭰ", "E": "ЕΕᎬ", "F": "Ϝ", "G": "ԌᏀ", "H": "НΗᎻ", "I": "ІΙӀ",
    "J": "ЈᎫ",
    "K": "КΚᏦ", "L": "Ꮮ", "M": "МΜᎷ", "N": "Ν", "O": "ОΟՕ", "P": "РΡᏢ", "Q": "Ԛ", "R": "ᏒᎡ", "S": "ЅՏᏚ", "T": "ТΤᎢ",
    "U": "Ս", "V": "ѴᏙ", "W": "ԜᎳ", "X": "ХΧ", "Y": "ҮΥ", "Z": "ΖᏃ", "0": "०০", "(": "‹〈⟨", ")": "›〉⟩",
}  # fmt: skip
_FOLDED = {ord(other): latin for latin, others in _DRAWN_ALIKE.items() for other in others}

# Control, format (zero width, direction, tags), private, surrogate and unassigned characters.
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
# Marks that are drawn as nothing though they are letters or combine: fillers, and the selectors of variants.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_ONE_LINE = {"\t": " ", "\n": " ", "\r": " ", "\x0b": " ", "\x0c": " ", "\x85": " "}


def plain(text: str) -> str:
    """`text` on one line of characters that a reader sees, without angle brackets; what was hidden is gone."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(mark for mark in unicodedata.normalize("NFD", text) if unicodedata.category(mark) != "Me")
        text = _BLANK.sub("", unicodedata.normalize("NFC", text)).translate(_FOLDED)
    shown = "".join(
        _ONE_LINE.get(mark, mark) for mark in text if mark in _ONE_LINE or unicodedata.category(mark) not in _HIDDEN
    )
    return " ".join(shown.replace("<", "(").replace(">", ")").split())


def without_markup(text: str) -> str:
    """The words of an HTML page or a plain text: no tags, scripts, comments or hidden parts; entities resolved."""
    if "<" in text:
        reader = _Words()
        reader.feed(text)
        reader.close()
        text = " ".join(reader.words)
    return unescape(text)


class _Words(HTMLParser):
    """What a browser would show."""

    _SILENT = frozenset({"script", "style", "template", "noscript", "head", "title", "svg"})
    _VOID = frozenset({"br", "img", "hr", "input", "meta", "link", "wbr", "source", "area", "base", "col", "embed"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._VOID:
            return
        looks = " ".join(f"{name}={value or ''}" for name, value in attrs).replace(" ", "").lower()
        hidden = any(word in looks for word in ("display:none", "visibility:hidden", "font-size:0", "hidden="))
        if self._silent or tag in self._SILENT or hidden:
            self._silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            while self._silent and self._silent.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)
