"""Spec B3 to B6 read aloud: every combination enumerated in plain Python, one number at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import product
from statistics import NormalDist
from typing import Any

import numpy as np

from tests.tools.screening.samples import TODAY
from tests.tools.screening.test_screen import judge
from tools.calendar.expiries import expiry_instant, settlement_of
from tools.calendar.trading_time import units
from tools.domain.chain import Chain
from tools.domain.contract import ExerciseStyle
from tools.domain.market import UnderlyingFacts
from tools.domain.score import FilterState
from tools.domain.structure import StructureKind
from tools.pricing.quotes import QuoteGreeks
from tools.screening.holdings import Holdings
from tools.screening.strikes import StrikeBasis, StrikeChoice

Body = dict[str, dict[str, Any]]
Answer = tuple[FilterState, float | None]
PUT, CALL = -1, 1
EVERY_LEG = {"quoted", "bid", "spread"}
UNIT = {"credit", "credit_to_width", "net_delta", "premium_yield", "buying_power"}
SHARED = {"blackout", "iv_rank", "direction", "cash_settled"}
# (right, quantity) of each leg, in the order candidates show them.
LEGS = {
    StructureKind.PUT_CREDIT_SPREAD: ((PUT, -1), (PUT, 1)),
    StructureKind.CALL_CREDIT_SPREAD: ((CALL, -1), (CALL, 1)),
    StructureKind.IRON_CONDOR: ((PUT, 1), (PUT, -1), (CALL, -1), (CALL, 1)),
    StructureKind.STRANGLE: ((PUT, -1), (CALL, -1)),
    StructureKind.INDEX_PUT: ((PUT, -1),),
}


@dataclass
class Unit:
    """One combination: what it is worth and what every rule says of it."""

    rows: tuple[int, ...]
    credit: float
    natural: float
    collateral: float
    pop: float | None
    delta: float | None
    answers: dict[str, Answer] = field(default_factory=dict)

    @property
    def mean(self) -> float:
        margins = [margin for _, margin in self.answers.values() if margin is not None]
        return sum(margins) / len(margins)

    @property
    def unknown(self) -> int:
        return sum(state is FilterState.UNKNOWN for state, _ in self.answers.values())


@dataclass
class Desk:
    chain: Chain
    kind: StructureKind
    body: Body
    facts: UnderlyingFacts
    holdings: Holdings
    greeks: QuoteGreeks
    choice: StrikeChoice

    def candidates(self) -> list[Unit]:
        """Every unit that fails no required rule."""
        shared = {rule: self.judge(rule, self.shared(rule)) for rule in self.body if rule in SHARED}
        if any(self.refuses(rule, answer) for rule, answer in shared.items()):
            return []
        found = []
        for rows in self.combinations():
            unit = self.unit(rows)
            unit.answers = {
                rule: shared[rule] if rule in shared else self.of_unit(rule, unit) for rule in self.body
            }
            if not any(self.refuses(rule, answer) for rule, answer in unit.answers.items()):
                found.append(unit)
        return found

    def combinations(self) -> list[tuple[int, ...]]:
        shorts = self.chosen([row for row in range(len(self.chain)) if self.can_be_sold(row)])
        longs = [row for row in range(len(self.chain)) if self.can_protect(row)]
        found = []
        for day, root in {(self.chain.expiry[row], str(self.chain.root[row])) for row in shorts}:
            offered = [
                [
                    row
                    for row in (shorts if quantity < 0 else longs)
                    if self.chain.right[row] == right
                    and self.chain.expiry[row] == day
                    and self.chain.root[row] == root
                ]
                for right, quantity in LEGS[self.kind]
            ]
            found += [rows for rows in product(*offered) if self.fits(rows)]
        return found

    def fits(self, rows: tuple[int, ...]) -> bool:
        chain, choice = self.chain, self.choice
        widths = self.widths(rows)
        if choice.width is not None and widths:
            low, high = (round(share * chain.spot, 9) for share in choice.width)
            if not all(low - 1e-9 <= width <= high + 1e-9 for width in widths):
                return False
        signs = [LEGS[self.kind][i][0] for i in range(len(rows))]
        for i, j in product(range(len(rows)), repeat=2):
            bought_against = LEGS[self.kind][i][1] < 0 < LEGS[self.kind][j][1] and signs[i] == signs[j]
            if bought_against and not signs[i] * (chain.strike[rows[j]] - chain.strike[rows[i]]) > 0:
                return False
        return len({round(width, 6) for width in widths}) <= 1

    def widths(self, rows: tuple[int, ...]) -> list[float]:
        found = []
        for right in (PUT, CALL):
            strikes = [
                self.chain.strike[r] for r, leg in zip(rows, LEGS[self.kind], strict=True) if leg[0] == right
            ]
            if len(strikes) == 2:
                found.append(abs(float(strikes[0] - strikes[1])))
        return found

    # --- contracts ---

    def standard(self, row: int) -> bool:
        right, strike = self.chain.right[row], self.chain.strike[row]
        wanted = right in {leg[0] for leg in LEGS[self.kind]}
        return bool(
            wanted and right * (strike - self.chain.spot) > 0 and not str(self.chain.root[row])[-1].isdigit()
        )

    def can_be_sold(self, row: int) -> bool:
        rules = [rule for rule in self.body if rule not in SHARED | UNIT]
        return self.standard(row) and not any(self.refuses(rule, self.of_leg(rule, row)) for rule in rules)

    def can_protect(self, row: int) -> bool:
        rules = EVERY_LEG & self.body.keys()
        return self.standard(row) and not any(self.refuses(rule, self.of_leg(rule, row)) for rule in rules)

    def chosen(self, rows: list[int]) -> list[int]:
        groups: dict[tuple[Any, ...], list[tuple[float, float, int]]] = {}
        for row in rows:
            miss = self.miss(row)
            if miss is not None:
                outwards = -abs(float(self.chain.strike[row]) - self.chain.spot)
                key = (self.chain.expiry[row], str(self.chain.root[row]), int(self.chain.right[row]))
                groups.setdefault(key, []).append((miss, outwards, row))
        return [row for group in groups.values() for _, _, row in sorted(group)[: self.choice.nearest]]

    def miss(self, row: int) -> float | None:
        target = self.choice.target or 0.0
        if self.choice.by is StrikeBasis.DELTA:
            delta = float(self.greeks.delta[row])
            return None if math.isnan(delta) else abs(abs(delta) - target)
        if self.choice.by is StrikeBasis.DISTANCE:
            return abs(abs(float(self.chain.strike[row]) / self.chain.spot - 1) - target)
        share = self.premium_share(row)
        return 1 - share if share is not None and share <= 1 else None

    def premium_share(self, row: int) -> float | None:
        day, root = self.chain.expiry[row].astype(object), str(self.chain.root[row])
        alive = units(self.chain.as_of, expiry_instant(day, settlement_of(root)))
        mid = self.mid(row)
        if alive <= 0 or math.isnan(mid):
            return None
        return mid / ((self.choice.target or 0.0) * self.chain.spot * alive)

    def mid(self, row: int) -> float:
        return float(self.chain.bid[row] + self.chain.ask[row]) / 2

    def of_leg(self, rule: str, row: int) -> Answer:
        chain = self.chain
        bid, ask, mid = float(chain.bid[row]), float(chain.ask[row]), self.mid(row)
        if rule == "ex_dividend" and chain.style is ExerciseStyle.EUROPEAN:
            return FilterState.NOT_APPLICABLE, None
        inside = [d.cash for d in chain.dividends if d.ex_date <= chain.expiry[row].astype(object)]
        values: dict[str, float | None] = {
            "quoted": float(not chain.filled[row]),
            "bid": float(bid > 0 and ask >= bid),
            "spread": (ask - bid) / mid if mid > 0 else None,
            "volume": float(chain.volume[row]),
            "open_interest": float(chain.open_interest[row]),
            "dte": float((chain.expiry[row].astype(object) - TODAY).days),
            "delta": abs(float(self.greeks.delta[row])),
            "premium_to_target": self.premium_share(row),
            "ex_dividend": math.nan
            if math.isnan(mid)
            else float(chain.right[row] < 0 or mid >= max(inside, default=-math.inf)),
        }
        return self.judge(rule, values[rule])

    # --- units ---

    def unit(self, rows: tuple[int, ...]) -> Unit:
        chain, legs = self.chain, LEGS[self.kind]
        natural = cost = 0.0
        for row, (_, quantity) in zip(rows, legs, strict=True):
            low, high = float(chain.bid[row]), float(chain.ask[row])
            natural += -quantity * (low if quantity < 0 else high)
            cost += -quantity * (high if quantity < 0 else low)
        credit = (natural + cost) / 2
        delta = sum(q * float(self.greeks.delta[row]) for row, (_, q) in zip(rows, legs, strict=True))
        shorts = [row for row, (_, quantity) in zip(rows, legs, strict=True) if quantity < 0]
        return Unit(
            rows=rows,
            credit=credit,
            natural=natural,
            collateral=self.collateral(rows, shorts, credit),
            pop=self.pop(shorts, credit),
            delta=None if math.isnan(delta) else delta,
        )

    def collateral(self, rows: tuple[int, ...], shorts: list[int], credit: float) -> float:
        if self.widths(rows):
            return max(self.widths(rows)) - credit
        margins = [self.margin(row) for row in shorts]
        marks = [self.mid(row) for row in shorts]
        if len(shorts) == 1:
            return margins[0]
        larger = 0 if margins[0] >= margins[1] else 1
        return margins[larger] + marks[1 - larger]

    def margin(self, row: int) -> float:
        spot, strike, right = self.chain.spot, float(self.chain.strike[row]), int(self.chain.right[row])
        away = max(0.0, right * (strike - spot))
        rate = 0.15 if self.facts.broad_index else 0.20
        return self.mid(row) + max(rate * spot - away, 0.10 * (strike if right < 0 else spot))

    def pop(self, shorts: list[int], credit: float) -> float | None:
        """P(S_T above the put's breakeven) less P(S_T above the call's), each with its own volatility."""
        total = 1.0
        for row in shorts:
            right, strike = int(self.chain.right[row]), float(self.chain.strike[row])
            level, iv = strike + right * credit, float(self.greeks.iv[row])
            if math.isnan(iv):
                return None
            worth = sum(
                d.cash * math.exp(-self.chain.rate * (d.ex_date - TODAY).days / 365)
                for d in self.chain.dividends
                if d.ex_date <= self.chain.expiry[row].astype(object)
            )
            forward = (self.chain.spot - worth) * math.exp(self.chain.rate * float(self.greeks.calendar_years[row]))
            s = iv * math.sqrt(float(self.greeks.years[row]))
            below = NormalDist().cdf((math.log(level / forward) + s * s / 2) / s) if level > 0 else 0.0
            total -= below if right < 0 else 1 - below
        return max(total, 0.0)

    def of_unit(self, rule: str, unit: Unit) -> Answer:
        legs = LEGS[self.kind]
        if rule not in UNIT:
            judged = [r for r, (_, q) in zip(unit.rows, legs, strict=True) if q < 0 or rule in EVERY_LEG]
            return max((self.of_leg(rule, row) for row in judged), key=gravity)
        width = max(self.widths(unit.rows), default=math.inf)
        days = (self.chain.expiry[unit.rows[0]].astype(object) - TODAY).days
        cash = self.holdings.free_cash
        values: dict[str, float | None] = {
            "credit": float(0 < unit.credit < width),
            "credit_to_width": unit.credit / width,
            "net_delta": None if unit.delta is None else abs(unit.delta),
            "premium_yield": unit.credit / unit.collateral * 365 / max(days, 1) if unit.collateral else None,
            "buying_power": None if cash is None or unit.collateral <= 0 else cash / (100 * unit.collateral),
        }
        return self.judge(rule, values[rule])

    def shared(self, rule: str) -> float | None:
        facts = self.facts
        if rule == "iv_rank":
            return facts.iv_rank.value
        if rule == "direction":
            if facts.rsi_14.value is None or facts.sma_20.value is None:
                return None
            up = facts.rsi_14.value > 50 and self.chain.spot > facts.sma_20.value
            down = facts.rsi_14.value < 50 and self.chain.spot < facts.sma_20.value
            sold = {right for right, quantity in LEGS[self.kind] if quantity < 0}
            return float((up and PUT in sold) or (down and CALL in sold))
        return float(rule == "blackout" or self.chain.style is ExerciseStyle.EUROPEAN)

    def judge(self, rule: str, value: float | None) -> Answer:
        return judge(self.body[rule], None if value is None or np.isnan(value) else value, None)

    def refuses(self, rule: str, answer: Answer) -> bool:
        return answer[0] is FilterState.FAIL and self.body[rule].get("required", True)


def gravity(answer: Answer) -> tuple[int, float]:
    order = [FilterState.NOT_APPLICABLE, FilterState.PASS, FilterState.FAIL, FilterState.UNKNOWN]
    return order.index(answer[0]), -(answer[1] or 0.0)
