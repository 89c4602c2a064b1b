"""One contract for every channel: a card stands once, is answered once, and closes wherever it was answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.answering import CHANNELS, answer, say
from tests.pipeline.floor import Floor
from tools.approvals.answer import Word
from tools.approvals.channel import ApprovalChannel
from tools.domain.decision import DecisionState


@pytest.fixture
def floor(asking: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Floor]:
    with Floor.open(asking, monkeypatch) as floor:
        floor.approvals.refresh()
        yield floor


@pytest.fixture(params=CHANNELS)
def channel(request: pytest.FixtureRequest, floor: Floor) -> ApprovalChannel:
    return next(each for each in floor.approvals.channels if each.name == request.param)


def seen(floor: Floor, channel: ApprovalChannel) -> object:
    """Everything people can see of it."""
    if channel.name == "slack":
        return [(each.ts, each.words()) for each in floor.slack.messages]
    if channel.name == "web":
        return floor.web.cards()
    return tuple(floor.written)


def last_word(floor: Floor, channel: ApprovalChannel, decision_id: str) -> str:
    if channel.name == "slack":
        return next(each.text for each in floor.slack.messages if decision_id in each.words())
    if channel.name == "web":
        return floor.web.ended(decision_id)
    return floor.written[-1]


def test_what_waits_is_shown_and_nothing_else(floor: Floor, channel: ApprovalChannel) -> None:
    assert set(channel.shown()) == {record.id for record in floor.approvals.waiting()}
    assert len(channel.shown()) == 2


def test_looking_again_changes_nothing(floor: Floor, channel: ApprovalChannel) -> None:
    before = seen(floor, channel)
    floor.approvals.refresh()
    floor.approvals.refresh()
    assert seen(floor, channel) == before


def test_an_approval_is_one_order_and_closes_every_card(floor: Floor, channel: ApprovalChannel) -> None:
    first = floor.waiting()
    before = len(floor.orders())
    said = say(floor, channel.name, first.id, reason="fits")
    assert said.took, said.text
    record = floor.record(first.id)
    assert record.approval is not None
    assert (record.state, record.approval.by, record.approval.channel) == (
        DecisionState.APPROVED,
        "Anna",
        channel.name,
    )
    assert len(floor.orders()) == before + 1
    for each in floor.approvals.channels:
        assert first.id not in each.shown()
        assert f"Approved by Anna in {channel.name}, 15:45 New York time" in last_word(floor, each, first.id)
    assert floor.ledger.verify() == []


def test_a_rejection_closes_every_card_with_its_reason(floor: Floor, channel: ApprovalChannel) -> None:
    first = floor.waiting()
    assert say(floor, channel.name, first.id, Word.REJECT, reason="earnings too close").took
    assert floor.record(first.id).state is DecisionState.REJECTED
    for each in floor.approvals.channels:
        assert "earnings too close" in last_word(floor, each, first.id)


def test_who_comes_second_is_told_who_was_first(floor: Floor, channel: ApprovalChannel) -> None:
    first = floor.waiting()
    own = answer(floor, channel.name, first.id)
    other = next(each for each in CHANNELS if each != channel.name)
    assert say(floor, other, first.id, by="Ben").took
    before = len(floor.orders())
    late = floor.approvals.decide(own)
    assert not late.took
    assert f"already approved by Ben in {other}" in late.text
    assert len(floor.orders()) == before


def test_the_clock_closes_every_card(floor: Floor, channel: ApprovalChannel) -> None:
    first = floor.waiting()
    floor.later(40)
    floor.approvals.refresh()
    assert floor.record(first.id).state is DecisionState.EXPIRED
    assert first.id not in channel.shown()
    assert "Expired" in last_word(floor, channel, first.id)
    assert not say(floor, channel.name, first.id, secret="").took


def test_a_decision_taken_behind_its_back_closes_the_card(floor: Floor, channel: ApprovalChannel) -> None:
    from tests.tools.ledger.specimens import approval

    first = floor.waiting()
    floor.ledger.reject(first.id, approval(verdict="rejected", by="Dora", reason="no", at=floor.at))
    floor.approvals.refresh()
    assert first.id not in channel.shown()
    assert "Rejected by Dora" in last_word(floor, channel, first.id)


def test_strangers_are_not_heard_and_that_is_on_record(floor: Floor, channel: ApprovalChannel) -> None:
    first = floor.waiting()
    for word in (Word.APPROVE, Word.REJECT, Word.EDIT, Word.OVERRIDE):
        assert not say(floor, channel.name, first.id, word, by="", reason="let me").took
    assert floor.record(first.id).state is DecisionState.WAITING
    assert floor.turned_away() == ["stranger"] * 4
    assert floor.ledger.verify() == []


def test_withdrawing_what_is_not_shown_is_no_event(floor: Floor, channel: ApprovalChannel) -> None:
    before = seen(floor, channel)
    channel.withdraw("d-000000000000", "Rejected by nobody")
    assert seen(floor, channel) == before
