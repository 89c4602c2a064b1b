"""Slack with its real library on both ends of the wire: the card, what is pressed, and what goes wrong."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.approving import Approvals, authority_of
from pipeline.channels import open_channels
from pipeline.settings import load_settings
from tests.peers.slack_server import APP, BOT, CHANNEL, SECRET, SlackServer, misshapen
from tests.pipeline.answering import say
from tests.pipeline.floor import ANNA, BEN, PEOPLE, STRANGER, Floor
from tests.tools.approvals.test_console import shown, told
from tools.approvals.answer import Answer, Decided, Word
from tools.approvals.slack_card import closed_card, open_card
from tools.domain.decision import DecisionState
from tools.domain.errors import ChannelError, ConfigError

EVENTS = "/slack/events"


@pytest.fixture
def floor(asking: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Floor]:
    with Floor.open(asking, monkeypatch) as floor:
        floor.approvals.refresh()
        yield floor


@pytest.fixture
def base(floor: Floor) -> Iterator[str]:
    with floor.serving() as base:
        yield base


@pytest.fixture
def socket_floor(asking: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Floor]:
    with Floor.open(asking, monkeypatch, transport="socket") as floor:
        floor.approvals.refresh()
        floor.channels.start()
        yield floor


def decided(floor: Floor, decision_id: str) -> bool:
    """Whether the decision is taken and its card closed."""
    is_open = any(decision_id in each.words() and each.buttons() for each in floor.slack.messages)
    return floor.record(decision_id).state is not DecisionState.WAITING and not is_open


# the card


def test_the_card_shows_what_the_console_shows(floor: Floor) -> None:
    words, first = floor.slack.messages[0].words(), floor.waiting()
    for wanted in (
        "SIMULATED", "sell 3 BAC 2026-12-24 46 put", "0.70 per share, 210.00 in all", "13,590.00", "45.30", "76%",
        "0.70 × 7.91 + 0.20 × 6.30 + 0.10 × 6.61 = 7.46", "score 7.46 < 7.5", "5 → 6 of 10", "yield curve",
        "quote 0 s old", "good until 15:50 New York time", "expires 16:00 New York time", first.id,
    ):  # fmt: skip
        assert wanted in words, wanted
    buttons = floor.slack.messages[0].buttons()
    assert "Max loss 13,590.00" in buttons["tg_approve"]["confirm"]["text"]["text"]
    assert buttons["tg_open"]["url"] == f"http://127.0.0.1:8477/approvals/{first.id}"
    assert set(buttons) == {"tg_approve", "tg_reject", "tg_open"}


def test_no_text_from_outside_is_a_mention_a_link_or_bold() -> None:
    told_badly = told("<!channel> *safe* <https://evil.example|click> max loss 1.00\u202e\n\x1b[2J" * 30)
    blocks = open_card(shown(analysis=told_badly))
    assert misshapen(blocks) == ""
    risky = [each for each in blocks if "channel" in json.dumps(each)]
    assert [each["text"]["type"] for each in risky] == ["plain_text"]
    for letter in ("\u202e", "\x1b"):
        assert letter not in json.dumps(blocks, ensure_ascii=False)
    closed = closed_card(None, "d-1", "Rejected by Anna: <!here> & more")
    assert "&lt;!here&gt; &amp; more" in json.dumps(closed)


def test_the_longest_card_is_within_slacks_limits() -> None:
    card = shown()
    long = card.model_copy(
        update={"title": "T" * 900, "reasons": ("r" * 4000,), "risk": card.risk * 90, "narrative": "n " * 4000}
    )
    assert misshapen(open_card(long, page="https://" + "p" * 200)) == ""
    assert misshapen(closed_card(long, "d-1", "x" * 5000)) == ""


# what is pressed


def test_a_signed_click_approves_and_every_card_says_so(floor: Floor, base: str) -> None:
    first = floor.waiting()
    floor.slack.press("tg_approve", by=ANNA, message=floor.slack.messages[0], url=base + EVENTS)
    assert floor.slack.wait_until(lambda: decided(floor, first.id))
    assert "Approved by Anna in slack, 15:45 New York time; filled 3 at 0.69" in floor.slack.messages[0].words()
    assert floor.slack.messages[0].edits >= 1  # the same words twice where two looks meet
    assert len(floor.slack.messages) == 2
    assert floor.slack.whispers == []
    assert first.id in floor.written[-1]


def test_socket_mode_hears_the_same(socket_floor: Floor) -> None:
    floor = socket_floor
    first, second = floor.approvals.waiting()
    floor.slack.press("tg_approve", by=ANNA, message=floor.slack.messages[0])
    assert floor.slack.wait_until(lambda: decided(floor, first.id))
    floor.slack.press("tg_reject", by=BEN, message=floor.slack.messages[1])
    assert floor.slack.wait_until(lambda: len(floor.slack.windows) == 1)
    floor.slack.submit("earnings too close", by=BEN)
    assert floor.slack.wait_until(lambda: decided(floor, second.id))
    assert "Rejected by Ben in slack, 15:45 New York time: earnings too close" in floor.slack.messages[1].words()
    assert len(floor.orders_of(first.id)) == 1


def test_slack_is_told_it_was_heard_before_the_work_is_done(
    socket_floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor, release = socket_floor, threading.Event()
    real, first = floor.approvals.decide, floor.waiting()

    def slow(answer: Answer) -> Decided:
        release.wait(10)
        return real(answer)

    assert floor.channels.slack is not None
    monkeypatch.setattr(floor.channels.slack, "_decide", slow)
    seconds = floor.slack.press("tg_approve", by=ANNA, message=floor.slack.messages[0])
    assert seconds < 2
    assert floor.record(first.id).state is DecisionState.WAITING
    release.set()
    assert floor.slack.wait_until(lambda: decided(floor, first.id))


def test_a_dropped_link_is_taken_up_again(socket_floor: Floor) -> None:
    floor, first = socket_floor, socket_floor.waiting()
    floor.slack.drop_links()
    assert floor.slack.wait_until(lambda: floor.slack.asked.count("apps.connections.open") >= 2, seconds=25)
    floor.slack.press("tg_approve", by=ANNA, message=floor.slack.messages[0])
    assert floor.slack.wait_until(lambda: decided(floor, first.id))


def test_open_without_a_page_is_a_window(asking: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Floor.open(asking, monkeypatch, transport="socket", more="\n[web]\nenabled = false\n") as floor:
        floor.approvals.refresh()
        floor.channels.start()
        floor.slack.press("tg_open", by=STRANGER, message=floor.slack.messages[0])
        assert floor.slack.wait_until(lambda: len(floor.slack.windows) == 1)
        assert "sell 3 BAC 2026-12-24 46 put" in json.dumps(floor.slack.windows)


def test_a_stranger_is_told_alone_and_nothing_happens(floor: Floor, base: str) -> None:
    before = [each.words() for each in floor.slack.messages]
    floor.slack.press("tg_approve", by=STRANGER, message=floor.slack.messages[0], url=base + EVENTS)
    assert floor.slack.wait_until(lambda: len(floor.slack.whispers) == 1)
    assert floor.slack.whispers[0][0] == STRANGER
    assert "not among those" in floor.slack.whispers[0][1]
    assert [each.words() for each in floor.slack.messages] == before
    assert floor.turned_away() == ["stranger"]


def test_one_signed_request_sent_again_is_one_order(floor: Floor, base: str) -> None:
    """Within its five minutes a replay carries a good signature: the card's secret is what it lacks."""
    first = floor.waiting()
    body, headers = floor.slack.signed(floor.slack.pressed("tg_approve", by=ANNA, message=floor.slack.messages[0]))
    assert [floor.slack.post(base + EVENTS, body, headers) for _ in range(5)] == [200] * 5
    assert floor.slack.wait_until(lambda: len(floor.turned_away()) == 4)
    assert floor.turned_away() == ["replayed"] * 4
    assert len(floor.orders_of(first.id)) == 1


@pytest.mark.parametrize(
    ("age", "secret"), [(0, "another secret"), (301, SECRET), (-301, SECRET), (0, "")], ids=str
)
def test_what_is_badly_signed_or_old_is_not_heard(floor: Floor, base: str, age: int, secret: str) -> None:
    first = floor.waiting()
    payload = floor.slack.pressed("tg_approve", by=ANNA, message=floor.slack.messages[0])
    assert floor.slack.post(base + EVENTS, *floor.slack.signed(payload, age=age, secret=secret)) == 401
    body, headers = floor.slack.signed(payload)
    assert floor.slack.post(base + EVENTS, body + b"&x=1", headers) == 401
    assert floor.slack.post(base + EVENTS, body, {}) == 401
    assert floor.record(first.id).state is DecisionState.WAITING


@pytest.mark.parametrize("value", ["", "{}", "[]", "null", '{"decision": 1, "secret": []}', "x" * 1999])
def test_a_button_of_nobodys_making_decides_nothing(floor: Floor, base: str, value: str) -> None:
    payload = floor.slack.pressed("tg_approve", by=ANNA, message=floor.slack.messages[0], value=value)
    assert floor.slack.post(base + EVENTS, *floor.slack.signed(payload)) == 200
    time.sleep(0.1)
    assert len(floor.approvals.waiting()) == 2


def test_a_moved_price_edits_the_card_in_place_and_says_so(floor: Floor, base: str) -> None:
    first = floor.waiting()
    floor.factor = 1.10
    floor.slack.press("tg_approve", by=ANNA, message=floor.slack.messages[0], url=base + EVENTS)
    assert floor.slack.wait_until(lambda: len(floor.slack.whispers) == 1)
    assert "has moved from 0.70 to 0.77" in floor.slack.whispers[0][1]
    assert "0.77 per share" in floor.slack.messages[0].words()
    assert len(floor.slack.messages) == 2
    floor.slack.press("tg_approve", by=ANNA, message=floor.slack.messages[0], url=base + EVENTS)
    assert floor.slack.wait_until(lambda: decided(floor, first.id))


# what goes wrong


def test_rate_limits_are_waited_out(asking: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Floor.open(asking, monkeypatch) as floor:
        monkeypatch.setattr("slack_sdk.http_retry.builtin_handlers.random.random", lambda: 0.0)
        floor.slack.limited = 3
        floor.approvals.refresh()
        assert len(floor.slack.messages) == 2
        assert floor.slack.asked.count("chat.postMessage") == 5


def test_a_slack_that_is_down_keeps_nobody_from_deciding(
    asking: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with Floor.open(asking, monkeypatch) as floor:
        floor.approvals.refresh()
        first, second = floor.approvals.waiting()
        floor.slack.down = True
        assert say(floor, "web", first.id).took
        assert "slack cannot be reached" in caplog.text
        assert floor.slack.messages[0].buttons()
        floor.slack.down = False
        floor.approvals.refresh()
        assert not floor.slack.messages[0].buttons()
        assert "Approved by Anna in web" in floor.slack.messages[0].words()
        assert floor.slack.messages[1].buttons()
        assert second.id in floor.slack.messages[1].words()


def test_after_a_restart_the_same_messages_go_on(asking: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Floor.open(asking, monkeypatch) as floor:
        floor.approvals.refresh()
        approvals = Approvals(ledger=floor.ledger, authority=authority_of(floor.settings), opened=floor.opened)
        again = open_channels(floor.settings, approvals, write=lambda line: None)
        approvals.refresh()
        assert len(floor.slack.messages) == 2
        first = floor.waiting()
        floor.later(6)
        approvals.refresh()
        assert [each.edits for each in floor.slack.messages] == [1, 1]
        secret = json.loads(floor.slack.messages[0].buttons()["tg_approve"]["value"])["secret"]
        assert approvals.decide(Answer(first.id, Word.APPROVE, channel="slack", user=ANNA, secret=secret)).took
        assert "Approved by Anna" in floor.slack.messages[0].words()
        again.stop()


def test_a_deleted_message_is_posted_anew(floor: Floor) -> None:
    gone = floor.slack.messages.pop(0)
    floor.later(6)
    floor.approvals.refresh()
    assert len(floor.slack.messages) == 2
    assert gone.ts not in {each.ts for each in floor.slack.messages}


def test_a_message_whose_posting_was_never_confirmed_loses_its_buttons_too(floor: Floor, base: str) -> None:
    first = floor.waiting()
    stray = floor.slack.messages[0]
    floor.ledger.forget_announced(first.id, "slack")
    floor.approvals.refresh()
    assert len(floor.slack.messages) == 3
    floor.slack.press("tg_approve", by=ANNA, message=stray, url=base + EVENTS)
    assert floor.slack.wait_until(lambda: decided(floor, first.id))
    assert floor.slack.wait_until(lambda: not stray.buttons())
    assert len(floor.orders_of(first.id)) == 1


def test_no_secret_is_ever_written(
    asking: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with Floor.open(asking, monkeypatch, transport="socket") as floor:
        floor.approvals.refresh()
        floor.channels.start()
        secret = json.loads(floor.slack.messages[0].buttons()["tg_approve"]["value"])["secret"]
        floor.slack.press("tg_approve", by=STRANGER, message=floor.slack.messages[0])
        floor.slack.wait_until(lambda: len(floor.slack.whispers) == 1)
        floor.slack.down = True
        floor.later(40)
        floor.approvals.refresh()
        written = caplog.text + "".join(floor.written)
        with floor.ledger.database.read() as connection:
            written += "".join(map(str, connection.exec_driver_sql("SELECT body FROM events")))
    for each in (BOT, APP, SECRET, secret):
        assert each not in written


def test_slack_refuses_what_it_cannot_do(asking: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Floor.open(asking, monkeypatch, transport="socket") as floor:
        assert floor.channels.slack is not None
        with pytest.raises(ConfigError, match="SLACK_SIGNING_SECRET"):
            floor.channels.slack.dispatch(_request())
        floor.slack.down = True
        with pytest.raises(ChannelError, match="SLACK_APP_TOKEN"):
            floor.channels.start()


def _request() -> Any:
    from slack_bolt import BoltRequest

    return BoltRequest(body="payload={}", headers={})


@pytest.mark.parametrize(
    ("people", "transport", "keys", "words"),
    [
        ("", "socket", {"BOT_TOKEN": "x", "APP_TOKEN": "x"}, "name who may decide"),
        (PEOPLE, "socket", {"BOT_TOKEN": "x"}, "SLACK_APP_TOKEN is missing"),
        (PEOPLE, "http", {"APP_TOKEN": "x"}, "SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET is missing"),
    ],
)
def test_half_a_slack_is_none(
    asking: Path, monkeypatch: pytest.MonkeyPatch, people: str, transport: str, keys: dict[str, str], words: str
) -> None:
    with Floor.open(asking, monkeypatch) as floor, SlackServer():
        for name in ("BOT_TOKEN", "APP_TOKEN", "SIGNING_SECRET"):
            monkeypatch.delenv(f"SLACK_{name}", raising=False)
        for name, value in keys.items():
            monkeypatch.setenv(f"SLACK_{name}", value)
        told = f'{people}\n[slack]\nchannel = "{CHANNEL}"\ntransport = "{transport}"\n'
        (asking / "thetagate.toml").write_text(told)
        with pytest.raises(ConfigError, match=words):
            open_channels(load_settings(asking), floor.approvals, write=lambda line: None)
