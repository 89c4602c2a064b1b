"""Every assumption of a replication in a sentence, with the numbers that were used."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tools.backtest.replication import condor, roll_day
from tools.backtest.replication import option_model as model
from tools.backtest.replication.indices import Index
from tools.backtest.replication.market import LONGEST_GAP, DailyMarket
from tools.backtest.replication.option_line import STRIKE_STEP
from tools.backtest.replication.schedule import Schedule


def assumptions(index: Index, market: DailyMarket, schedule: Schedule, *, dividends: str) -> tuple[str, ...]:
    """What had to be assumed for `index` over `market`; `dividends` names where the yields are from."""
    return (
        *_options(),
        *_levels(market, schedule),
        *_OF_INDEX[index](),
        f"Strikes are listed every {STRIKE_STEP:g} points throughout; options trade at the model's mid, without "
        "spread or commission.",
        f"Dividend yields are {dividends} by calendar year, spread evenly over its days; a year that is not there "
        "has that of the last one before it.",
        *_first_roll(market, schedule),
        *_gaps(market),
    )


def _options() -> tuple[str, ...]:
    return (
        "Options are modelled, none is quoted: European, in calendar time, one vol at every maturity below five "
        f"weeks. At the money it is {model.LEVEL:g} · VIX · (VIX / {model.USUAL_VIX:.0%})^{model.POWER:g}: between "
        "what SPX chains of 2019 and SPY chains of 2021 show (0.85 and 0.78 of VIX), where PUT and BXM come near "
        "their published 1993-2013, 2008, 2020 and 2022; of those figures a replication is no independent test.",
        f"The smile is an SSVI slice in standardised moneyness, ρ {model.SKEW:g}, η {model.WING:g} · (vol / "
        f"{model.USUAL_VOL:.0%})^{model.ELASTICITY:g}, fitted to SPX chains of April and May 2019, for every year.",
    )


def _levels(market: DailyMarket, schedule: Schedule) -> tuple[str, ...]:
    rolls = len(schedule.row)
    genuine = int(market.genuine[schedule.row].sum())
    ranged = int(market.ranged[schedule.row].sum())
    said = [f"{genuine} from the file's open, which its last year shows to be genuine"] if genuine else []
    if ranged - genuine > 0:
        said.append(f"{ranged - genuine} estimated from close, high and low")
    if rolls - max(ranged, genuine):
        said.append(
            f"{rolls - max(ranged, genuine)} estimated at {roll_day.SETTLEMENT.close:.0%} of the day's move"
        )
    return (
        f"The opening settlement (SOQ) of {rolls} rolls: {', '.join(said)}. Estimates are raised by "
        f"{roll_day.SPIKE:.2%}, as far as SPY opened above its own on the third Fridays of 1998-2021.",
        "New options trade at an estimate of the index at midday (11:30-13:30) from the same day's prices, and at "
        f"a VIX {roll_day.MIDDAY.close:.0%} of the way from the evening before to the close.",
    )


def _put() -> tuple[str, ...]:
    return (
        "The put sold is the highest strike at or below an estimate of the index at 11:00; N = M / (K·DF − P), so "
        "that bills at expiry cover every strike.",
        "At March-cycle rolls all money buys three-month bills, at others the premium buys one-month bills; what "
        "the puts pay comes out of both. Bills accrue at the yield they were bought at, not marked to market.",
    )


def _bxm() -> tuple[str, ...]:
    return (
        "The call sold is the lowest strike at or above an estimate of the index at 11:00; index and call trade at "
        "midday, and from the settlement until then the index is held without a call.",
    )


def _cndr() -> tuple[str, ...]:
    return (
        f"Sold are the strikes nearest to {condor.SHORT_DELTA:.2f} delta, bought those nearest to "
        f"{condor.LONG_DELTA:.2f}, at midday; all money lies in one-month bills.",
        f"Sizing is ours, since sources differ: bills of money and premium are {condor.COVER:g} times the wider of "
        "the two spreads of strikes.",
    )


_OF_INDEX: Mapping[Index, Callable[[], tuple[str, ...]]] = {Index.PUT: _put, Index.BXM: _bxm, Index.CNDR: _cndr}


def _first_roll(market: DailyMarket, schedule: Schedule) -> tuple[str, ...]:
    if schedule.starts_between:
        return (
            f"The data begin on {market.days[0]}, between two rolls: the first option is sold at that close and "
            f"expires on {schedule.expiry[0]}.",
        )
    return ()


def _gaps(market: DailyMarket) -> tuple[str, ...]:
    said = [
        f"Sessions without {what} keep the value before: {sessions} here, never over {LONGEST_GAP} in a row."
        for what, sessions in market.kept.items()
        if sessions
    ]
    if market.bills.kept:
        ended = market.bills.known_until
        after = f", since no rate is known after {ended}" if ended < market.days[-1] else ""
        said.append(f"Sessions without any rate keep the last one before: {market.bills.kept} here{after}.")
    return tuple(said)
