"""CSV files inside a zip, as text; whatever is wrong with the zip is one sentence."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.domain.errors import ChainError

# Besides a zip that is none: cut off or corrupt inside (EOFError, zlib.error), locked by a password (RuntimeError),
# packed in a way that Python's zipfile does not know (NotImplementedError).
_UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)


def csv_texts(path: Path, *, accept: Callable[[list[int]], bool], refusal: str) -> Iterator[tuple[str, str]]:
    """(name, text) of each CSV of a zip; `ChainError` with `refusal` unless their sizes in bytes are accepted."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [each for each in archive.infolist() if each.filename.endswith(".csv")]
            if not accept([each.file_size for each in inside]):
                raise ChainError(f"{path.name} {refusal}")
            for each in inside:
                yield each.filename, archive.read(each).decode("utf-8", errors="replace")
    except FileNotFoundError:
        raise ChainError(f"There is no file {path}.") from None
    except _UNREADABLE as error:
        raise ChainError(f"{path.name} is no readable zip file ({error}); fetch it again.") from None
