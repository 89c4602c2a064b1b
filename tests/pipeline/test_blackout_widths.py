"""Blackouts of made markets are as wide as the settings say."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipeline.home import Home
from pipeline.market import DriverName, MarketChoice
from pipeline.settings import Settings
from pipeline.wiring import open_market
from tools.calendar.sessions import NEW_YORK

MADE = [
    MarketChoice(),
    MarketChoice(driver=DriverName.INVENTED, as_of=datetime(2008, 10, 10, 16, tzinfo=NEW_YORK)),
]


@pytest.mark.parametrize("choice", MADE, ids=["embedded", "past"])
def test_windows_of_a_made_market_have_the_widths_of_the_settings(choice: MarketChoice, tmp_path: Path) -> None:
    usual = open_market(choice, Settings(), Home(tmp_path))
    events = {"before_hours": 48, "widths": {"CPI": [1, 3]}}
    wide = open_market(choice, Settings.model_validate({"events": events}), Home(tmp_path))
    assert wide.fingerprint != usual.fingerprint
    assert usual.conditions.blackouts.value
    assert wide.conditions.blackouts.value
    ends = {window.name: window.end for window in usual.conditions.blackouts.value}
    for window in wide.conditions.blackouts.value:
        cpi = window.name.startswith("CPI")
        assert window.end - window.start == timedelta(hours=4 if cpi else 50)
        if window.name in ends:
            assert window.end - ends[window.name] == timedelta(hours=1 if cpi else 0)
