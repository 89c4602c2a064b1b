"""A backtest on one page.

Outcome ─→ tiles · charts · tables ─→ template ─→ HTML with everything inside it
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.backtest.figures import Figure
from tools.backtest.journal import Ended
from tools.backtest.opinions import Opinions
from tools.backtest.outcome import BookOutcome, Outcome
from tools.performance.drawdown import drawdown
from tools.performance.regimes import RegimeResult
from tools.reporting import charts, heat
from tools.reporting.wording import DASH, amount, money, number, percent, tone

if TYPE_CHECKING:
    from jinja2 import Environment, Template

TILES = ("annual return", "Sharpe", "max drawdown", "win rate")
IN_PERCENT = {"max drawdown", "win rate"}


def backtest_page(outcome: Outcome, *, provenance: Mapping[str, str]) -> str:
    """One HTML document; `provenance` says by name what the run was made of."""
    held = outcome.benchmark
    series = [("equity", outcome.equity)]
    if held is not None:
        series.insert(0, ("benchmark", held.levels))
    return _template().render(
        outcome=outcome,
        plan=outcome.plan,
        title=_title(outcome),
        held=held,
        tiles=[_tile(outcome.figure(name)) for name in TILES],
        equity=charts.lines(outcome.days, series, title="Account value against the benchmark", written=_whole),
        falls=charts.below_zero(
            outcome.days, drawdown(levels=outcome.equity), title="Drawdown of the account", written=_share
        ),
        years=heat.years(*outcome.months),
        month_names=heat.MONTHS,
        sources=charts.either_side(
            [(source.value, float(part)) for source, part in outcome.attribution.items()],
            title="Profit of the account by where it came from",
            written=_signed,
        ),
        books=[_book(outcome, each) for each in outcome.books],
        attributions=_attributions(outcome),
        regimes=[("trend", _regimes(outcome.trends)), ("VIX", _regimes(outcome.volatilities))],
        hopes=[_hope(each) for each in outcome.hopes],
        exits=_exits(outcome.trades),
        parameters=_parameters(outcome),
        provenance=provenance,
    )


def _title(outcome: Outcome) -> str:
    plan = outcome.plan
    return f"{', '.join(book.name for book in plan.books)} · {plan.first} to {plan.last}"


def _tile(figure: Figure) -> dict[str, str]:
    return {"name": figure.name, "value": amount(figure.value, figure.unit.value), "between": _between(figure)}


def _between(figure: Figure) -> str:
    if math.isnan(figure.low) or math.isnan(figure.high):
        return ""
    return f"{amount(figure.low, figure.unit.value)} to {amount(figure.high, figure.unit.value)}"


def _book(outcome: Outcome, each: BookOutcome) -> dict[str, Any]:
    chart = ""
    if each.moved:
        values = np.concatenate(([0.0], each.pnl))
        chart = charts.lines(
            outcome.days,
            [("equity", values)],
            title=f"Profit of {each.name}",
            written=_whole,
            height=150,
            width=460,
        )
    return {"of": each, "chart": chart, "trades": [trade for trade in outcome.trades if trade.book == each.name]}


def _attributions(outcome: Outcome) -> list[dict[str, Any]]:
    """A row per book that traded, what belongs to none, and the account; every row sums."""
    rows = [(each.name, each.attribution) for each in outcome.books if each.moved]
    whole = outcome.attribution
    rest = {source: part - sum((row[source] for _, row in rows), start=part * 0) for source, part in whole.items()}
    if any(rest.values()):
        rows.append(("account's own", rest))
    rows.append(("account", whole))
    return [{"name": name, "parts": parts, "sum": float(sum(parts.values()))} for name, parts in rows]


def _regimes(results: Iterable[RegimeResult]) -> list[RegimeResult]:
    return sorted(results, key=lambda each: -each.share)


def _hope(each: Any) -> dict[str, str]:
    written = percent if each.name in IN_PERCENT else number
    verdict = "unknown" if each.met is None else "met" if each.met else "not met"
    return {
        "name": each.name,
        "wanted": f"{'above' if each.above else 'below'} {written(each.wanted)}",
        "measured": written(each.measured),
        "verdict": verdict if each.sure or each.met is None else f"{verdict}, within what chance does",
    }


def _exits(trades: Sequence[Ended]) -> list[dict[str, Any]]:
    """Why trades ended, by the rule that ended them; the commonest first."""
    by_rule: dict[str, list[Ended]] = {}
    for trade in trades:
        by_rule.setdefault(trade.exit.split(":")[0], []).append(trade)
    rows = [
        {
            "rule": rule.replace("_", " "),
            "count": len(each),
            "won": sum(trade.pnl > 0 for trade in each) / len(each),
            "pnl": float(sum(trade.pnl for trade in each)),
            "days": sum(trade.days for trade in each) / len(each),
        }
        for rule, each in by_rule.items()
    ]
    return sorted(rows, key=lambda row: -row["count"])


def _parameters(outcome: Outcome) -> list[tuple[str, str]]:
    plan = outcome.plan
    costs, fees = plan.slippage, plan.commissions
    return [
        ("capital", money(plan.capital)),
        ("assumed confidence of the analyst", f"{plan.confidence:g} of 10"),
        *_answers(outcome.opinions),
        ("what waits for a person", "is let through" if plan.people == "approve" else "is refused"),
        ("interest on cash", "the bill rate of the history" if plan.interest else "none"),
        (
            "shares held for calls",
            ", ".join(f"{count:,} {name}" for name, count in plan.holdings.items()) or "none",
        ),
        (
            "fills",
            f"{costs.style.value}; at the mid {costs.at_mid:.0%}, share of the half spread {costs.share:.0%}",
        ),
        ("largest share of a day's volume", percent(costs.participation, 0) if costs.participation else "no bound"),
        ("shares trade beside the spot by", f"{costs.shares * 10_000:g} basis points"),
        ("commission", f"{fees.per_contract} per contract, {fees.per_order} per order"),
        ("weights of the score", ", ".join(f"{name} {value:g}" for name, value in plan.house.weights)),
        ("automatic from, asked from", f"{plan.house.thresholds.automatic:g}, {plan.house.thresholds.human:g}"),
    ]


def _answers(opinions: Opinions) -> list[tuple[str, str]]:
    """What was replayed, by who answered and by what they could know; nothing where nobody was asked."""
    if not opinions.recordings:
        return []
    return [
        ("recordings", ", ".join(opinions.recordings)),
        ("candidates by who spoke", opinions.by_source),
        ("what answers could know of the trade's days", opinions.by_hindsight),
    ]


def _whole(value: float) -> str:
    return money(value)


def _signed(value: float) -> str:
    return money(value, sign=True)


def _share(value: float) -> str:
    return percent(value, 0 if abs(value * 100 - round(value * 100)) < 1e-9 else 1)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("tools.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(money=money, number=number, percent=percent, amount=amount, tone=tone, dash=DASH)
    made.globals.update(between=_between)
    return made


def _template() -> Template:
    return _environment().get_template("backtest.html.j2")
