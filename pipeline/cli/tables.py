"""What the terminal shows: the ranked table, rejections, approvals. Signs are true minus, digits line up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.settings import has_width
from tools.approvals.console import amount
from tools.domain.candidate import Candidate
from tools.domain.decision import DecisionRecord, DecisionState, LimitState, Outcome
from tools.domain.score import FilterState
from tools.domain.structure import StructureKind
from tools.portfolio.exits import ExitState

if TYPE_CHECKING:
    from pipeline.managing import Managed

NEW_YORK = ZoneInfo("America/New_York")
MINUS = "−"


FILE_WIDTH = 160
"""Characters per line where no terminal says how many there are."""

NARROW = 120
"""Below this a decision is told without the columns that `why` repeats."""


def console(*, to_stderr: bool = False) -> Console:
    """As wide as the terminal, or as COLUMNS says; for a pipe or a file as wide as the tables want."""
    made = Console(stderr=to_stderr, highlight=False)
    if not made.is_terminal and not has_width():
        made.width = FILE_WIDTH
    return made


def money(value: float) -> str:
    """Whole money with thousands separators and a true minus."""
    return f"{value:,.0f}".replace("-", MINUS)


def score(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.0%}"


def clock(instant: datetime) -> str:
    return f"{instant.astimezone(NEW_YORK):%H:%M}"


def stamp(instant: datetime) -> str:
    return f"{instant.astimezone(NEW_YORK):%Y-%m-%d %H:%M} New York"


def decisions_table(records: Iterable[DecisionRecord], *, width: int) -> Table:
    """The ranked table: one row per decision, its score opened up, and what became of it."""
    hidden = {">PoP", ">max loss", ">quant/model/fit"} if width < NARROW else set()
    rows = [_decision_row(record) for record in records]
    names = ("id", "candidate", ">credit", ">PoP", ">max loss", ">quant/model/fit", ">score", "decision")
    table = plain_table(*(name for name in names if name not in hidden))
    for row in rows:
        table.add_row(*(cell for name, cell in zip(names, row, strict=True) if name not in hidden))
    return table


def _decision_row(record: DecisionRecord) -> tuple[str | Text, ...]:
    candidate, parts = record.candidate, record.score
    contracts = record.fit.contracts if record.fit else 1
    opened = (parts.quantitative, parts.model, parts.fit) if parts else (candidate.quantitative, None, None)
    return (
        record.id,
        f"{candidate.label} ×{contracts}",
        f"{candidate.credit:.2f}",
        share(candidate.pop),
        money(-candidate.max_loss * contracts),
        "/".join(score(part) for part in opened),
        score(parts.total if parts else None),
        verdict(record),
    )


def verdict(record: DecisionRecord) -> Text:
    """The decision in words: approved by score, waiting until when, or refused and why."""
    match record.outcome:
        case Outcome.APPROVED:
            by = record.approval.by if record.approval else "score"
            return Text(f"approved by {by}{_order_words(record)}", style="bold cyan")
        case Outcome.WAITING:
            until = f" until {clock(record.gate.deadline)}" if record.gate and record.gate.deadline else ""
            why = f": {in_short(record)}" if record.reasons else ""
            return Text(f"waiting for you{until}{why}", style="bold yellow")
        case Outcome.REJECTED:
            return Text(f"rejected by {record.approval.by if record.approval else 'a person'}")
        case Outcome.EXPIRED:
            return Text("expired: nobody answered in time")
        case Outcome.REFUSED:
            return Text(f"refused: {in_short(record)}", style="dim")
        case _:
            return Text("unfinished: run again to go on" if record.state is DecisionState.PROPOSED else "")


def in_short(record: DecisionRecord) -> str:
    """The first reason in a few words, `day-at-risk 11.4% > 10.0%`; `why` tells the rest."""
    if not record.reasons:
        return "no reason recorded"
    reason = record.reasons[0]
    limit = next((each for each in record.fit.limits if each.rule == reason.rule), None) if record.fit else None
    if limit is None or limit.after is None or limit.limit is None or limit.state is not LimitState.FAIL:
        return reason.text.split(". ")[0].rstrip(".")
    return f"{limit.name} {amount(limit.after, limit.unit, beside=limit.limit)} > {amount(limit.limit, limit.unit)}"


def _order_words(record: DecisionRecord) -> str:
    if record.order is None:
        return ""
    filled = record.order.filled_price
    words = f", {record.order.status.value.replace('_', ' ')}"
    return f"{words} at {filled:.2f}" if filled is not None else words


def trades_table(managed: Iterable[Managed]) -> Table:
    """Open trades and what was done with each; exits nobody can measure are left to the JSON."""
    drawn = plain_table("id", "open trade", "done", "because", "order")
    for each in managed:
        trade, signals = each.action.trade, each.action.signals
        shares = trade.structure is StructureKind.LONG_SHARES
        strikes = "shares" if shares else "/".join(f"{leg.contract.strike:g}" for leg in trade.legs)
        because = each.action.waits if each.action.kind == "hold" and each.action.waits else ""
        drawn.add_row(
            trade.id,
            f"{trade.underlying} {strikes} × {trade.contracts}",
            each.action.kind,
            because or "; ".join(signal.text for signal in signals if signal.state is not ExitState.UNKNOWN),
            "" if each.ending is None or each.ending.order is None else each.ending.order.status.value,
        )
    return drawn


def candidates_table(candidates: Iterable[Candidate]) -> Table:
    """What passed the screen, best first."""
    table = plain_table(
        "candidate",
        ">credit",
        ">yield",
        ">delta",
        ">PoP",
        ">max loss",
        ">breakeven",
        ">spread",
        ">OI",
        ">quant",
        "unknown",
    )
    for item in candidates:
        unknown = ", ".join(f.rule for f in item.filters if f.state is FilterState.UNKNOWN)
        table.add_row(
            item.label,
            f"{item.credit:.2f}",
            f"{item.premium_yield:.1%}",
            "unknown" if item.greeks is None else f"{item.greeks.delta:+.2f}".replace("-", MINUS),
            share(item.pop),
            money(-item.max_loss),
            " / ".join(f"{level:,.2f}" for level in item.breakevens),
            f"{item.spread:.1%}",
            "unknown" if item.open_interest is None else f"{item.open_interest:,.0f}",
            score(item.quantitative),
            unknown or "–",
        )
    return table


def counts_table(title: str, counts: Mapping[str, int]) -> Table:
    table = plain_table(title, ">contracts")
    for rule, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        table.add_row(rule, f"{count:,}")
    return table


def plain_table(*columns: str) -> Table:
    """Columns without lines; `>` in front of a name aligns it right."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        right = column.startswith(">")
        name = column.lstrip(">")
        wraps = name in {"decision", "unknown", "because"}
        table.add_column(name, justify="right" if right else "left", no_wrap=not wraps, overflow="fold")
    return table
