"""What the positions of an account come to under a snapshot.

held at marks → terms of each underlying → Greeks → cover → exposures, NAV, free shares, what is unknown and why
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType

from tools.calendar.sessions import LAST
from tools.calendar.trading_time import Clock
from tools.domain.account import Account, Exposure
from tools.domain.chain import new_york_date
from tools.domain.contract import ExerciseStyle, Right
from tools.domain.market import InstrumentKind, Snapshot, UnderlyingFacts
from tools.portfolio.cover import Secured, secure
from tools.portfolio.greeks import UNPRICED, OptionGreeks, held_greeks, option_greeks
from tools.portfolio.held import Held, net_asset_value, read_held
from tools.portfolio.overnight import BOTH_WAYS, value_after
from tools.portfolio.sectors import sector_amounts
from tools.portfolio.terms import Terms, forward_terms, read_terms, written_on_forward
from tools.risk.measure import Sums
from tools.risk.profile import OvernightGap
from tools.sizing.collateral import naked_margin, undefined_risk_collateral


@dataclass(frozen=True, slots=True)
class Priced:
    """A position, what it is priced against (None where there is nothing), and if it is an option:

    greeks         of one long option
    fallen, risen  what it is worth per share after the gap, and after its mirror upwards
    """

    held: Held
    terms: Terms | None
    greeks: OptionGreeks = UNPRICED
    fallen: float = math.nan
    risen: float = math.nan


@dataclass(frozen=True)
class Positions:
    """Exposures of all positions, in their order, with what they leave free.

    nav          cash plus marks, `nan` when a mark is unknown
    locked_cash  cash that secures open positions, `nan` when unknown
    free_shares  shares by symbol that cover no open call
    optioned     underlyings with open option contracts
    shares       held by (book, symbol), covering or not; `called` what calls sold by a book lock, alike
    open_of      books with open positions
    pledged      what shares of the reserve books secure after their haircut, `nan` when unknown
    reserve      what those shares are worth; `raisable` what of `pledged` is sold where cash is short
    margin       of `locked_cash`, what stands on margin, which the reserve secures too
    priced       every position with what it is priced against, in their order
    missing      why an amount is unknown: `nav` or a field of `Exposure` → a phrase
    """

    nav: float
    exposures: tuple[Exposure, ...]
    locked_cash: float
    free_shares: dict[str, int]
    optioned: frozenset[str]
    missing: dict[str, str]
    shares: Mapping[tuple[str, str], int] = field(default_factory=dict)
    called: Mapping[tuple[str, str], int] = field(default_factory=dict)
    open_of: frozenset[str] = frozenset()
    pledged: float = 0.0
    reserve: float = 0.0
    raisable: float = 0.0
    margin: float = 0.0
    priced: tuple[Priced, ...] = ()

    @cached_property
    def sums(self) -> Sums:
        """Of the exposures, for whatever is added to them."""
        return Sums().plus(self.exposures)


def read_positions(
    account: Account,
    snapshot: Snapshot,
    *,
    clock: Clock,
    gap: OvernightGap,
    vols: Mapping[str, float] = MappingProxyType({}),
) -> Positions:
    """Mark, price and match the positions of `account`; reservations are not looked at.

    `snapshot.facts` is asked about every held underlying, whether the snapshot has a chain of it or not. `vols` by
    symbol (decimal per √year of the clock) go before what quotes and marks imply.
    """
    held = read_held(account, snapshot)
    priced = _priced(held, account, snapshot, clock, gap, vols)
    facts = [snapshot.facts.get(position.underlying) for position in held]
    cover = secure(
        held, naked=[_naked(each, known, account.margined) for each, known in zip(priced, facts, strict=True)]
    )
    exposures = tuple(
        _exposure(each, secured, known, gap=gap, broker=account.broker)
        for each, secured, known in zip(priced, cover.secured, facts, strict=True)
    )
    return Positions(
        nav=net_asset_value(account.cash, held),
        exposures=exposures,
        locked_cash=math.fsum(secured.cash for secured in cover.secured),
        free_shares=cover.free_shares,
        optioned=frozenset(position.underlying for position in held if position.contract is not None),
        missing=_missing(priced, exposures, snapshot),
        shares=_by_book(held, calls=False),
        called=_by_book(held, calls=True),
        open_of=frozenset(position.book for position in held),
        pledged=_pledged(held, dict(account.haircuts)),
        reserve=_pledged(held, {book: 0.0 for book, _ in account.haircuts}),
        raisable=_pledged(held, {book: cut for book, cut in account.haircuts if book in account.liquid}),
        margin=math.fsum(
            secured.cash for p, secured in zip(held, cover.secured, strict=True) if p.book in account.margined
        ),
        priced=tuple(priced),
    )


def _pledged(held: Iterable[Held], haircuts: Mapping[str, float]) -> float:
    shares = (p for p in held if p.contract is None and p.quantity > 0 and p.book in haircuts)
    return math.fsum(p.value * (1 - haircuts[p.book]) for p in shares)


def _by_book(held: Iterable[Held], *, calls: bool) -> dict[tuple[str, str], int]:
    """Shares by (book, symbol): held ones, or those that the book's short calls lock."""
    found: Counter[tuple[str, str]] = Counter()
    for position in held:
        contract = position.contract
        if contract is None and not calls:
            found[position.book, position.underlying] += position.quantity
        elif calls and contract is not None and contract.right is Right.CALL and position.quantity < 0:
            found[position.book, position.underlying] -= position.quantity * contract.multiplier
    return dict(found)


def _priced(
    held: Sequence[Held],
    account: Account,
    snapshot: Snapshot,
    clock: Clock,
    gap: OvernightGap,
    vols: Mapping[str, float],
) -> list[Priced]:
    terms = _terms(held, account, snapshot)
    quoted = held_greeks((position.symbol for position in held), snapshot, clock=clock)
    greeks: dict[int, OptionGreeks] = {}
    for (_, _, against), places in _priceable(held, terms, new_york_date(snapshot.as_of)).items():
        rows = {i: held[i] for i in places}
        greeks |= _greeks(rows, quoted, against, clock) | _priced_at_vols(vols, rows, against, clock)
    priced = [Priced(p, terms[i], greeks.get(i, UNPRICED)) for i, p in enumerate(held)]
    return _gapped(priced, gap)


def _terms(held: Sequence[Held], account: Account, snapshot: Snapshot) -> list[Terms | None]:
    """What each position is priced against: its underlying, or the forward that it is written on."""
    of_spot = read_terms(account, snapshot)
    on_forward = {p.underlying for p in held if p.contract is not None and written_on_forward(p.contract)}
    ahead = {symbol: forward_terms(snapshot.chains[symbol]) for symbol in on_forward & snapshot.chains.keys()}
    return [
        ahead.get(p.underlying, {}).get(p.contract.expiry)
        if p.contract is not None and written_on_forward(p.contract)
        else of_spot.get(p.underlying)
        for p in held
    ]


def _priceable(
    held: Sequence[Held], terms: Sequence[Terms | None], today: date
) -> dict[tuple[str, ExerciseStyle, Terms], list[int]]:
    """Places of the options that live and are what they seem, by underlying, style and terms."""
    groups: dict[tuple[str, ExerciseStyle, Terms], list[int]] = {}
    for i, (position, against) in enumerate(zip(held, terms, strict=True)):
        contract = position.contract
        if contract is None or against is None or contract.is_adjusted:
            continue
        if today <= contract.expiry <= LAST:
            groups.setdefault((position.underlying, contract.style, against), []).append(i)
    return groups


def _greeks(
    rows: Mapping[int, Held], quoted: Mapping[str, OptionGreeks], terms: Terms, clock: Clock
) -> dict[int, OptionGreeks]:
    """By place; from the chain's quote where it explains itself, else from the mark."""
    told = {place: quoted[held.symbol] for place, held in rows.items() if held.symbol in quoted}
    unpriced = {p: held.quote for p, held in rows.items() if p not in told and not math.isnan(held.quote)}
    found = dict.fromkeys(rows, UNPRICED) | told | _priced_at(unpriced, rows, terms, clock)
    silent = {place: rows[place].mark for place, greeks in found.items() if not greeks.known}
    return found | _priced_at(silent, rows, terms, clock)


def _priced_at(
    prices: Mapping[int, float], rows: Mapping[int, Held], terms: Terms, clock: Clock
) -> dict[int, OptionGreeks]:
    """By place, the Greeks at which each of `prices` explains itself."""
    contracts = [contract for place in prices if (contract := rows[place].contract) is not None]
    if not contracts:
        return {}
    found = option_greeks(contracts, list(prices.values()), terms=terms, clock=clock)
    return dict(zip(prices, found, strict=True))


def _priced_at_vols(
    vols: Mapping[str, float], rows: Mapping[int, Held], terms: Terms, clock: Clock
) -> dict[int, OptionGreeks]:
    """By place, the Greeks of what a vol is told of."""
    told = {place: each.contract for place, each in rows.items() if each.contract and each.symbol in vols}
    if not told:
        return {}
    known = [vols[rows[place].symbol] for place in told]
    return dict(zip(told, option_greeks([*told.values()], vols=known, terms=terms, clock=clock), strict=True))


def _naked(priced: Priced, facts: UnderlyingFacts | None, margined: Collection[str]) -> float:
    """Collateral of one bare short option: the larger of margin and its loss in the gap against it (D1).

    `nan` for puts of books that secure them with cash.
    """
    position, contract, terms = priced.held, priced.held.contract, priced.terms
    if contract is None or terms is None or position.quantity > 0:
        return math.nan
    if contract.right is Right.PUT and position.book not in margined:
        return math.nan
    margin = naked_margin(
        right=contract.right, strike=contract.strike, spot=terms.spot, mark=position.mark,
        broad_index=facts is not None and facts.broad_index, multiplier=contract.multiplier,
    )  # fmt: skip
    stressed = priced.risen if contract.right is Right.CALL else priced.fallen
    return undefined_risk_collateral(margin=margin, stress_loss=(stressed - position.mark) * contract.multiplier)


def _exposure(
    priced: Priced, secured: Secured, facts: UnderlyingFacts | None, *, gap: OvernightGap, broker: str
) -> Exposure:
    """Shares at δ = 1; options by their Greeks, what they are written on (spot or forward) and multiplier."""
    position, greeks, terms = priced.held, priced.greeks, priced.terms
    units = position.quantity * position.multiplier
    if position.contract is None:
        spot = position.mark if terms is None else terms.spot
        delta, gamma, vega, theta = units * spot * leans(facts), 0.0, 0.0, 0.0
        fall, rise = -delta * gap.move, delta * gap.move
    else:
        spot = math.nan if terms is None else terms.spot
        delta, gamma = greeks.delta * units * spot, greeks.gamma * units * spot**2 * 0.01
        vega, theta = greeks.vega * units, greeks.theta * units
        fall, rise = units * (position.mark - priced.fallen), units * (position.mark - priced.risen)
    sectors, exempt = sector_amounts(facts, secured.collateral)
    return Exposure(
        underlying=position.underlying,
        dollar_delta=delta,
        gamma_1pct=gamma,
        vega_point=vega,
        theta_day=theta,
        collateral=secured.collateral,
        max_loss=secured.collateral,
        notional=secured.notional,
        sectors=sectors,
        sector_exempt=exempt,
        broker=broker,
        overnight_loss=fall,
        rise_loss=rise,
        book=position.book,
    )


def leans(facts: UnderlyingFacts | None) -> float:
    """The delta of one share: bills are cash, which a fall of the market leaves where it is."""
    return 0.0 if facts is not None and facts.kind is InstrumentKind.BILLS else 1.0


def _gapped(priced: Sequence[Priced], gap: OvernightGap) -> list[Priced]:
    """With what every option is worth after the gap, both ways; `nan` without a volatility."""
    found = list(priced)
    known = [
        (i, each.held.contract, each.terms, each.greeks.iv)
        for i, each in enumerate(priced)
        if each.held.contract is not None and each.terms is not None and not math.isnan(each.greeks.iv)
    ]
    if not known:
        return found
    places, contracts, terms, vols = zip(*known, strict=True)
    after = value_after(
        right=[contract.right.sign for contract in contracts],
        strike=[contract.strike for contract in contracts],
        vol=vols,
        spot=[each.spot for each in terms],
        rate=[each.rate for each in terms],
        dte=[(c.expiry - new_york_date(each.as_of)).days for c, each in zip(contracts, terms, strict=True)],
        dividend_yield=[each.dividend_yield for each in terms],
        gap=gap,
        upwards=BOTH_WAYS,
        is_volatility=[written_on_forward(contract) for contract in contracts],
    )
    for i, fallen, risen in zip(places, *after.tolist(), strict=True):
        each = priced[i]
        found[i] = Priced(each.held, each.terms, each.greeks, fallen, risen)
    return found


def _missing(priced: Sequence[Priced], exposures: Sequence[Exposure], snapshot: Snapshot) -> dict[str, str]:
    """Why amounts are unknown, the first position in question named."""
    missing: dict[str, str] = {}
    for each, exposure in zip(priced, exposures, strict=True):
        symbol = each.held.symbol
        if math.isnan(each.held.mark):
            missing.setdefault("nav", f"{symbol} has no price in the account and none in the snapshot")
        for amount in ("dollar_delta", "gamma_1pct", "vega_point", "overnight_loss", "rise_loss"):
            if math.isnan(getattr(exposure, amount)):
                missing.setdefault(amount, f"the Greeks of {symbol} are unknown: {_why(each, snapshot)}")
        if math.isnan(exposure.collateral):
            for amount in ("collateral", "notional", "sectors"):
                missing.setdefault(amount, f"what secures {symbol} is unknown")
    return missing


def _why(priced: Priced, snapshot: Snapshot) -> str:
    """Why a position has no Greeks."""
    position, contract, terms = priced.held, priced.held.contract, priced.terms
    if contract is not None and contract.is_adjusted:
        return "it is an adjusted contract"
    if contract is not None and contract.expiry < new_york_date(snapshot.as_of):
        return f"it expired on {contract.expiry}; reconcile the account"
    if contract is not None and contract.expiry > LAST:
        return f"its expiry {contract.expiry} lies beyond the exchange calendar"
    if math.isnan(position.mark):
        return "it has no price"
    if not snapshot.chains:
        return "the snapshot holds no chain, and no interest rate without one"
    if terms is None and contract is not None and written_on_forward(contract):
        return f"the snapshot's quotes tell no forward of {position.underlying} for {contract.expiry}"
    if terms is None:
        return f"the snapshot holds no chain of {position.underlying} and the account no price of it"
    return f"no volatility explains its price {position.mark:,.2f} with {position.underlying} at {terms.spot:,.2f}"
