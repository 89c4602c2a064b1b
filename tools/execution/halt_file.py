"""The kill switch as a file, so that it holds while no database can be reached.

A file that cannot be read, or an empty one that somebody made in a hurry, stops everything.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from tools.domain.errors import BrokerError
from tools.domain.halt import Halt, Strength


def read(path: Path) -> Halt | None:
    """What the file says; None where there is none."""
    try:
        return Halt.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError):
        return Halt(
            strength=Strength.KILL,
            by="nobody who signed it",
            reason=f"{path.name} is there and does not say what it stops",
            at=_written(path),
        )


def write(path: Path, halt: Halt) -> None:
    """Replace the file and make it durable; `BrokerError` where that fails, for then orders may still go out."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(halt.model_dump_json().encode())
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise BrokerError(
            f"The kill switch {path} could not be written ({error.strerror}); orders may still go out. "
            "Stop the process, or cancel at the broker."
        ) from None


def clear(path: Path) -> None:
    """Remove the file, durably; one that is not there is fine."""
    try:
        path.unlink(missing_ok=True)
        _sync(path.parent)
    except OSError as error:
        raise BrokerError(f"The kill switch {path} could not be removed ({error.strerror}); it holds.") from None


def _written(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return datetime.fromtimestamp(0, UTC)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
