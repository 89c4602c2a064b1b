"""The engine against a slow one of plain Python: random markets, books and costs, trade by trade and day by day."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from tests.tools.backtest.oracle import Approved, Day, Option, Quote, SlowEngine, Terms
from tools.backtest.costs import Commissions, FillStyle, Slippage
from tools.backtest.engine import Engine
from tools.backtest.plan import Plan
from tools.backtest.simulated import SimulatedHistory
from tools.books.book import Book
from tools.books.load import shipped_book
from tools.calendar.sessions import last_session, next_session
from tools.data.simulated.past import SimulatedPast, invented
from tools.domain.chain import new_york_date
from tools.domain.contract import OptionContract, Right
from tools.domain.decision import Outcome
from tools.domain.market import Snapshot
from tools.domain.order import client_order_id
from tools.domain.structure import Leg
from tools.execution.fill_model import draw
from tools.portfolio.exit_rules import ExitRules
from tools.portfolio.rolls import RollRules
from tools.screening.rules import Rule

SYMBOL = "SPY"
PUTS, CALLS = "cash_secured_put", "covered_call"
SEEDS = (8, 10)
WINDOW = 30
"""Sessions: longer than most trades of these books may live."""


def book_of(name: str, chance: random.Random) -> tuple[Book, dict[str, float]]:
    """A book with exits at random, and these as numbers; trades short enough to end within the window."""
    patient = chance.random() < 0.3  # kept to its expiry, and assigned where it ends in the money
    bounds = (
        dict.fromkeys(("take_profit", "adverse_stop", "expiry_day", "time_stop", "vix_rise"))
        if patient
        else {
            "take_profit": chance.choice([None, 0.25, 0.5, 0.8]),
            "adverse_stop": chance.choice([None, 0.5, 1.0, 2.0]),
            "expiry_day": chance.choice([None, 1.0]),
            "time_stop": chance.choice([None, 3, 5]),
            "vix_rise": chance.choice([None, 0.15, 0.5]),
        }
    )
    told = {key: value for key, value in bounds.items() if value is not None}
    exits = {**bounds, "expiry_day": bounds["expiry_day"] is not None}
    off = {"iv_over_mean": None, "spread_rise": None, "ex_dividend": None, "assignment": None}
    shipped = shipped_book(name)
    days = shipped.entry[Rule.DTE].model_copy(update={"low": 7.0, "high": 60.0, "target": 15.0})
    changes = {
        "exits": ExitRules(**(exits | off)),
        "rolls": RollRules(),
        "entry": {**shipped.entry, Rule.DTE: days},
    }
    as_numbers = {key: -value if key == "time_stop" else float(value) for key, value in told.items()}
    return shipped.model_copy(update=changes), as_numbers


def plan_at(seed: int, first: date, last: date) -> tuple[Plan, Terms]:
    chance = random.Random(seed)
    (puts, of_puts), (calls, of_calls) = book_of(PUTS, chance), book_of(CALLS, chance)
    slippage = Slippage(
        style=chance.choice(list(FillStyle)),
        at_mid=chance.choice([0.2, 0.5, 0.9]),
        share=chance.choice([0.0, 0.5, 1.0]),
        participation=chance.choice([0.0, 0.001, 0.1]),
    )
    commissions = Commissions(
        per_contract=Decimal(chance.choice(["0", "0.65"])), per_order=Decimal(chance.choice(["0", "1"]))
    )
    plan = Plan(
        books=(puts, calls), first=first, last=last, capital=float(chance.choice([400_000, 2_000_000])),
        people=chance.choice(["refuse", "approve"]), slippage=slippage, commissions=commissions,
        interest=chance.random() < 0.5, holdings={SYMBOL: 500}, confidence=9.0,
    )  # fmt: skip
    send = plan.house.send
    terms = Terms(
        exits={PUTS: of_puts, CALLS: of_calls}, order=(PUTS, CALLS), holdings=500, writer=CALLS,
        budget=plan.house.budget, per_contract=commissions.per_contract, per_order=commissions.per_order,
        worked=slippage.style is FillStyle.WORKED, at_mid=slippage.at_mid, share=slippage.share,
        participation=slippage.participation, share_cost=slippage.shares, interest=plan.interest,
        collar=send.collar, collar_ticks=send.collar_ticks,
    )  # fmt: skip
    return plan, terms


def day_of(snapshot: Snapshot, market: SimulatedHistory) -> Day:
    """What the slow engine is shown of a look: plain numbers."""
    chain = snapshot.chains[SYMBOL]
    columns = (chain.expiry.tolist(), chain.right.tolist(), chain.strike.tolist())
    quotes = zip(chain.bid.tolist(), chain.ask.tolist(), chain.volume.tolist(), strict=True)
    today = new_york_date(snapshot.as_of)
    tomorrow = next_session(today)
    vix = snapshot.conditions.vix
    return Day(
        day=today, spot=chain.spot, rate=chain.rate, vix=vix.value,
        quotes={
            Option(expiry, right > 0, strike): Quote(*quote)
            for expiry, right, strike, quote in zip(*columns, quotes, strict=True)
        },
        close=market.close(SYMBOL, today), dividend=market.going_ex(SYMBOL, today),
        dividend_tomorrow=market.going_ex(SYMBOL, tomorrow), days_to_tomorrow=(tomorrow - today).days,
        tomorrow=tomorrow,
    )  # fmt: skip


def contract_of(option: Option) -> OptionContract:
    right = Right.CALL if option.call else Right.PUT
    return OptionContract(underlying=SYMBOL, root=SYMBOL, expiry=option.expiry, right=right, strike=option.strike)


def order_id(decision: str, option: Option, quantity: int, revision: int) -> str:
    return client_order_id(decision, (Leg(contract=contract_of(option), quantity=quantity),), revision)


def walk(seed: int) -> Counter[str]:
    """One window of one market through both; how its trades ended."""
    past = SimulatedPast(seed=seed, driver=invented(seed=seed), symbols=(SYMBOL,))
    market = SimulatedHistory(past)
    begin = random.Random(seed).randrange(260, len(past.sessions) - WINDOW - 5)
    first, last = (date.fromisoformat(str(past.sessions[row])) for row in (begin, begin + WINDOW - 1))
    plan, terms = plan_at(seed, first, last)
    engine = Engine(market, plan)
    slow = SlowEngine(
        terms,
        lambda name, price: draw(0, "fill", name, price),
        order_id,
        last_session,
        Decimal(repr(plan.capital)),
    )
    seen = 0
    for snapshot in market.looks(first, last):
        engine.day(snapshot)
        made, seen = engine.journal.decisions[seen:], len(engine.journal.decisions)
        slow.day(day_of(snapshot, market), list(approved(made)))
        where = f"seed {seed}, {new_york_date(snapshot.as_of)}"
        assert engine.books.cash == slow.cash, where
        assert [(each.id, each.contracts) for each in engine.blotter.open.values()] == [
            (each.id, each.left) for each in slow.open
        ], where
        held = Counter[str]()
        for line in engine.books.lines():
            held[line.book] += line.quantity if line.symbol == SYMBOL else 0
        assert {book: count for book, count in held.items() if count} == slow.shares, where
    ended = [
        (each.id, each.contracts, new_york_date(each.closed_at), each.exit.split(":")[0], each.pnl)
        for each in engine.journal.trades
    ]
    assert sorted(ended) == sorted(tuple(each) for each in slow.over)
    assert ended or not slow.over
    return Counter(each.why for each in slow.over) + Counter(each.book for each in engine.journal.trades)


def approved(made: list[object]) -> Iterator[Approved]:
    for each in made:
        candidate, fit = each.candidate, each.fit  # type: ignore[attr-defined]
        if each.outcome is Outcome.APPROVED and fit is not None and fit.contracts:  # type: ignore[attr-defined]
            contract = candidate.legs[0].contract
            option = Option(contract.expiry, contract.right is Right.CALL, contract.strike)
            yield Approved(candidate.id, candidate.book, option, fit.contracts, candidate.credit)


def test_both_engines_agree_trade_by_trade() -> None:
    """Sixty days of two markets: gains, stops, expiries worthless and in the money, of puts and of calls."""
    ends = Counter[str]()
    for seed in SEEDS:
        ends += walk(seed)
    assert {PUTS, CALLS, "take_profit", "adverse_stop", "worthless", "assigned"} <= set(ends)
    assert ends[PUTS] + ends[CALLS] >= 10


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 118))
def test_many_random_days_agree(seed: int) -> None:
    """18 markets of 30 sessions: 540 days."""
    walk(seed)
