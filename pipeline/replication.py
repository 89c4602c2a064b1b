"""An index replicated from files: thetagate.replication/1, and what the terminal shows of it.

--spx · --vix · --rates · --dividend-yield ─► Bars, RateSeries, yields ─► DailyMarket ─► Replication ─► contract
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.backtest.replication.bills import RateSeries
from tools.backtest.replication.dividends import SOURCE, yearly_yields
from tools.backtest.replication.indices import Index
from tools.backtest.replication.market import Bars, daily_market
from tools.backtest.replication.published import published
from tools.backtest.replication.replicate import Replication, replicate
from tools.backtest.replication.statistics import Likeness, calendar_years, likeness, month_ends, realised
from tools.data.files.index_files import read_dividend_yields, read_prices, read_rates, unordered
from tools.domain.errors import InputError

if TYPE_CHECKING:
    from tools.data.files.daily import Daily

SCHEMA = "thetagate.replication/1"
TOTAL_RETURN = "S&P 500 TR"


@dataclass(frozen=True, slots=True)
class Files:
    """What a command line names; `against` a file of the real index, for the likeness alone."""

    spx: Path
    vix: Path
    rates: tuple[Path, ...]
    dividend_yield: Path | None = None
    against: Path | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A replication, what became of each file's rows, and how like the real index it is where that was given."""

    replication: Replication
    sources: tuple[Mapping[str, Any], ...]
    likeness: Likeness | None


def replicate_files(index: Index, files: Files, *, first: date, last: date) -> Result:
    """`ChainError` where a file is not what it should be, `InputError` where they do not fit together."""
    prices, fear = read_prices(files.spx, name="index"), read_prices(files.vix, name="VIX")
    rates = [(path, each) for path in files.rates for each in read_rates(path)]
    sources = [_source("spx", files.spx, prices), _source("vix", files.vix, fear)]
    sources += [_source("rates", path, each) for path, each in rates]
    yields = read_dividend_yields(files.dividend_yield) if files.dividend_yield else yearly_yields()
    market = daily_market(
        index=_bars(prices),
        vix=_bars(fear),
        rates=[_rates(each) for _, each in rates],
        dividend_yields=yields,
        first=first,
        last=last,
    )
    dividends = f"those of {files.dividend_yield.name}" if files.dividend_yield else SOURCE
    done = replicate(index, market, first=first, dividends=dividends)
    if files.against is None:
        return Result(done, tuple(sources), None)
    real = read_prices(files.against, name=index.value)
    return Result(done, (*sources, _source("against", files.against, real)), _likeness(done, _bars(real)))


def contract(result: Result, *, daily: bool) -> dict[str, Any]:
    """The JSON of a result: month-ends, or every session; what is unknown is null."""
    done = result.replication
    rows = np.arange(len(done.days)) if daily else month_ends(done.days)
    return {
        "schema": SCHEMA,
        "index": done.index.value,
        "levels": [{"date": str(done.days[row]), "level": round(float(done.levels[row]), 6)} for row in rows],
        "stats": _stats(result),
        "assumptions": list(done.assumptions),
    }


def _stats(result: Result) -> dict[str, Any]:
    done = result.replication
    return {
        "from": str(done.days[0]),
        "to": str(done.days[-1]),
        "base": 100.0,
        "sessions": len(done.days),
        **_known(asdict(done.figures())),
        "calendar_years": {
            str(year): change for year, change in calendar_years(days=done.days, levels=done.levels).items()
        },
        "sp500_total_return": _known(asdict(done.figures(done.market))),
        "vix_mean": float(np.mean(done.vix)),
        "realised": _known({"": realised(days=done.days, close=done.close)})[""],
        "published": _published(done),
        "against": None if result.likeness is None else _known(asdict(result.likeness)),
        "sources": [dict(each) for each in result.sources],
    }


def _published(done: Replication) -> list[dict[str, Any]]:
    """Every published row of the index and of the S&P 500, with ours over the same window where it is covered."""
    found = []
    for row in published().figure:
        if row.index in {done.index.value, TOTAL_RETURN}:
            part = done.between(row.start, row.end)
            series = None if part is None else part.market if row.index == TOTAL_RETURN else part.levels
            ours = None if part is None else _known(asdict(part.figures(series)))
            found.append(row.model_dump(mode="json", by_alias=True) | {"replicated": ours})
    for period in published().period:
        if period.index == done.index.value:
            part = done.between(period.start, period.end)
            change = None if part is None else {"change": float(part.levels[-1] / part.levels[0] - 1)}
            found.append(period.model_dump(mode="json", by_alias=True) | {"replicated": change})
    return found


def _source(option: str, path: Path, series: Daily) -> Mapping[str, Any]:
    counts = series.counts
    return {
        "option": option,
        "file": path.name,
        "name": series.name,
        "rows": counts.rows,
        "used": counts.used,
        "dropped": dict(sorted(counts.dropped.items())),
        "mended": dict(sorted(series.mended.items())),
        "unordered": unordered(series),
    }


def _bars(series: Daily) -> Bars:
    used = series.used.sort("date")
    columns = {name: used[name].fill_null(float("nan")).to_numpy() for name in ("open", "high", "low", "close")}
    return Bars(days=used["date"].to_numpy().astype("datetime64[D]"), **columns)


def _rates(series: Daily) -> RateSeries:
    used = series.used.sort("date")
    return RateSeries(
        name=series.name,
        days=used["date"].to_numpy().astype("datetime64[D]"),
        tenor=used["tenor"].to_numpy(),
        rate=used["rate"].to_numpy(),
    )


def _likeness(done: Replication, real: Bars) -> Likeness:
    found = likeness(days=done.days, levels=done.levels, other_days=real.days, other=real.close)
    if not found.months:
        raise InputError(
            f"The file of --against ({real.days[0]} to {real.days[-1]}) shares no two month-ends in a row with the "
            f"replication ({done.days[0]} to {done.days[-1]}); give a daily or monthly history of the same years."
        )
    return found


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value for name, value in values.items()
    }
