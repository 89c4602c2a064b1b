"""`why`: a decision record told from facts to fills, in the order in which it was written."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline.cli import tables
from pipeline.cli.afterwards import afterwards, fill, order
from tools.approvals.card import score_sum
from tools.domain.candidate import Candidate, UnitGreeks
from tools.domain.decision import Approval, DecisionRecord, Edit, FitResult, LimitState, Refusal
from tools.domain.offer import Asked
from tools.domain.order import OrderIntent
from tools.domain.rationale import Analysis, AnalysisSource, Rationale


def tell(record: DecisionRecord) -> Group:
    return Group(*_chapters(record))


def _chapters(record: DecisionRecord) -> Iterator[RenderableType]:
    candidate = record.candidate
    yield Text.assemble((f"{record.id}  {candidate.label}  ", "bold"), tables.verdict(record))
    yield Text(
        f"{tables.stamp(candidate.as_of)} · book {candidate.book} · {candidate.source}, feed {candidate.feed}",
        style="dim",
    )
    yield _heading("Trade")
    yield _trade(candidate, record.fit)
    yield _heading("Rules of the book")
    yield _filters(candidate)
    if record.analysis is not None:
        yield _heading(_analyst(record.analysis))
        yield from _words(record.analysis)
        yield from _similar(record)
    if record.fit is not None:
        yield _heading(
            f"Portfolio fit {record.fit.score:.2f}; {record.fit.contracts} contracts, bound by {record.fit.binding}"
        )
        yield _limits(record.fit)
    yield _heading("Decision")
    yield from _decision(record)
    later = afterwards(record)
    if later:
        yield _heading("Afterwards")
        yield _pairs(later)
    yield Text(f"content hash {record.content_hash}", style="dim")


def _heading(text: str) -> RenderableType:
    return Text(f"\n{text}", style="bold")


def _pairs(pairs: list[tuple[str, str]]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for name, value in pairs:
        table.add_row(name, Text(value))
    return Padding(table, (0, 0, 0, 2))


def _trade(candidate: Candidate, fit: FitResult | None) -> RenderableType:
    contracts = fit.contracts if fit else 1
    legs = ", ".join(
        f"{leg.quantity * contracts:+d} {leg.contract.occ}".replace("-", tables.MINUS) for leg in candidate.legs
    )
    return _pairs(
        [
            ("legs", legs),
            ("spot", f"{candidate.spot:,.2f}, expiry {candidate.expiry} in {candidate.dte} days"),
            ("credit", f"{candidate.credit:.2f} per share at the mid, {candidate.natural:.2f} at the bid"),
            ("yield", f"{candidate.premium_yield:.1%} a year on the collateral"),
            ("PoP", tables.share(candidate.pop)),
            ("breakeven", " / ".join(f"{level:,.2f}" for level in candidate.breakevens)),
            (
                "max loss",
                f"{tables.money(-candidate.max_loss * contracts)}, "
                f"collateral {tables.money(candidate.collateral * contracts)}",
            ),
            ("volatility", _volatility(candidate)),
            ("greeks", _greeks(candidate.greeks)),
        ]
    )


def _volatility(candidate: Candidate) -> str:
    if candidate.iv is None or candidate.expected_move is None:
        return "unknown"
    return f"{candidate.iv:.1%}, one standard deviation to expiry {candidate.expected_move:,.2f}"


def _greeks(greeks: UnitGreeks | None) -> str:
    if greeks is None:
        return "unknown"
    signed = f"delta {greeks.delta:+.3f}, gamma {greeks.gamma:+.4f}, vega {greeks.vega:+.3f} per point"
    return f"{signed}, theta {greeks.theta:+.3f} per day".replace("-", tables.MINUS)


def _filters(candidate: Candidate) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for result in candidate.filters:
        margin = "" if result.margin is None else f"{result.margin:.2f}"
        table.add_row(
            result.state.value.replace("_", " "), result.rule, Text(margin, justify="right"), Text(result.text)
        )
    return Padding(table, (0, 0, 0, 2))


def _analyst(analysis: Analysis) -> str:
    grounded = "grounded" if analysis.grounded else f"not grounded: {', '.join(analysis.misses)}"
    who = (
        "a person, no model"
        if analysis.source is AnalysisSource.AUTHORED
        else f"{analysis.provider} {analysis.model}"
    )
    return f"Analyst ({analysis.source.value}, {who}; {grounded})"


def _words(analysis: Analysis) -> Iterator[RenderableType]:
    if analysis.rationale is None:
        yield Text(f"  no usable answer: {analysis.problem}")
    else:
        yield _pairs(_opinion(analysis.rationale))
    cost = "unknown" if analysis.usage.cost_usd is None else f"${analysis.usage.cost_usd:.4f}"
    yield Text(
        f"  prompt {analysis.prompt_fingerprint[:12]}, brief {analysis.brief_digest[:12]}, "
        f"{analysis.usage.input_tokens} + {analysis.usage.output_tokens} tokens, cost {cost}",
        style="dim",
    )


def _similar(record: DecisionRecord) -> Iterator[RenderableType]:
    """The past trades that the analyst was told of."""
    for each in record.similar:
        trade = each.trade
        result = f"{tables.money(trade.pnl)} in {trade.days} days, ended by {trade.ended_by}"
        yield Text(f"  compared with {trade.id} {trade.label}: {result}, distance {each.distance:.2f}", style="dim")


def _opinion(said: Rationale) -> list[tuple[str, str]]:
    return [
        ("verdict", f"{said.verdict.value}, confidence {said.confidence:.1f}"),
        ("rationale", said.rationale),
        ("risk", said.risk_narrative),
        ("risk factors", "; ".join(said.risk_factors)),
        ("catalysts", "; ".join(said.catalysts) or "none named"),
        ("earnings", said.earnings),
        ("sector, macro", said.sector_and_macro),
        ("scenarios", f"best: {said.scenarios.best} base: {said.scenarios.base} worst: {said.scenarios.worst}"),
        ("exit", said.exit_plan),
    ]


def _limits(fit: FitResult) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for limit in fit.limits:
        if limit.state is not LimitState.NOT_APPLICABLE:
            table.add_row(limit.state.value, limit.rule, Text(limit.text))
    return Padding(table, (0, 0, 0, 2))


def _decision(record: DecisionRecord) -> Iterator[RenderableType]:
    lines = [("score", score_sum(record))]
    lines += [(reason.rule, reason.text) for reason in record.reasons]
    lines += _people(record)
    if record.intent is not None:
        lines.append(("promise", _promise(record.intent)))
    if record.order is not None:
        lines.append(("order", order(record.order)))
    lines += [("not sent", _refusal(each)) for each in record.refusals]
    lines += [("fill", fill(each.quantity, each.symbol, str(each.price))) for each in record.fills]
    yield _pairs(lines)


def _people(record: DecisionRecord) -> Iterator[tuple[str, str]]:
    """What people, the score and the clock said of it, in the order in which they said it."""
    for part in record.parts:
        if part.kind == "edit":
            edit = Edit.model_validate(part.body)
            price = "walked from the mid" if edit.price is None else f"not below {edit.price}"
            by = f"by {edit.by} ({edit.channel}) {tables.stamp(part.at)}"
            yield f"revision {edit.revision}", f"{by}: {edit.contracts} units {price} {edit.reason}".rstrip()
        elif part.kind == "override_asked":
            yield "override", f"asked for {_word(Asked.model_validate(part.body).approval)}"
        elif part.kind == "approval":
            word = Approval.model_validate(part.body)
            yield word.verdict, _word(word)


def _word(word: Approval) -> str:
    return f"by {word.by} ({word.channel}) {tables.stamp(word.at)} {word.reason}".rstrip()


def _refusal(refusal: Refusal) -> str:
    why = "; ".join(f"{reason.rule}: {reason.text}" for reason in refusal.reasons)
    return f"at {refusal.price}, id {refusal.client_order_id}: {why}"


def _promise(intent: OrderIntent) -> str:
    price = f"at {intent.limit_price}, not below {intent.floor_price}"
    return f"{intent.quantity} units {price}; id {intent.client_order_id}"
