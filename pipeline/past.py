"""The simulated past behind the settings: one per process, since its path is what takes time to make.

driver (sp500 | history | invented), seed ─→ SimulatedPast ─ as_of ─→ Snapshot
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipeline.market import DriverName, MarketChoice
from tools.domain.errors import InputError

if TYPE_CHECKING:
    from tools.data.simulated.past import Driver, SimulatedPast
    from tools.data.store.history import History

INDEX, VOLATILITY = "SPX", "VIX"
BILL_YEARS = 0.25
Days = npt.NDArray[np.datetime64]
Values = npt.NDArray[np.float64]


def simulated_past(choice: MarketChoice, *, symbols: tuple[str, ...] = ()) -> SimulatedPast:
    """The past of this choice, all of it or some symbols; `InputError` where its driver is not at hand."""
    from tools.data.simulated.past import PAST_SEED

    seed = PAST_SEED if choice.seed is None else choice.seed
    return _opened(choice.driver or DriverName.SP500, seed, choice.history, symbols)


@lru_cache(maxsize=2)
def _opened(driver: DriverName, seed: int, history: str | None, symbols: tuple[str, ...]) -> SimulatedPast:
    from tools.data.simulated.past import SimulatedPast, invented, sp500

    match driver:
        case DriverName.SP500:
            return SimulatedPast(seed=seed, driver=sp500(), symbols=symbols or None)
        case DriverName.HISTORY:
            return SimulatedPast(seed=seed, driver=imported(Path(history or "")), symbols=symbols or None)
        case DriverName.INVENTED:
            return SimulatedPast(seed=seed, driver=invented(seed=seed), symbols=symbols or None)


def imported(folder: Path) -> Driver:
    """The daily closes of SPX in a history, with the VIX and the three-month rate of it where it has them."""
    from tools.data.simulated.past import from_columns
    from tools.data.store.history import History

    with History.open(folder) as history:
        index, vix = (history.daily.bars(symbol) for symbol in (INDEX, VOLATILITY))
        if index is None:
            raise InputError(
                f"The history in {folder} holds no daily prices of {INDEX} to drive the simulated past; "
                "bring them in with `thetagate data import`, or choose another market.driver."
            )
        days = index.days
        levels = None if vix is None else _same_day(days, vix.days, vix.close)
        return from_columns(
            sessions=days,
            close=index.split_adjusted,
            description=f"imported closes of {INDEX}, {_year(days[0])}-{_year(days[-1])}",
            vix=levels,
            rate=_bills(history, days),
        )


def _same_day(days: Days, told: Days, values: Values) -> Values:
    """The value of each day itself, NaN where there is none."""
    place = np.minimum(np.searchsorted(told, days), len(told) - 1)
    return np.where(told[place] == days, values[place], np.nan)


def _bills(history: History, days: Days) -> Values | None:
    """The last three-month yield published before each day, continuously compounded; None without any.

    Bond-equivalent yields compound twice a year: r = 2·ln(1 + y/2) (US Treasury, par yield curve methodology).
    """
    for series in history.catalog.all_series():
        found = history.daily.rates(series.name) if series.kind == "rates" else None
        if found is None or not (mine := np.abs(found.tenor - BILL_YEARS) < 0.01).any():
            continue
        place = np.searchsorted(found.days[mine], days, side="left") - 1
        yields = np.append(found.rate[mine], np.nan)  # before the first one: the last place, unknown
        return np.asarray(2 * np.log1p(yields[place] / 2), dtype=np.float64)
    return None


def _year(day: np.datetime64) -> int:
    return date.fromisoformat(str(day)).year
