"""What every value type of a decision record shares: frozen, closed, canonical JSON, content hash."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class Value(BaseModel):
    """A frozen value; unknown fields are errors, NaN and infinity are refused in JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __copy__(self) -> Self:
        """Without what was computed of the original: a copy may be given other values."""
        copied = super().__copy__()
        for name in copied.__dict__.keys() - type(self).__pydantic_fields__.keys():
            del copied.__dict__[name]
        return copied


def canonical(data: Any) -> str:
    """JSON with sorted keys and no spaces: the same data always gives the same bytes."""
    return _ENCODER.encode(data)


def digest(data: Any) -> str:
    """SHA-256 of `canonical(data)`, 64 hex digits."""
    return hashlib.sha256(canonical(data).encode()).hexdigest()
