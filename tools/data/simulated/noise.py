"""Reproducible randomness: a stream per label, and a fixed draw per contract.

Streams serve paths (a longer path begins with the shorter one); contract draws serve open interest
and volume, which must not depend on which other contracts are listed that day.
"""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

FloatArray = npt.NDArray[np.float64]
KeyArray = npt.NDArray[np.uint64]


def stream(seed: int, label: str) -> np.random.Generator:
    """An independent generator for (seed, label)."""
    return np.random.default_rng([seed, zlib.crc32(label.encode())])


def normal_by_key(seed: int, label: str, keys: KeyArray) -> FloatArray:
    """One standard normal per key, a pure function of (seed, label, key)."""
    salt = np.random.SeedSequence([seed, zlib.crc32(label.encode())]).generate_state(1, np.uint64)
    mixed = _mix(_mix(keys) ^ salt)
    uniform = ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    draws: FloatArray = ndtri(uniform)
    return draws


def _mix(keys: KeyArray) -> KeyArray:
    """SplitMix64's output function (Steele, Lea and Flood, OOPSLA 2014, figure 15)."""
    z = keys + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
