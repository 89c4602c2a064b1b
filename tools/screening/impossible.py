"""Settings that contradict each other, reported at the key they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

IMPOSSIBLE = "impossible"
Problem = tuple[tuple[str, ...], str]


def refuse(model: str, problems: Sequence[Problem]) -> NoReturn:
    """Raise every (key path, sentence) as one `ValidationError`, so that a file's line can be found for each."""
    raise ValidationError.from_exception_data(
        model,
        [
            InitErrorDetails(type=PydanticCustomError(IMPOSSIBLE, "{text}", {"text": text}), loc=path, input=None)
            for path, text in problems
        ],
    )
