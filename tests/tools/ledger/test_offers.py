from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.tools.ledger.specimens import AS_OF, approval, candidate, fit, gate, intent, leg, reservation, scan
from tools.domain.decision import Approval, DecisionState, Edit, Outcome
from tools.domain.errors import AlreadyDecided, LedgerError
from tools.domain.offer import Announced, Asked, Offer, digest_of
from tools.domain.score import ScoreBreakdown
from tools.ledger import offers
from tools.ledger.store import Ledger

PUT = candidate(leg(480))
ORDER = intent(PUT)
EARLIER = AS_OF - timedelta(minutes=5)


def offered(secret: str = "s", channel: str = "slack") -> Offer:
    return Offer(
        nonce=digest_of(secret),
        decision_id=PUT.id,
        channel=channel,
        intent=ORDER,
        mid=2.5,
        shown_at=AS_OF,
        good_until=AS_OF + timedelta(minutes=5),
    )


def yes(secret: str = "s", by: str = "anna") -> Approval:
    return approval(ORDER, by=by, nonce=digest_of(secret))


@pytest.fixture
def waiting(ledger: Ledger) -> Ledger:
    ledger.propose(**scan(PUT))
    ledger.reserve(reservation(PUT.id), fit())
    ledger.settle(PUT.id, gate(Outcome.WAITING))
    return ledger


@pytest.fixture
def refused(ledger: Ledger) -> Ledger:
    ledger.propose(**scan(PUT))
    ledger.reserve(reservation(PUT.id), fit())
    ledger.settle(PUT.id, gate(Outcome.REFUSED))
    return ledger


def ask(ledger: Ledger, by: str, **changes: object) -> str:
    order = intent(PUT, **changes) if changes else ORDER
    word = approval(order, by=by, reason="the sector is hedged elsewhere", at=AS_OF)
    return ledger.second(Asked(approval=word, intent=order, mid=2.5), reservation(PUT.id), since=EARLIER)


def test_an_offer_is_spent_by_the_approval_that_answers_it(waiting: Ledger) -> None:
    waiting.put_offer(offered())
    waiting.approve(PUT.id, yes(), ORDER)
    standing = waiting.offer(digest_of("s"))
    assert standing is not None
    assert (standing.offer, standing.spent_by) == (offered(), "anna")
    assert waiting.latest_offer(PUT.id, "slack") == standing
    assert waiting.latest_offer(PUT.id, "web") is None
    assert waiting.verify() == []


def test_a_spent_or_invented_offer_approves_nothing(waiting: Ledger) -> None:
    waiting.put_offer(offered())
    with pytest.raises(LedgerError, match="nobody was ever shown"):
        waiting.approve(PUT.id, yes("invented"), ORDER)
    assert waiting.decision(PUT.id).state is DecisionState.WAITING
    assert waiting.unfinished_intents() == ()
    waiting.approve(PUT.id, yes(), ORDER)
    with pytest.raises(AlreadyDecided):
        waiting.approve(PUT.id, yes(by="ben"), ORDER)
    assert waiting.verify() == []


def test_a_card_answers_for_its_own_decision_alone(waiting: Ledger) -> None:
    other = candidate(leg(470))
    waiting.propose(**scan(other, key="another"))
    waiting.settle(other.id, gate(Outcome.WAITING))
    waiting.put_offer(offered())
    for word in (
        lambda: waiting.approve(other.id, approval(intent(other), nonce=digest_of("s")), intent(other)),
        lambda: waiting.reject(other.id, approval(verdict="rejected", nonce=digest_of("s"))),
    ):
        with pytest.raises(LedgerError, match="nobody was ever shown"):
            word()
    assert waiting.decision(other.id).state is DecisionState.WAITING
    waiting.approve(PUT.id, yes(), ORDER)
    assert waiting.verify() == []


def test_a_card_is_good_for_one_answer(waiting: Ledger) -> None:
    waiting.put_offer(offered())
    with waiting.database.write() as connection:
        offers.spend(connection, digest_of("s"), decision_id=PUT.id, by="anna", at=AS_OF)
        with pytest.raises(LedgerError, match="answered before"):
            offers.spend(connection, digest_of("s"), decision_id=PUT.id, by="ben", at=AS_OF)


def test_a_rejection_spends_its_offer_too(waiting: Ledger) -> None:
    waiting.put_offer(offered())
    waiting.reject(PUT.id, approval(verdict="rejected", nonce=digest_of("s")))
    standing = waiting.offer(digest_of("s"))
    assert standing is not None
    assert standing.spent_by == "anna"


def test_the_secret_itself_is_kept_nowhere(waiting: Ledger) -> None:
    waiting.put_offer(offered("hunter2-hunter2"))
    waiting.approve(PUT.id, yes("hunter2-hunter2"), ORDER)
    assert "hunter2" not in waiting.record(PUT.id).model_dump_json()


def test_twenty_answers_to_one_offer_are_one_approval(waiting: Ledger) -> None:
    waiting.put_offer(offered())

    def answer(number: int) -> bool:
        try:
            waiting.approve(PUT.id, yes(by=f"person {number}"), ORDER)
        except LedgerError:
            return False
        return True

    with ThreadPoolExecutor(max_workers=20) as pool:
        assert sum(pool.map(answer, range(20))) == 1
    assert waiting.verify() == []


def test_what_was_turned_away_is_evidence_and_nothing_else(waiting: Ledger) -> None:
    before = waiting.record(PUT.id)
    for _ in range(2):
        waiting.turn_away({"channel": "slack", "user": "U0", "why": "forged", "decision": PUT.id, "nonce": "x"})
    assert waiting.record(PUT.id) == before
    assert waiting.verify() == []


def test_a_spent_offer_that_no_event_tells_of_is_found(waiting: Ledger) -> None:
    waiting.put_offer(offered())
    with waiting.database.write() as connection:
        connection.exec_driver_sql("UPDATE offers SET spent_by = 'mallory'")
    assert waiting.verify() == [f"offer {digest_of('s')} differs from what its events say"]


def test_nobody_is_ones_own_second(refused: Ledger) -> None:
    assert ask(refused, "anna") == ""
    for again in ("anna", "Anna", " anna "):
        with pytest.raises(LedgerError, match="own second"):
            ask(refused, again)
    assert refused.decision(PUT.id).state is DecisionState.REFUSED
    assert refused.unfinished_intents() == ()


def test_a_second_person_lets_it_go_and_both_are_on_record(refused: Ledger) -> None:
    assert ask(refused, "anna") == ""
    assert ask(refused, "ben") == "anna"
    assert refused.unfinished_intents() == (ORDER,)
    assert len(refused.reservations()) == 1
    words = [part.body["by"] for part in refused.record(PUT.id).parts if part.kind == "approval"]
    assert words == ["anna", "ben"]
    with pytest.raises(AlreadyDecided):
        ask(refused, "cleo")
    assert refused.asked(since=EARLIER) == ()
    assert refused.verify() == []


def test_two_people_agree_on_one_order_and_while_it_is_fresh(refused: Ledger) -> None:
    assert ask(refused, "anna") == ""
    assert ask(refused, "ben", quantity=1) == "", "another order is another question"
    word = approval(ORDER, by="cleo", reason="late", at=AS_OF)
    late = Asked(approval=word, intent=ORDER, mid=2.5)
    assert [each.approval.by for each in refused.asked(since=EARLIER)] == ["ben"]
    assert refused.second(late, reservation(PUT.id), since=AS_OF + timedelta(minutes=1)) == ""
    assert refused.decision(PUT.id).state is DecisionState.REFUSED


def test_an_override_of_two_needs_its_reason(refused: Ledger) -> None:
    word = Asked(approval=approval(ORDER), intent=ORDER, mid=2.5)
    with pytest.raises(LedgerError, match="reason"):
        refused.second(word, reservation(PUT.id), since=EARLIER)


def test_edits_come_one_after_the_other(waiting: Ledger) -> None:
    score = ScoreBreakdown(quantitative=7.3, model=7.0, fit=6.5, total=7.16)

    def edit(revision: int, contracts: int) -> None:
        word = Edit(revision=revision, contracts=contracts, price=None, by="anna", channel="web")
        held = reservation(PUT.id, contracts=contracts)
        waiting.edit(PUT.id, word, fit=fit(contracts), score=score, reservation=held)

    edit(1, 1)
    with pytest.raises(LedgerError, match="meanwhile"):
        edit(1, 3)
    with pytest.raises(LedgerError, match="edited meanwhile; look at revision 1"):
        waiting.approve(PUT.id, approval(ORDER), ORDER)
    assert waiting.decision(PUT.id).state is DecisionState.WAITING
    edit(2, 2)
    record = waiting.record(PUT.id)
    assert (record.revision, record.fit and record.fit.contracts) == (2, 2)
    assert [each.cash for each in waiting.reservations()] == [96_000.0]
    edit(3, 1)
    waiting.reserve(reservation(PUT.id), fit())
    assert [each.cash for each in waiting.reservations()] == [48_000.0], "the fit before the edits holds no more"
    assert waiting.verify() == []


def test_channels_know_where_their_cards_stand(waiting: Ledger) -> None:
    first = Announced(decision_id=PUT.id, channel="slack", place="C1/1.0", nonce="a")
    waiting.announce(first)
    waiting.announce(first.model_copy(update={"nonce": "b"}))
    assert waiting.announced("slack") == (first.model_copy(update={"nonce": "b"}),)
    assert waiting.announced("web") == ()
    waiting.forget_announced(PUT.id, "slack")
    assert waiting.announced("slack") == ()
