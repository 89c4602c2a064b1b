"""A folder of what others have published: one file a text, its instant and its source in its name.

    news/XOM/2026-11-03T14:00Z reuters.txt   →  OutsideText(published, source, text)

A colon that a file system does not allow may be a dash (`2026-11-03T14-00Z`). A day without a time counts from its
last minute in New York, so that nothing is read before it was out; a name without a date gives an undated text.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from pathlib import Path

from tools.calendar.sessions import NEW_YORK
from tools.domain.errors import ConfigError
from tools.domain.outside import OutsideText

# What is read of one file, and how far back: an older text is no news to a trade of some weeks.
LARGEST = 200_000
RECENT = timedelta(days=30)
KINDS = frozenset({".txt", ".md", ".html", ".htm"})

_NAME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:T(?P<hour>\d\d)[:-](?P<minute>\d\d)(?P<zone>Z|[+-]\d\d:?\d\d))?[ _]*(?P<source>.*)"
)


class NewsFolder:
    """Texts of a folder with one folder per symbol; `ConfigError` where it is none."""

    name = "news folder"

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ConfigError(f"model.news {folder} is no folder; name one that holds SYMBOL/DATE source.txt.")
        self._folder = folder

    def texts(self, symbol: str, as_of: datetime) -> tuple[OutsideText, ...]:
        """The texts about a name, undated ones and those of the 30 days before `as_of`, by file name."""
        if not re.fullmatch(r"[\w.^-]+", symbol) or symbol.startswith("."):
            return ()
        folder = self._folder / symbol
        files = sorted(file for file in folder.glob("*") if file.suffix in KINDS and file.is_file())
        found = (_read(file) for file in files)
        return tuple(text for text in found if text.published is None or text.published > as_of - RECENT)


def _read(file: Path) -> OutsideText:
    """One file; what cannot be read is an empty text, which its reader leaves out with that reason."""
    published, source = _named(file.stem)
    try:
        with file.open("rb") as content:
            text = content.read(LARGEST).decode("utf-8", "replace")
    except OSError:
        text = ""
    return OutsideText(source=source or "unnamed", published=published, text=text)


def _named(stem: str) -> tuple[datetime | None, str]:
    match = _NAME.fullmatch(stem)
    if match is None:
        return None, stem
    try:
        day = datetime.strptime(match["day"], "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        if match["hour"] is None:
            return datetime.combine(day, time(23, 59), NEW_YORK), match["source"]
        zone = "+00:00" if match["zone"] == "Z" else match["zone"]
        return datetime.fromisoformat(f"{match['day']}T{match['hour']}:{match['minute']}{zone}"), match["source"]
    except ValueError:
        return None, match["source"]
