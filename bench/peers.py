"""Other people's libraries, each installed from the package index into an environment of its own.

environment in the user's cache → worker process in it → one line asks for one timed call
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

PACKAGES: dict[str, tuple[str, ...]] = {
    "QuantLib": ("QuantLib==1.44", "numpy"),
    "py_vollib_vectorized": (
        "py_vollib_vectorized==0.1.1",
        *("py_vollib==1.0.1", "py_lets_be_rational==1.0.1", "setuptools<81", "numba<0.60", "numpy<2"),
    ),
    "fast_vollib": ("fast_vollib==0.2.4", "numba"),
    "vanilla_option_pricers": ("vanilla_option_pricers==2.3.0",),
    "pyarrow": ("pyarrow==26.0.1", "pandas"),
    "vectorbt": ("vectorbt==1.2.0", "pyarrow"),
    "optopsy": ("optopsy==2.2.0", "pyarrow"),
}
WORKER = Path(__file__).with_name("peer_worker.py")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


class PeerError(Exception):
    """The peer cannot be installed or does not run; the message ends with its own last line."""


class Peer:
    """A worker process with the peer's results of one task; `seconds()` asks for one more timed call."""

    def __init__(self, name: str, task: str, inputs: Mapping[str, npt.NDArray[Any]], folder: Path) -> None:
        self.name = name
        python, given, found = environment(name), folder / f"{task}.npz", folder / f"{task}-{name}.npz"
        np.savez(given, allow_pickle=False, **dict(inputs))
        with (folder / f"{task}-{name}.log").open("w") as log:
            self._process = subprocess.Popen(
                [python, WORKER, name, task, given, found],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=os.environ | ONE_THREAD,
            )
        if self._line() != "ready":
            last = (folder / f"{task}-{name}.log").read_text().strip().rpartition("\n")[2]
            raise PeerError(f"{name} does not run here: {last}")
        with np.load(found) as file:
            self.results = {each: file[each] for each in file.files}

    def seconds(self) -> float:
        """Seconds of one call, without compilation; of a short one the median of several."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._line())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _line(self) -> str:
        """The next line that is an answer; libraries greet and warn on the same stream."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            text = line.strip()
            if text == "ready" or text.replace(".", "").replace("e-", "").isdigit():
                return text
        return ""


def cache() -> Path:
    """What the benchmark keeps between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "thetagate" / "bench"


def environment(name: str) -> Path:
    """The Python of the peer's environment, made on first use."""
    folder = cache() / f"{name}-{sys.version_info.major}.{sys.version_info.minor}"
    python, marker = folder / "bin" / "python", folder / ".installed"
    if marker.exists() and marker.read_text() == " ".join(PACKAGES[name]):
        return python
    venv.create(folder, with_pip=True, clear=True)
    options = ("--quiet", "--disable-pip-version-check")
    done = subprocess.run(
        (python, "-m", "pip", "install", *options, *PACKAGES[name]), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise PeerError(f"{name} cannot be installed: {done.stderr.strip().rpartition(chr(10))[2]}")
    marker.write_text(" ".join(PACKAGES[name]))
    return python
