"""How a candidate fits the account: size it, hold it against every limit, score what room is left.

    candidate → unit exposure → size (F17) → limits F1-F15 after the trade and all reservations
              → vetoes · fit score 0-10 · the reservation to keep until the decision ends

The same call re-checks at approval: the decision's own reservation never counts against it, and
`contracts` fixes the size that was proposed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tools.calendar.trading_time import Clock
from tools.domain.account import Account, Exposure, Reservation
from tools.domain.candidate import Candidate
from tools.domain.decision import FitResult, LimitResult, LimitState
from tools.domain.market import Snapshot
from tools.domain.score import ScoreWeights, confidence
from tools.domain.structure import UNDEFINED_RISK, StructureKind
from tools.portfolio.allocation import OPEN, CapitalPlan, capital_limits
from tools.portfolio.exposure import candidate_exposure, reservation_of, reserved_exposure
from tools.portfolio.holdings import available, raisable, shares_of
from tools.portfolio.positions import Positions, read_positions
from tools.risk.case import Case
from tools.risk.judge import Verdict
from tools.risk.limit import Limit
from tools.risk.limits import LIMITS, verdicts
from tools.risk.measure import Sums, scaled
from tools.risk.profile import LimitProfile
from tools.screening.holdings import Holdings
from tools.sizing.budget import book_capital, book_leverage, confidence_tier, free_cash, free_shares
from tools.sizing.contracts import Sizing, size
from tools.sizing.rule import SizingRule


@dataclass(frozen=True, slots=True)
class Fitted:
    """A sized trade against every limit, in numbers; `record` says it in words, for whoever keeps it."""

    contracts: int
    binding: str
    verdicts: tuple[Verdict, ...]
    score: float
    nav: float | None

    @property
    def limits(self) -> tuple[LimitResult, ...]:
        return tuple(verdict.result for verdict in self.verdicts)

    @property
    def vetoes(self) -> tuple[LimitResult, ...]:
        return tuple(verdict.result for verdict in self.verdicts if verdict.vetoes)

    @property
    def unknown(self) -> tuple[LimitResult, ...]:
        return tuple(verdict.result for verdict in self.verdicts if verdict.state is LimitState.UNKNOWN)

    @property
    def record(self) -> FitResult:
        return FitResult(
            contracts=self.contracts, binding=self.binding, limits=self.limits, score=self.score, nav=self.nav
        )


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the candidate is held against; `others` are the open reservations of other decisions."""

    account: Account
    snapshot: Snapshot
    profile: LimitProfile
    positions: Positions
    others: tuple[Reservation, ...]
    reserved: tuple[Exposure, ...]
    sums: Sums

    @classmethod
    def of(
        cls, account: Account, snapshot: Snapshot, profile: LimitProfile, positions: Positions, decision: str
    ) -> _Desk:
        others = tuple(each for each in account.reservations if each.decision_id != decision)
        reserved = tuple(reserved_exposure(each, broker=account.broker) for each in others)
        return cls(account, snapshot, profile, positions, others, reserved, positions.sums.plus(reserved))


def fit(
    candidate: Candidate,
    *,
    account: Account,
    snapshot: Snapshot,
    clock: Clock,
    profile: LimitProfile,
    sizing: SizingRule,
    quantitative: float | None = None,
    model_confidence: float | None = None,
    weights: ScoreWeights | None = None,
    contracts: int | None = None,
    positions: Positions | None = None,
    capital: CapitalPlan = OPEN,
    rollout: float = 1.0,
) -> tuple[Fitted, Reservation]:
    """Size and judge one candidate.

    quantitative, model_confidence  scores 0-10, read where the book sizes by confidence
    weights                         of the two in the confidence
    contracts                       a size already decided; None sizes anew
    positions                       `read_positions` of the same account and snapshot, to share between candidates
    capital                         budgets and guarantees of the account
    rollout                         the part of its capital that the book is let have by now, 0-1
    """
    held = positions or read_positions(account, snapshot, clock=clock, gap=profile.overnight)
    desk = _Desk.of(account, snapshot, profile, held, candidate.id)
    case = _case(candidate, desk)
    sure = confidence(quantitative=quantitative, model=model_confidence, weights=weights)
    own = (*_own_limits(candidate, desk, sizing, sure), *_capital(candidate, sizing, capital, rollout))
    sized = _fixed(contracts) if contracts is not None else size((*LIMITS, *own), case=case, rule=sizing)
    trade = _sized(case, sized.contracts)
    held_against = verdicts(trade, own=own)
    fitted = Fitted(
        contracts=sized.contracts,
        binding=sized.binding,
        verdicts=held_against,
        score=fit_score(held_against, profile=profile),
        nav=None if math.isnan(case.nav) else case.nav,
    )
    return fitted, reservation_of(candidate, trade.proposal, contracts=sized.contracts)


def fit_score(limits: Iterable[Verdict | LimitResult], *, profile: LimitProfile) -> float:
    """10 × Σ wᵢ·headroomᵢ / Σ wᵢ over the limits that have one, wᵢ from `profile.fit_weights`, 1 where not named.

    At most `profile.fit_cap` when any limit has no headroom left or cannot be measured (spec D); 0 where
    no limit applies. `docs/fit.md` has a worked example.
    """
    applicable = [limit for limit in limits if limit.state is not LimitState.NOT_APPLICABLE]
    scored = [(profile.fit_weights.get(each.rule, 1.0), each.headroom) for each in applicable]
    total = math.fsum(weight for weight, headroom in scored if headroom is not None)
    if total == 0:
        return 0.0
    mean = math.fsum(weight * headroom for weight, headroom in scored if headroom is not None) / total
    spent = any(each.headroom == 0 or each.state is LimitState.UNKNOWN for each in applicable)
    return min(10 * mean, profile.fit_cap) if spent else 10 * mean


def _case(candidate: Candidate, desk: _Desk) -> Case:
    """The limits' view of one contract."""
    account, snapshot, held = desk.account, desk.snapshot, desk.positions
    unit = candidate_exposure(
        candidate,
        chain=snapshot.chains.get(candidate.underlying),
        facts=snapshot.facts.get(candidate.underlying),
        gap=desk.profile.overnight,
        broker=account.broker,
    )
    opened_today = (row.max_loss for row, each in zip(desk.reserved, desk.others, strict=True) if each.opened_today)
    return Case(
        nav=held.nav,
        held=(*held.exposures, *desk.reserved),
        sums=desk.sums,
        proposal=unit,
        profile=desk.profile,
        conditions=snapshot.conditions,
        spread=candidate.spread,
        day_opened_max_loss=math.fsum((account.opened_today_max_loss, *opened_today)),
        open_underlyings=held.optioned | {each.underlying for each in desk.others},
        configured_brokers=account.configured_brokers,
        undefined_risk=candidate.structure in UNDEFINED_RISK,
        loses_upwards=candidate.structure is StructureKind.STRANGLE,
        missing=_missing(candidate) | held.missing,
    )


def _sized(case: Case, contracts: int) -> Case:
    """From one contract to the whole trade."""
    if contracts == 1:
        return case
    return replace(case, proposal=scaled(case.proposal, contracts), contracts=contracts)


def _missing(candidate: Candidate) -> dict[str, str]:
    """Why the candidate's own amounts may be unknown."""
    amounts = ("dollar_delta", "gamma_1pct", "vega_point", "overnight_loss", "rise_loss")
    reason = f"no volatility explains the quote of {candidate.label}"
    return dict.fromkeys(amounts, reason) if candidate.greeks is None or candidate.iv is None else {}


def _own_limits(
    candidate: Candidate, desk: _Desk, sizing: SizingRule, sizing_confidence: float | None
) -> tuple[Limit, ...]:
    """The book's size, and what secures the trade."""
    left = available(desk.account, desk.positions, desk.others, sums=desk.sums)
    own = shares_of(candidate.book, desk.positions, desk.others, own_shares=sizing.own_shares)
    shares = own.get(candidate.underlying, 0)
    return (
        confidence_tier(sizing, profile=desk.profile, confidence=sizing_confidence),
        free_cash(required=candidate.cash_required, free=_secures(candidate, left, desk)),
        free_shares(required=candidate.shares_required, free=shares),
    )


def _capital(candidate: Candidate, sizing: SizingRule, plan: CapitalPlan, rollout: float) -> tuple[Limit, ...]:
    """The book's share of NAV, as far as it is rolled out, and what the plan keeps for others."""
    limits = capital_limits(candidate, plan)
    if sizing.leverage is not None:
        limits = (book_leverage(sizing.leverage, book=candidate.book), *limits)
    if sizing.capital is None and rollout == 1:
        return limits
    because = "the book's own share" + (f", {100 * rollout:g} % of it rolled out" if rollout < 1 else "")
    share = rollout * (1.0 if sizing.capital is None else sizing.capital)
    return (book_capital(share, book=candidate.book, because=because), *limits)


def _secures(candidate: Candidate, left: Holdings, desk: _Desk) -> float | None:
    """Free cash and what the reserve is sold for; of what stands on margin all that it secures, unsold."""
    if left.free_cash is None:
        return None
    if candidate.structure in UNDEFINED_RISK:
        return left.free_cash + left.pledged
    of_reserve = candidate.book in dict(desk.account.haircuts)
    return left.free_cash + raisable(desk.positions, of_reserve=of_reserve)


def _fixed(contracts: int) -> Sizing:
    return Sizing(contracts=contracts, binding="the size that was decided")
