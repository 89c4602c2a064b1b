"""Numba kernels of the pricing room: one loop per file, float64 in, float64 out, the GIL released.

Only `tools.pricing` calls them, always with fresh C-contiguous arrays, so that every kernel is compiled
for exactly one signature. Machine code is kept on disk under `NUMBA_CACHE_DIR` where that is set, else
in the user's cache (`XDG_CACHE_HOME`, by default `~/.cache`), in a folder named after the sources:
Numba looks only at the file of the outermost function when it decides whether its cache is stale.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

import numba

config: Any = numba.config


def _cache_folder() -> Path:
    """Where compiled kernels live: never in the repository, never beside the user's data."""
    if config.CACHE_DIR:
        base = Path(config.CACHE_DIR)
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "thetagate" / "numba"
    sources = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        sources.update(source.read_bytes())
    return base / sources.hexdigest()[:16]


def _usable(folder: Path) -> Path:
    """`folder`, or a private temporary one where it cannot be written (a read-only home)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="thetagate-numba-"))


config.CACHE_DIR = str(_usable(_cache_folder()))
