"""Small trades of known numbers for the tests of the ledger, the execution and the approvals."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tools.domain.account import Account, Position, Reservation
from tools.domain.candidate import Candidate
from tools.domain.chain import SourceCounts
from tools.domain.contract import OptionContract, Right
from tools.domain.decision import Approval, FitResult, Gate, LimitResult, LimitState, Outcome, Reason
from tools.domain.order import Fill, IntentState, Order, OrderIntent, OrderStatus, Purpose, client_order_id
from tools.domain.score import FilterResult, FilterState
from tools.domain.structure import Leg, StructureKind
from tools.ledger.store import Ledger

AS_OF = datetime(2026, 11, 20, 15, 45, tzinfo=UTC)
EXPIRY = date(2026, 12, 18)
DEADLINE = AS_OF + timedelta(minutes=30)


def leg(strike: float = 480, quantity: int = -1, *, right: Right = Right.PUT, root: str = "SPY") -> Leg:
    contract = OptionContract(underlying="SPY", root=root, expiry=EXPIRY, right=right, strike=strike)
    return Leg(contract=contract, quantity=quantity)


def passed(rule: str, margin: float | None = 8.0, **changes: Any) -> FilterResult:
    fields = {"state": FilterState.PASS, "value": 1.0, "threshold": 0.5, "required": False, "text": rule, **changes}
    return FilterResult(rule=rule, margin=margin, **fields)


def candidate(*legs: Leg, book: str = "cash_secured_put", **changes: Any) -> Candidate:
    """A put sold for 2.50 at the mid, 2.48 at once."""
    fields: dict[str, Any] = {
        "as_of": AS_OF,
        "snapshot": "f" * 64,
        "book": book,
        "underlying": "SPY",
        "structure": StructureKind.CASH_SECURED_PUT,
        "legs": legs or (leg(),),
        "spot": 512.3,
        "expiry": EXPIRY,
        "dte": 28,
        "bid": 2.48,
        "ask": 2.52,
        "credit": 2.50,
        "natural": 2.48,
        "premium_yield": 0.068,
        "pop": 0.84,
        "expected_move": 22.5,
        "breakevens": (477.5,),
        "max_loss": 47_750.0,
        "max_profit": 250.0,
        "collateral": 48_000.0,
        "cash_required": 48_000.0,
        "shares_required": 0,
        "multiplier": 100,
        "iv": 0.19,
        "greeks": None,
        "spread": 0.016,
        "open_interest": 5200.0,
        "volume": 900.0,
        "feed": "embedded",
        "source": "embedded",
        "filters": (passed("open_interest"),),
        "quantitative": 8.0,
        **changes,
    }
    return Candidate(**fields)


def limit(rule: str = "F1", state: LimitState = LimitState.PASS, *, vetoes: bool = False) -> LimitResult:
    return LimitResult(
        rule=rule,
        name="allocation",
        before=0.012,
        after=0.048,
        limit=0.05,
        unit="share of NAV",
        state=state,
        vetoes=vetoes,
        headroom=0.04,
        text=f"{rule} allocation 4.8 % of 5.0 %",
    )


def fit(contracts: int = 2, *limits: LimitResult) -> FitResult:
    return FitResult(contracts=contracts, binding="F1", limits=limits or (limit(),), score=6.5, nav=1_000_000.0)


def reservation(decision_id: str, *, contracts: int = 2) -> Reservation:
    return Reservation(
        decision_id=decision_id,
        book="cash_secured_put",
        underlying="SPY",
        cash=48_000.0 * contracts,
        shares=0,
        contracts=contracts,
        exposure={"max_loss": 47_750.0 * contracts},
        sectors={},
        sector_exempt=True,
    )


def intent(source: Candidate, *, quantity: int = 2, revision: int = 0, **changes: Any) -> OrderIntent:
    fields: dict[str, Any] = {
        "client_order_id": client_order_id(source.id, source.legs, revision),
        "decision_id": source.id,
        "revision": revision,
        "legs": source.legs,
        "quantity": quantity,
        "limit_price": Decimal("2.50"),
        "floor_price": Decimal("2.45"),
        "tick": Decimal("0.01"),
        **changes,
    }
    return OrderIntent(**fields)


def approval(
    order: OrderIntent | None = None, *, verdict: str = "approved", by: str = "anna", **changes: Any
) -> Approval:
    fields: dict[str, Any] = {
        "channel": "console",
        "at": AS_OF + timedelta(minutes=5),
        "revision": order.revision if order else 0,
        "order_hash": order.order_hash if order else "",
        **changes,
    }
    return Approval(verdict=verdict, by=by, **fields)


def gate(outcome: Outcome, text: str = "score 7.1 < 7.5") -> Gate:
    deadline = DEADLINE if outcome is Outcome.WAITING else None
    return Gate(
        outcome=outcome, reasons=(Reason(rule="score", value=7.1, limit=7.5, text=text),), deadline=deadline
    )


def order(
    promised: OrderIntent, status: OrderStatus = OrderStatus.FILLED, *, filled: int = 2, **changes: Any
) -> Order:
    fields: dict[str, Any] = {
        "broker": "simulated",
        "broker_order_id": "sim-1",
        "quantity": promised.quantity,
        "filled_quantity": filled,
        "limit_price": promised.limit_price,
        "filled_price": promised.limit_price if filled else None,
        **changes,
    }
    return Order(client_order_id=promised.client_order_id, status=status, **fields)


def fill(promised: OrderIntent, number: int = 0, *, quantity: int = -2, **changes: Any) -> Fill:
    fields: dict[str, Any] = {
        "symbol": promised.legs[0].contract.occ,
        "price": Decimal("2.50"),
        "commission": Decimal("1.30"),
        "at": AS_OF + timedelta(minutes=6),
        **changes,
    }
    return Fill(
        fill_id=f"{promised.client_order_id}/{number}/0",
        client_order_id=promised.client_order_id,
        quantity=quantity,
        **fields,
    )


def opening() -> Account:
    shares = Position(symbol="SPY", quantity=300, price=512.30, average_price=480.1)
    return Account(cash=250_000.10, positions=(shares,))


def scan(*candidates: Candidate, key: str = "scan-1") -> dict[str, Any]:
    """What `Ledger.propose` takes."""
    return {
        "key": key,
        "as_of": AS_OF,
        "mode": "simulated",
        "market": {"seed": 1},
        "counts": SourceCounts(rows=10, used=8, dropped={"crossed": 2}),
        "rejected": {"delta": 5},
        "proposals": [(one, {"source": "embedded"}) for one in candidates],
    }


def round_trip(ledger: Ledger, *, strike: float, at: datetime, paid: str, as_of: datetime = AS_OF) -> str:
    """A put sold for 2.50 at `at`, two contracts, and bought back for `paid` an hour later; its decision."""
    sold = candidate(leg(strike), as_of=as_of)
    ledger.propose(**scan(sold, key=f"scan-{strike}-{as_of}") | {"as_of": as_of})
    ledger.reserve(reservation(sold.id))
    order_ = intent(sold)
    ledger.settle(sold.id, gate(Outcome.APPROVED), intent=order_, approval=approval(order_, by="score"))
    ledger.record_fill(fill(order_, at=at))
    ledger.mark_intent(order_.client_order_id, IntentState.DONE)
    back = (Leg(contract=sold.legs[0].contract, quantity=1),)
    close = intent(
        sold, revision=1, purpose=Purpose.CLOSE, legs=back, client_order_id=client_order_id(sold.id, back, 1)
    )
    ledger.promise_exit(sold.id, {"kind": "close"}, close)
    bought = fill(close, quantity=2, price=Decimal(paid), at=at + timedelta(hours=1))
    ledger.record_fill(bought)
    ledger.mark_intent(close.client_order_id, IntentState.DONE)
    return sold.id
