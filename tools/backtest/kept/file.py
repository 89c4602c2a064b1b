"""One file of a kept day: JSON and columns in Arrow's stream format, compressed, behind the digest of both."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

SEAL = 32  # bytes of SHA-256, of all that follows
LENGTH = 8  # bytes that tell how long the JSON before the columns is
Column = np.ndarray[Any, Any]
Columns = dict[str, Column]
Kept = tuple[Columns, dict[str, Any]]
"""What one file holds."""


def write_file(path: Path, columns: Mapping[str, Column], rest: Mapping[str, Any]) -> None:
    """Whole under its name, or not there: a killed run leaves a file of another name."""
    told, packed = json.dumps(rest).encode(), io.BytesIO()
    pl.DataFrame(dict(columns)).write_ipc_stream(packed, compression="zstd")
    body = len(told).to_bytes(LENGTH, "big") + told + packed.getvalue()
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_bytes(hashlib.sha256(body).digest() + body)
    beside.replace(path)


def read_file(path: Path) -> Kept | None:
    """None for a file that is not there, or that is not what was written: it is made again."""
    try:
        whole = memoryview(path.read_bytes())
    except FileNotFoundError:
        return None
    seal, body = bytes(whole[:SEAL]), whole[SEAL:]
    if hashlib.sha256(body).digest() != seal:
        return None
    begin = LENGTH + int.from_bytes(body[:LENGTH], "big")
    rest: dict[str, Any] = json.loads(bytes(body[LENGTH:begin]))
    table = pl.read_ipc_stream(io.BytesIO(body[begin:])).rechunk()
    return {name: table[name].to_numpy() for name in table.columns}, rest
