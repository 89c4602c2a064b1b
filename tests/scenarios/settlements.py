"""How trades end or go on without an order: expiry, exercise, assignment, settlement in cash, delivery, splits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.scenarios.bells import (
    closes_at,
    delivered,
    enters,
    goes_ex,
    happened,
    has,
    is_assigned,
    lives_until,
    opens_at,
    over,
    sells_what_was_delivered,
    splits,
    stamped,
    tells,
    trade,
)
from tests.scenarios.expected import differs, earned, is_order, refused, sent
from tests.scenarios.steps import at, closes, dies, fills, later, on_pause, promised, quotes, runs
from tests.scenarios.world import Step, scenario
from tests.tools.ledger.specimens import leg
from tools.domain.activity import Delivery
from tools.domain.contract import ExerciseStyle, OptionContract, Right
from tools.domain.structure import Leg

PUT, LOW, CALL = (each.contract.occ for each in (leg(480), leg(470), leg(520, right=Right.CALL)))
MONDAY = "2026-12-21 09:45"
"""The session after their expiry, Friday, 18 December 2026."""

SOLD = (promised(), on_pause(1, fills(4)), runs)
"""Four puts at 2.50: 997.40 after commissions."""

SPREAD = (promised(legs=(leg(480), leg(470, 1)), contracts=2), on_pause(1, fills(2)), runs)
"""Two spreads for 2.50: 500 less 2.60."""

COVERED = (promised(legs=(leg(520, right=Right.CALL),), contracts=3), on_pause(1, fills(3)), runs)
"""Three calls on the 300 shares: 748.05."""


def ending(expiry: date, *, strike: float = 480) -> tuple[Step, ...]:
    """One put of another expiry: 250 less 0.65."""
    contract = OptionContract(underlying="SPY", root="SPY", expiry=expiry, right=Right.PUT, strike=strike)
    return promised(legs=(Leg(contract=contract, quantity=-1),), contracts=1), on_pause(1, fills(1)), runs


def index_put(root: str, expiry: date = date(2026, 12, 18)) -> tuple[Step, ...]:
    """One on an index, which pays its value in cash: 250 less 0.65."""
    contract = OptionContract(
        underlying="SPX", root=root, expiry=expiry, right=Right.PUT, strike=6000, style=ExerciseStyle.EUROPEAN
    )
    return promised(legs=(Leg(contract=contract, quantity=-1),), contracts=1), on_pause(1, fills(1)), runs


EXPIRIES = (
    scenario("a put that ends out of the money", *SOLD, closes_at(SPY=490.0), lives_until(MONDAY), over,
             happened("expired"), earned("997.40"), has("SPY", 300), stamped("2026-12-18 16:00")),
    scenario("a put that ends in the money is assigned and its shares are sold", *SOLD, closes_at(SPY=475.0),
             lives_until(MONDAY), delivered(400), happened("assigned"), has("SPY", 700), earned("-191002.60"),
             quotes(476.00, 476.02), sells_what_was_delivered("476.00"), on_pause(1, fills(400)), runs, over,
             has("SPY", 300), earned("-602.60")),
    scenario("pinned at the strike: worthless", *SOLD, closes_at(SPY=480.0), lives_until(MONDAY), over,
             happened("expired")),
    scenario("pinned a cent in the money: assigned", *SOLD, closes_at(SPY=479.99), lives_until(MONDAY),
             delivered(400)),
    scenario("pinned half a cent in the money: worthless by the published close", *SOLD, closes_at(SPY=479.996),
             lives_until(MONDAY), over, happened("expired")),
    scenario("pinned, and the broker says otherwise: its word counts", *SOLD, lives_until("2026-12-18 17:30"),
             is_assigned(PUT, 3), enters, trade((-1, PUT), contracts=1), closes_at(SPY=480.0), lives_until(MONDAY),
             delivered(300), happened("assigned", "expired")),
    scenario("a covered call in the money: the shares go at the strike", *COVERED, closes_at(SPY=530.0),
             lives_until(MONDAY), has("SPY", 0), has(CALL, 0), earned("156748.05"), happened("assigned")),
    scenario("a covered call out of the money", *COVERED, closes_at(SPY=510.0), lives_until(MONDAY), over,
             has("SPY", 300)),
    scenario("a spread below both strikes: assigned and exercised, no share left", *SPREAD, closes_at(SPY=460.0),
             lives_until(MONDAY), over, has("SPY", 300), earned("-1502.60"), happened("exercised", "assigned")),
    scenario("a spread between its strikes: the short leg delivers, the long one is gone", *SPREAD,
             closes_at(SPY=475.0), lives_until(MONDAY), delivered(200), has(LOW, 0), earned("-95502.60")),
    scenario("a spread above both strikes", *SPREAD, closes_at(SPY=490.0), lives_until(MONDAY), over,
             earned("497.40"), happened("expired", "expired")),
    scenario("at the close of a half day", *ending(date(2026, 11, 27)), closes_at(SPY=490.0),
             lives_until("2026-11-27 12:59"), trade((-1, "SPY261127P00480000"), contracts=1),
             lives_until("2026-11-27 13:00"), over, stamped("2026-11-27 13:00")),
    scenario("the Friday before the clocks go forward", *ending(date(2027, 3, 12)), closes_at(SPY=490.0),
             lives_until("2027-03-12 15:59"), trade((-1, "SPY270312P00480000"), contracts=1),
             lives_until("2027-03-15 09:30"), over, stamped("2027-03-12 16:00")),
    scenario("the Monday after the clocks went forward", *ending(date(2027, 3, 15)), closes_at(SPY=490.0),
             lives_until("2027-03-15 15:59"), trade((-1, "SPY270315P00480000"), contracts=1),
             lives_until("2027-03-15 16:00"), over, stamped("2027-03-15 16:00")),
    scenario("halted over its expiry: nothing ends until a price is known", *SOLD, lives_until(MONDAY),
             trade((-1, PUT), contracts=4), earned("997.40"),
             closes_at(SPY=490.0), lives_until("2026-12-22 09:45"), over, happened("expired")),
    scenario("looked at for the first time weeks later", *SOLD, closes_at(SPY=475.0),
             lives_until("2027-01-25 15:45"), delivered(400), stamped("2026-12-18 16:00")),
)  # fmt: skip

IN_CASH = (
    scenario("an index put settles in cash at the close", *index_put("SPXW"), closes_at(SPX=5990.0),
             lives_until(MONDAY), over, happened("settled"), earned("-750.65"), stamped("2026-12-18 16:00")),
    scenario("an index put settles in cash at the opening, whatever the close", *index_put("SPX"),
             opens_at(SPX=5980.0), closes_at(SPX=6100.0), lives_until("2026-12-18 09:45"), over,
             happened("settled"), earned("-1750.65"), stamped("2026-12-18 09:30")),
    scenario("an index put out of the money by the opening, in it by the close", *index_put("SPX"),
             opens_at(SPX=6020.0), closes_at(SPX=5900.0), lives_until(MONDAY), over, happened("expired"),
             earned("249.35")),
    scenario("an index put on a half day", *index_put("SPXW", date(2026, 11, 27)), closes_at(SPX=6000.0),
             lives_until("2026-11-27 13:00"), over, happened("expired"), stamped("2026-11-27 13:00")),
)  # fmt: skip

ASSIGNMENTS = (
    scenario("one of four is assigned early", *SOLD, later(days=3), is_assigned(PUT, 1), enters,
             trade((-1, PUT), contracts=3), has("SPY", 400)),
    scenario("early assignment of one leg orphans the other", *SPREAD, later(days=3), is_assigned(PUT, 2), enters,
             trade((1, LOW), contracts=2, broken=True), has("SPY", 500), earned("-95502.60")),
    scenario("early assignment of one leg in part", *SPREAD, later(days=3), is_assigned(PUT, 1), enters,
             trade((-1, PUT), (2, LOW), contracts=1, broken=True)),
    scenario("a covered call is called away early", *COVERED, later(days=3), is_assigned(CALL, 3), enters,
             has("SPY", 0), has(CALL, 0)),
    scenario("what was bought is exercised early, shares and all", *SPREAD, later(days=3),
             tells("exercised", LOW, -2, delivered=Delivery(symbol="SPY", quantity=-200, price=Decimal(470)),
                   cash=Decimal(94_000)),
             enters, trade((-1, PUT), contracts=2, broken=True), has("SPY", 100)),
    scenario("an assignment that is told again and again is entered once", *SOLD, later(days=3),
             is_assigned(PUT, 4), enters, enters, lives_until(MONDAY), enters, delivered(400),
             happened("assigned")),
    scenario("an assignment that nobody entered is explained, and entered by the next run", *SOLD, later(days=3),
             is_assigned(PUT, 4), differs("pending", "pending", "pending"), enters, differs(), delivered(400)),
    scenario("more assigned than the books hold is for a person", *SOLD, later(days=3), is_assigned(PUT, 5),
             enters, trade((-1, PUT), contracts=4), differs("activity", "position", "position", "cash")),
    scenario("the broker's clock is ahead of ours", *SOLD, later(days=3), is_assigned(PUT, 4, skewed=90),
             enters, enters, delivered(400), happened("assigned")),
    scenario("the broker's clock is behind ours, by more than what was entered last", *SOLD, later(days=3),
             is_assigned(PUT, 1), enters, later(seconds=60), is_assigned(PUT, 1, skewed=-300), enters,
             trade((-1, PUT), contracts=2)),
    scenario("a dividend is the shares' and leaves the trade alone", *SOLD, goes_ex("SPY", "2026-12-14", 1.95),
             closes_at(SPY=490.0), lives_until("2026-12-14 09:45"), earned("1582.40"),
             trade((-1, PUT), contracts=4)),
)  # fmt: skip

TENTH, FOURTH = "SPY261218P00048000", "SPY1261218P00480000"
SPLIT_DAY = "2026-12-07"

SPLITS = (
    scenario("ten for one: ten times the contracts at a tenth of the strike", *SOLD, splits("SPY", SPLIT_DAY, 10),
             lives_until("2026-12-07 09:45"), trade((-1, TENTH), contracts=40), has("SPY", 3_000), has(PUT, 0),
             earned("997.40"), differs()),
    scenario("a split, then an expiry under the new name", *SOLD, splits("SPY", SPLIT_DAY, 10),
             lives_until("2026-12-07 09:45"), closes_at(SPY=49.0), lives_until(MONDAY), over, earned("997.40"),
             happened("split", "expired")),
    scenario("a split and an expiry between two looks", *SOLD, splits("SPY", SPLIT_DAY, 10), closes_at(SPY=47.5),
             lives_until(MONDAY), delivered(4_000), has("SPY", 7_000), happened("split", "assigned"),
             earned("-191002.60")),
    scenario("both legs of a spread", *SPREAD, splits("SPY", SPLIT_DAY, 2), lives_until("2026-12-07 09:45"),
             trade((-1, "SPY261218P00240000"), (1, "SPY261218P00235000"), contracts=4), differs()),
    scenario("one for four: adjusted contracts, which a person is told of", *SOLD,
             splits("SPY", SPLIT_DAY, 1, 4), lives_until("2026-12-07 09:45"),
             trade((-1, FOURTH), contracts=4, broken=True), has("SPY", 75), differs("adjusted")),
    scenario("three for two: no order goes out on what it leaves", *SOLD, splits("SPY", SPLIT_DAY, 3, 2),
             lives_until("2026-12-07 09:45"), has("SPY", 450), promised(root="SPY1"), runs, refused("adjusted"),
             sent(submit=1), differs("adjusted")),
    scenario("one for seven: a fraction of a share is paid for", *SOLD, splits("SPY", SPLIT_DAY, 1, 7),
             closes_at(SPY=490.0), lives_until("2026-12-07 09:45"), has("SPY", 42), earned("3937.40"),
             differs("adjusted")),
    scenario("a special dividend lowers the strike", *SOLD, at("2026-12-07 09:45:00"),
             tells("split", PUT, 4, delivered=Delivery(symbol="SPY261218P00465000", quantity=-4)), enters,
             trade((-1, "SPY261218P00465000"), contracts=4), earned("997.40"), differs()),
    scenario("a closing that was promised before the split is not sent after it", *SOLD, closes(),
             splits("SPY", SPLIT_DAY, 10), lives_until("2026-12-07 09:45"), runs, refused("split"),
             is_order("rejected"), sent(submit=1), trade((-1, TENTH), contracts=40)),
    scenario("a closing that rests when the shares split is withdrawn", *SOLD, closes(),
             dies("submit", after=True), runs, splits("SPY", SPLIT_DAY, 10), lives_until("2026-12-07 09:45"),
             runs, refused("split"), is_order("cancelled"), trade((-1, TENTH), contracts=40), differs()),
    scenario("shares that split which the books do not hold are for a person", at("2026-12-07 09:45:00"),
             tells("split", "QQQ", 900), enters, differs("activity", "position")),
)  # fmt: skip
