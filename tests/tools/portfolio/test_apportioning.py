from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tools.domain.activity import Activity, ActivityKind, Booking, Delivery
from tools.portfolio.apportioning import apportion
from tools.portfolio.statement import Line

PUT = "SPY261218P00480000"
AT = datetime(2026, 12, 18, 21, 0, tzinfo=UTC)


def line(quantity: int, *, book: str = "cash_secured_put", trade: str = "d-1", symbol: str = PUT) -> Line:
    return Line(book, trade, symbol, quantity, 1 if symbol == "SPY" else 100)


def told(kind: ActivityKind = ActivityKind.ASSIGNED, **changes: Any) -> Activity:
    fields: dict[str, Any] = {"activity_id": "a-1", "kind": kind, "symbol": PUT, "quantity": 2, "at": AT, **changes}
    return Activity(**fields)


def assigned(quantity: int, *, value: str = "5") -> Activity:
    """Short puts at 480, exercised with the underlying at 475."""
    shares = 100 * quantity
    return told(
        quantity=quantity,
        value=Decimal(value),
        delivered=Delivery(symbol="SPY", quantity=shares, price=Decimal(480)),
        cash=Decimal(-480 * shares),
    )


def shared(activity: Activity, *lines: Line, keeps: bool = False) -> tuple[Booking, ...] | None:
    return apportion(activity, lines, keeps=lambda book: keeps)


def test_all_of_it_ends_every_line() -> None:
    found = shared(assigned(3), line(-1, trade="d-1"), line(-2, trade="d-2", book="wheel"))
    assert found is not None
    assert [(each.decision_id, each.book, each.quantity) for each in found] == [
        ("d-1", "cash_secured_put", 1),
        ("d-2", "wheel", 2),
    ]
    assert [each.delivered and each.delivered.quantity for each in found] == [100, 200]
    assert [each.cash for each in found] == [Decimal(-48_000), Decimal(-96_000)]
    # 5 a share on 100 of each contract is what the trade ends at
    assert [each.ended_for for each in found] == [Decimal(-500), Decimal(-1_000)]


def test_a_part_is_first_in_first_out() -> None:
    found = shared(assigned(2), line(-1, trade="d-1"), line(-3, trade="d-2"))
    assert found is not None
    assert [(each.decision_id, each.quantity) for each in found] == [("d-1", 1), ("d-2", 1)]


def test_lines_of_both_signs_end_together_where_the_broker_sees_their_sum() -> None:
    """Two sold by one book and one bought by another are one sold to the broker."""
    found = shared(assigned(1), line(-2, trade="d-1"), line(1, trade="d-2", book="index_put"))
    assert found is not None
    assert [(each.decision_id, each.quantity) for each in found] == [("d-1", 2), ("d-2", -1)]
    assert [each.delivered and each.delivered.quantity for each in found] == [200, -100]
    assert sum(each.cash for each in found) == Decimal(-48_000)


def test_more_than_is_held_is_nobodys() -> None:
    assert shared(assigned(2), line(-1)) is None
    assert shared(assigned(1)) is None
    assert shared(assigned(1), line(2)) is None


@given(st.lists(st.integers(1, 900), min_size=1, max_size=6), st.sampled_from([(10, 1), (3, 2), (1, 10), (7, 5)]))
def test_a_split_restates_every_line_and_sums_to_what_the_broker_holds(
    held: list[int], ratio: tuple[int, int]
) -> None:
    total = sum(held) * ratio[0] // ratio[1]
    lines = [line(each, trade=f"d-{place}", symbol="SPY") for place, each in enumerate(held)]
    split = told(ActivityKind.SPLIT, quantity=total - sum(held), symbol="SPY", cash=Decimal("3.21"))
    found = shared(split, *lines)
    if not total:
        assert found is None  # nothing is left of it: a person must say what became of it
        return
    assert found is not None
    assert sum(each.cash for each in found) == Decimal("3.21")
    if total == sum(held):
        assert all(each.quantity == 0 for each in found)  # a fraction was paid for, and that is all
        return
    assert [each.quantity for each in found] == [-each for each in held]
    became = [each.delivered.quantity for each in found if each.delivered is not None]
    assert sum(became) == total
    assert all(abs(new - old * ratio[0] / ratio[1]) < 1 + len(held) for new, old in zip(became, held, strict=True))


def test_delivered_shares_stay_with_a_book_that_writes_calls() -> None:
    ours, theirs = shared(assigned(2), line(-2), keeps=True), shared(assigned(2), line(-2), keeps=False)
    assert ours is not None
    assert theirs is not None
    assert (ours[0].kept, theirs[0].kept) == (True, False)
    own = shared(assigned(2), line(-2, trade=""))
    assert own is not None
    assert own[0].kept  # nobody's trade: there is no decision to close them under


def test_a_dividend_goes_to_who_holds_the_shares_to_the_cent() -> None:
    paid = told(ActivityKind.DIVIDEND, symbol="SPY", quantity=0, cash=Decimal("100.00"))
    thirds = [line(1, symbol="SPY", trade=f"d-{each}") for each in range(3)]
    found = shared(paid, *thirds)
    assert found is not None
    assert [each.cash for each in found] == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]


def test_cash_that_nobody_holds_anything_for_is_the_accounts() -> None:
    for activity in (
        told(ActivityKind.DIVIDEND, symbol="SPY", quantity=0, cash=Decimal("1.95")),
        told(ActivityKind.INTEREST, symbol="", quantity=0, cash=Decimal("3.10")),
        told(ActivityKind.FEE, symbol="", quantity=0, cash=Decimal("-0.02")),
    ):
        found = shared(activity)
        assert found is not None
        assert [(each.book, each.decision_id, each.cash) for each in found] == [("", "", activity.cash)]


@given(
    held=st.lists(st.integers(-5, 5), min_size=1, max_size=6),
    quantity=st.integers(-9, 9).filter(bool),
    fee=st.decimals(0, 9, places=2),
)
def test_parts_sum_to_what_the_broker_told(held: list[int], quantity: int, fee: Decimal) -> None:
    activity = assigned(quantity).model_copy(update={"cash": Decimal(-48_000 * quantity) - fee})
    lines = [line(each, trade=f"d-{place}") for place, each in enumerate(held)]
    found = shared(activity, *lines)
    before = sum(held)
    if found is None:
        return
    assert sum(each.quantity for each in found) == quantity
    assert sum(each.cash for each in found) == activity.cash
    assert sum(each.delivered.quantity for each in found if each.delivered) == 100 * quantity
    after = {each.decision_id: each.quantity for each in found}
    left = [each + after.get(f"d-{place}", 0) for place, each in enumerate(held)]
    assert sum(left) == before + quantity
    assert all(now * each >= 0 and abs(now) <= abs(each) for now, each in zip(left, held, strict=True))
