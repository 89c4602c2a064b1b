"""The run that the backtest's tests share."""

from tests.tools.backtest.conftest import measured, past, ran

__all__ = ["measured", "past", "ran"]
