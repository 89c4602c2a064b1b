"""The dividend yields of the S&P 500 by calendar year that come with the product; `dividends.toml` cites them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

SOURCE = "Shiller's yearly table"


@cache
def yearly_yields() -> Mapping[int, float]:
    """Year → dividends over the year's mean price, a decimal."""
    text = files("tools.backtest.replication").joinpath("dividends.toml").read_text(encoding="utf-8")
    return {int(year): value / 100 for year, value in tomllib.loads(text)["per_cent"].items()}
