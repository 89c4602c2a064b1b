from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.ledger.specimens import AS_OF, candidate, intent, leg
from tools.approvals.answer import Answer, Fault, Word, fault, has_moved
from tools.approvals.authority import Approver, Authority
from tools.approvals.reprice import at_credit
from tools.domain.contract import Right
from tools.domain.offer import Offer, Standing, digest_of
from tools.domain.structure import StructureKind

PUT = candidate(leg(480))
ANNA = Approver(name="Anna", slack="U0ANNA", login="anna", may_override=True)
BEN = Approver(name="Ben")
OFFER = Offer(
    nonce=digest_of("s"),
    decision_id=PUT.id,
    channel="slack",
    intent=intent(PUT),
    mid=2.5,
    shown_at=AS_OF,
    good_until=AS_OF + timedelta(minutes=5),
)
YES = Answer(PUT.id, Word.APPROVE, channel="slack", user="U0ANNA", secret="s")


@pytest.mark.parametrize(
    ("channel", "user", "who"),
    [
        ("slack", "U0ANNA", "Anna"),
        ("slack", "u0anna", None),
        ("slack", "Anna", None),
        ("slack", "", None),
        ("console", "anna", "Anna"),
        ("console", "", None),
        ("web", "Ben", "Ben"),
        ("telegram", "Anna", None),
    ],
)
def test_each_channel_knows_people_its_own_way(channel: str, user: str, who: str | None) -> None:
    found = Authority((ANNA, BEN), owner="root").person(channel, user)
    assert (None if found is None else found.name) == who


def test_where_nobody_is_named_the_owner_decides_at_this_machine_alone() -> None:
    house = Authority((), owner="root")
    assert not house.is_named
    assert [house.person(channel, "root") is not None for channel in ("console", "web", "slack")] == [
        True,
        True,
        False,
    ]


def test_a_good_answer_counts() -> None:
    assert fault(YES, Standing(offer=OFFER), revision=0, now=AS_OF) is None


@pytest.mark.parametrize(
    ("standing", "revision", "minutes", "why"),
    [
        (None, 0, 0, Fault.FORGED),
        (Standing(offer=OFFER.model_copy(update={"decision_id": "d-1"})), 0, 0, Fault.FORGED),
        (Standing(offer=OFFER.model_copy(update={"channel": "web"})), 0, 0, Fault.FORGED),
        (Standing(offer=OFFER, spent_by="Ben"), 0, 0, Fault.REPLAYED),
        (Standing(offer=OFFER), 1, 0, Fault.SUPERSEDED),
        (Standing(offer=OFFER), 0, 5, Fault.EXPIRED),
        (Standing(offer=OFFER), 0, -0.1, Fault.EXPIRED),
        (Standing(offer=OFFER), 0, 4.99, None),
    ],
)
def test_what_makes_an_answer_count_for_nothing(
    standing: Standing | None, revision: int, minutes: float, why: Fault | None
) -> None:
    assert fault(YES, standing, revision=revision, now=AS_OF + timedelta(minutes=minutes)) is why


@pytest.mark.parametrize(
    ("shown", "fresh", "moved"),
    [
        (2.50, 2.55, False),
        (2.50, 2.5501, True),
        (2.50, 2.45, False),
        (2.50, 2.4499, True),
        (0.10, 0.11, False),
        (0.10, 0.1101, True),
        (-0.40, -0.41, False),
        (-0.40, 0.40, True),
        (2.50, float("nan"), True),
    ],
)
def test_a_price_has_moved_beyond_two_percent_and_a_tick(shown: float, fresh: float, moved: bool) -> None:
    assert has_moved(shown, fresh, tick=Decimal("0.01")) is moved


def test_another_credit_moves_loss_profit_and_breakeven() -> None:
    dearer = at_credit(PUT, 2.60)
    assert dearer.max_loss == pytest.approx(47_740)
    assert dearer.max_profit == pytest.approx(260)
    assert dearer.breakevens == pytest.approx((477.4,))
    call = candidate(leg(520, right=Right.CALL), structure=StructureKind.CALL_CREDIT_SPREAD, breakevens=(522.5,))
    assert at_credit(call, 2.60).breakevens == pytest.approx((522.6,))
    condor = candidate(leg(480), breakevens=(477.5, 522.5), structure=StructureKind.IRON_CONDOR)
    assert at_credit(condor, 2.40).breakevens == pytest.approx((477.6, 522.4))


@given(st.floats(min_value=0.01, max_value=50))
def test_what_may_be_won_and_lost_is_the_same_sum_at_every_credit(credit: float) -> None:
    other = at_credit(PUT, credit)
    assert other.max_loss + other.max_profit == pytest.approx(PUT.max_loss + PUT.max_profit)
    assert at_credit(other, PUT.credit).max_loss == pytest.approx(PUT.max_loss)
    assert other.id == PUT.id
