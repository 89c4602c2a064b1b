"""What a model's tokens cost, where the user says so instead of the public price list."""

from __future__ import annotations

from pydantic import Field

from tools.domain.value import Value

# What both providers ask for writing the cache, over the price of input.
WRITE_SURCHARGE = 1.25


class Rates(Value):
    """US dollars per million tokens.

    cached   of input read from the provider's cache; as other input where it is not said
    written  of input written there; 1.25 × other input where it is not said
    """

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cached: float | None = Field(default=None, ge=0)
    written: float | None = Field(default=None, ge=0)

    def cost(self, *, input_tokens: int, cached: int, written: int, output_tokens: int) -> float:
        """Dollars of one call; `cached` and `written` are parts of `input_tokens`."""
        plain = max(0, input_tokens - cached - written)
        reading = self.input if self.cached is None else self.cached
        writing = self.input * WRITE_SURCHARGE if self.written is None else self.written
        total = plain * self.input + cached * reading + written * writing + output_tokens * self.output
        return total / 1e6
