"""The one policy: what an answer is bound to, quoted again, edited, and overridden by two."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.approving import authority_of
from pipeline.home import Home
from pipeline.settings import load_settings
from pipeline.wiring import open_ledger
from tests.pipeline.answering import CHANNELS, answer, say, secret_of
from tests.pipeline.conftest import Verb
from tests.pipeline.floor import PEOPLE, Floor
from tools.approvals.answer import Word
from tools.domain.decision import DecisionState
from tools.domain.errors import ConfigError
from tools.domain.order import client_order_id

CARDS = ("slack", "web")
"""Channels whose answers carry a card's secret."""


@pytest.fixture
def floor(asking: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Floor]:
    with Floor.open(asking, monkeypatch) as floor:
        floor.approvals.refresh()
        yield floor


@pytest.fixture
def lenient(asking: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Floor]:
    """A floor where two people may override what one trade and one day may put at risk."""
    with Floor.open(asking, monkeypatch, more='\n[risk]\noverridable = ["F1", "F14"]\n') as floor:
        floor.approvals.refresh()
        yield floor


def refused_by(floor: Floor, rule: str) -> str:
    rows = floor.ledger.decisions(states=[DecisionState.REFUSED])
    records = (floor.record(row.id) for row in rows)
    return next(record.id for record in records if {reason.rule for reason in record.reasons} == {rule})


@pytest.mark.parametrize("channel", CARDS)
def test_an_answer_is_bound_to_the_order_that_was_shown(floor: Floor, channel: str) -> None:
    first = floor.waiting()
    shown = floor.ledger.latest_offer(first.id, channel)
    assert shown is not None
    assert say(floor, channel, first.id).took
    record = floor.record(first.id)
    assert record.approval is not None
    assert record.intent == shown.offer.intent
    assert (record.approval.order_hash, record.approval.nonce) == (
        shown.offer.intent.order_hash,
        shown.offer.nonce,
    )


@pytest.mark.parametrize("channel", CARDS)
def test_what_is_forged_or_borrowed_or_replayed_counts_for_nothing(floor: Floor, channel: str) -> None:
    first, second = floor.approvals.waiting()
    other = next(name for name in CARDS if name != channel)
    before = len(floor.orders())
    for secret in (
        "",
        "x" * 32,
        "ü\ud800",
        secret_of(floor, channel, second.id),
        secret_of(floor, other, first.id),
    ):
        assert not say(floor, channel, first.id, secret=secret).took
    assert floor.turned_away() == ["forged"] * 5
    assert not say(floor, channel, "d-000000000000", secret="x").took
    genuine = answer(floor, channel, first.id)
    assert floor.approvals.decide(genuine).took
    for _ in range(3):
        replayed = floor.approvals.decide(genuine)
        assert not replayed.took
        assert f"already approved by Anna in {channel}" in replayed.text
    assert floor.turned_away()[-3:] == ["replayed"] * 3
    assert len(floor.orders()) == before + 1
    assert floor.ledger.verify() == []


@pytest.mark.parametrize("channel", CARDS)
def test_a_card_of_five_minutes_is_shown_anew_and_approved_then(floor: Floor, channel: str) -> None:
    first = floor.waiting()
    old = answer(floor, channel, first.id)
    floor.later(4.99)
    floor.approvals.refresh()
    assert answer(floor, channel, first.id) == old, "a card that is good stands as it is"
    floor.later(0.01)
    assert not floor.approvals.decide(old).took
    assert floor.turned_away() == ["expired"]
    assert floor.record(first.id).state is DecisionState.WAITING
    fresh = answer(floor, channel, first.id)
    assert fresh.secret != old.secret
    assert floor.approvals.decide(fresh).took


@pytest.mark.parametrize("channel", CARDS)
def test_an_old_card_still_rejects(floor: Floor, channel: str) -> None:
    first = floor.waiting()
    floor.later(6)
    assert say(floor, channel, first.id, Word.REJECT, reason="no").took


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_price_that_moved_goes_back_with_the_new_one(floor: Floor, channel: str) -> None:
    first = floor.waiting()
    before = len(floor.orders())
    floor.factor = 1.10
    said = say(floor, channel, first.id)
    assert not said.took
    assert "has moved from 0.70 to 0.77" in said.text
    assert floor.record(first.id).state is DecisionState.WAITING
    assert len(floor.orders()) == before
    assert say(floor, channel, first.id).took
    intent = floor.record(first.id).intent
    assert intent is not None
    assert intent.limit_price == Decimal("0.77")


@pytest.mark.parametrize("channel", CARDS)
def test_within_tolerance_it_goes_out_as_it_was_shown(floor: Floor, channel: str) -> None:
    first = floor.waiting()
    shown = floor.ledger.latest_offer(first.id, channel)
    floor.factor = 1.01
    assert say(floor, channel, first.id).took
    assert shown is not None
    assert floor.record(first.id).intent == shown.offer.intent


@pytest.mark.parametrize("channel", CHANNELS)
def test_without_a_quote_it_waits(floor: Floor, channel: str) -> None:
    first = floor.waiting()
    floor.factor = float("nan")
    said = say(floor, channel, first.id)
    assert not said.took
    assert "no quote" in said.text
    assert floor.record(first.id).state is DecisionState.WAITING


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_edit_is_the_next_revision_and_older_cards_are_void(floor: Floor, channel: str) -> None:
    first = floor.waiting()
    old = {name: answer(floor, name, first.id) for name in CARDS}
    assert say(floor, channel, first.id, Word.EDIT, contracts=1, price=Decimal("0.71"), reason="smaller").took
    record = floor.record(first.id)
    assert (record.state, record.revision) == (DecisionState.WAITING, 1)
    assert record.fit is not None
    assert record.fit.contracts == 1
    reserved = {each.decision_id: each.contracts for each in floor.ledger.reservations()}
    assert reserved[first.id] == 1
    for void in old.values():
        assert not floor.approvals.decide(void).took
    assert floor.turned_away() == ["superseded"] * len(CARDS)
    assert say(floor, channel, first.id, by="Ben").took
    record = floor.record(first.id)
    assert record.intent is not None
    assert record.intent.client_order_id == client_order_id(first.id, first.candidate.legs, 1)
    assert (record.intent.quantity, record.intent.limit_price, record.intent.floor_price) == (
        1,
        Decimal("0.71"),
        Decimal("0.71"),
    )
    assert floor.orders_of(first.id) == [record.intent.client_order_id]
    assert floor.ledger.verify() == []


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"contracts": 50}, "F1"),
        ({"contracts": 0}, "no order"),
        ({"contracts": 10**30}, "no order"),
        ({"price": Decimal("1e900")}, "no price"),
        ({"contracts": 500}, "allowed are 1 to 100"),
        ({"price": Decimal("0.50")}, "slippage budget"),
        ({"price": Decimal("0.90")}, "collar"),
        ({"price": Decimal("0.705")}, "ticks of 0.01"),
        ({"price": Decimal("-0.70")}, "negative for what is paid"),
        ({"price": Decimal("NaN")}, "no price"),
    ],
)
def test_terms_that_would_not_be_proposed_are_no_edit(floor: Floor, terms: dict[str, object], words: str) -> None:
    first = floor.waiting()
    said = say(floor, "web", first.id, Word.EDIT, reason="more", **terms)
    assert not said.took
    assert words in said.text
    assert floor.record(first.id).revision == 0
    assert floor.ledger.verify() == []


def test_nobody_overrides_a_limit_that_is_not_marked(floor: Floor) -> None:
    wanted = refused_by(floor, "F1")
    for name in ("Anna", "Ben"):
        said = say(floor, "console", wanted, Word.OVERRIDE, by=name, reason="trust me")
        assert not said.took
        assert "F1" in said.text
    assert floor.record(wanted).state is DecisionState.REFUSED
    assert floor.ledger.asked(since=floor.at.replace(year=2000)) == ()


def test_a_marked_limit_takes_two_and_never_one_twice(lenient: Floor) -> None:
    floor = lenient
    wanted = refused_by(floor, "F1")
    before = len(floor.orders())
    said = say(floor, "console", wanted, Word.OVERRIDE, reason="hedged elsewhere")
    assert "second person" in said.text
    floor.approvals.refresh()
    asking = next(each for each in floor.slack.messages if wanted in each.words())
    assert "Anna asks to override this refusal: hedged elsewhere" in asking.words()
    for channel, word in (("console", Word.OVERRIDE), ("slack", Word.APPROVE), ("web", Word.APPROVE)):
        own = say(floor, channel, wanted, word, reason="again")
        assert not own.took, channel
        assert "somebody else" in own.text
    assert not say(floor, "slack", wanted, by="Cleo").took, "Cleo may not override"
    assert len(floor.orders()) == before
    assert say(floor, "slack", wanted, by="Ben").took
    record = floor.record(wanted)
    assert record.state is DecisionState.APPROVED
    assert [part.body["by"] for part in record.parts if part.kind == "approval"] == ["Anna", "Ben"]
    assert len(floor.orders()) == before + 1
    assert wanted not in floor.web.shown()
    assert floor.ledger.verify() == []


def test_a_first_word_lapses_like_any_question(lenient: Floor) -> None:
    floor = lenient
    wanted = refused_by(floor, "F1")
    say(floor, "console", wanted, Word.OVERRIDE, reason="hedged elsewhere")
    floor.approvals.refresh()
    assert wanted in floor.web.shown()
    floor.later(31)
    floor.approvals.refresh()
    assert wanted not in floor.web.shown()
    assert not say(floor, "console", wanted, Word.OVERRIDE, by="Ben", reason="agreed").took
    assert floor.record(wanted).state is DecisionState.REFUSED


def test_who_may_not_override_is_told_so(floor: Floor) -> None:
    wanted = refused_by(floor, "F1")
    said = say(floor, "web", wanted, Word.OVERRIDE, by="Cleo", reason="please", secret="x")
    assert "may_override" in said.text
    assert floor.turned_away() == ["no_override"]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_limit_that_fails_meanwhile_refuses_through_every_channel(
    asking: Path, monkeypatch: pytest.MonkeyPatch, channel: str
) -> None:
    with Floor.open(asking, monkeypatch, more="\n[risk]\nnet_delta = 0.001\n") as floor:
        floor.approvals.refresh()
        first = floor.waiting()
        said = say(floor, channel, first.id)
        assert said.text.startswith("Refused: net delta")
        assert floor.record(first.id).state is DecisionState.REFUSED
        assert first.id not in floor.web.shown()


def test_an_override_of_what_waits_is_bound_to_its_card_too(floor: Floor) -> None:
    first = floor.waiting()
    card = answer(floor, "web", first.id, Word.OVERRIDE, reason="sure")
    assert floor.approvals.decide(card).took
    standing = floor.ledger.latest_offer(first.id, "web")
    assert standing is not None
    assert standing.spent_by == "Anna"
    assert floor.record(first.id).intent == standing.offer.intent


# the console's verbs


def named(home: Path, monkeypatch: pytest.MonkeyPatch, login: str) -> None:
    (home / "thetagate.toml").write_text(PEOPLE)
    monkeypatch.setenv("LOGNAME", login)


@pytest.fixture
def first(asking: Path) -> str:
    with open_ledger(Home(asking)) as ledger:
        return ledger.decisions(states=[DecisionState.WAITING])[0].id


def test_the_console_knows_people_by_their_login(
    verb: Verb, asking: Path, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(asking, monkeypatch, "mallory")
    said = verb("approve", first)
    assert said.code == 3
    assert "not among those" in said.err
    named(asking, monkeypatch, "ben")
    assert verb("approve", first).code == 0
    assert verb("why", first, "--json").json["approval"]["by"] == "Ben"


def test_the_console_edits_and_approves_at_once(verb: Verb, asking: Path, first: str) -> None:
    said = verb("approve", first, "--contracts", "2", "--price", "0.70", "--reason", "smaller", "--json")
    assert said.code == 0, said.err
    assert said.json["contracts"] == 2
    assert said.json["order"]["limit_price"] == 0.70
    record = verb("why", first, "--json").json
    assert "revision 1" in verb("why", first).out
    assert record["edit"]["revision"] == record["intent"]["revision"] == record["approval"]["revision"] == 1


def test_the_console_says_why_an_edit_is_none(verb: Verb, asking: Path, first: str) -> None:
    assert verb("approve", first, "--contracts", "50").code == 3
    assert verb("approve", first, "--price", "cheap").code == 2
    assert verb("approve", first, "--override", "--contracts", "1", "--reason", "x").code == 2
    assert verb("why", first, "--json").json["outcome"] == "waiting"


def test_two_at_the_console_override_a_marked_limit(
    verb: Verb, asking: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THETAGATE_RISK__OVERRIDABLE", '["F1", "F14"]')
    with open_ledger(Home(asking)) as ledger:
        records = [ledger.record(row.id) for row in ledger.decisions(states=[DecisionState.REFUSED])]
    wanted = next(record.id for record in records if {reason.rule for reason in record.reasons} == {"F1"})
    ask = ("approve", wanted, "--override", "--reason", "hedged elsewhere")
    named(asking, monkeypatch, "anna")
    assert verb(*ask).code == 4
    assert verb(*ask).code == 1
    assert "asked for by Anna" in verb("why", wanted).out
    named(asking, monkeypatch, "ben")
    assert verb(*ask).code == 0
    story = verb("why", wanted).out
    assert "by Anna (console)" in story
    assert "by Ben (console)" in story


def test_the_doctor_says_who_decides_and_through_what(
    verb: Verb, asking: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (asking / "thetagate.toml").write_text(PEOPLE)
    assert "Anna, Ben, Cleo at the console; page on 127.0.0.1:8477; no Slack" in verb("doctor").out
    (asking / "thetagate.toml").write_text(PEOPLE + '\n[slack]\nchannel = "C0TRADES"\n')
    said = verb("doctor")
    assert said.code == 1
    assert "SLACK_BOT_TOKEN and SLACK_APP_TOKEN is missing" in said.out


def test_a_name_for_the_console_and_named_people_exclude_each_other(asking: Path) -> None:
    (asking / "thetagate.toml").write_text('[approvals]\napprover = "Zoe"\n' + PEOPLE)
    with pytest.raises(ConfigError, match="login"):
        authority_of(load_settings(asking))


@pytest.mark.parametrize("twice", ['name = "ANNA"', 'name = "X"\nslack = "U0ANNA"', 'name = "X"\nlogin = "anna"'])
def test_one_person_is_never_two(asking: Path, twice: str) -> None:
    (asking / "thetagate.toml").write_text(f"{PEOPLE}\n[[approvers]]\n{twice}\n")
    with pytest.raises(ConfigError, match="two approvers share"):
        load_settings(asking)
