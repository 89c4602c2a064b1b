"""What the reader of a result must know before believing it."""

from __future__ import annotations

from tools.backtest.costs import FillStyle
from tools.backtest.history import HistoricalMarket
from tools.backtest.journal import Journal
from tools.backtest.plan import Plan


def what_this_cannot_tell(journal: Journal, plan: Plan, market: HistoricalMarket) -> tuple[str, ...]:
    """One sentence each, the gravest first."""
    said = []
    if journal.simulated:
        said.append(
            f"The market is simulated ({market.source}): at most the path of its index is real. Every quote, "
            "volatility and spread is invented; this shows what the rules do, not what they would have earned."
        )
        said.append(
            "Its underlyings survive by construction: nothing goes bankrupt, is taken over or splits, and today's "
            "liquidity holds in every year."
        )
    else:
        said.append(
            "The history is what was imported: underlyings that vanished before are not in it, and a day without "
            "quotes is a day without trades."
        )
    said += [
        *journal.opinions.sentences,
        _people(plan),
        _fills(plan),
        "The market is looked at once a session, near its close. What a stop would have met in between is not "
        "seen, and an order that is not filled at that look waits for the next day.",
        "An interval tells what chance did to this sample. A crash that is not in it is in no resample either.",
        "Thresholds come from documents written after these years; none was fitted here, none is out of sample.",
    ]
    return tuple(said)


def _people(plan: Plan) -> str:
    if plan.people == "refuse":
        return "Nobody is there to approve: what waits for a person is counted as refused."
    return "Everything that waited for a person was let through, which no person would have done."


def _fills(plan: Plan) -> str:
    costs = plan.slippage
    how = (
        f"limit orders asking for the mid first, taken there with a chance of {costs.at_mid:.0%}"
        if costs.style is FillStyle.WORKED
        else f"{costs.share:.0%} of the half spread given up on every leg"
    )
    bound = f", and at most {costs.participation:.0%} of a leg's volume" if costs.participation else ", of any size"
    return f"Fills are a model: {how}{bound}. Our own orders move no price."
