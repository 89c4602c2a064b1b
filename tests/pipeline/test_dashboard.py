"""The page: who gets in, what is turned away, what can be done there, with and without JavaScript."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.answering import say
from tests.pipeline.chromium import chromium
from tests.pipeline.floor import Browser, Floor
from tools.approvals.answer import Word
from tools.domain.decision import DecisionState


@pytest.fixture
def floor(asking: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Floor]:
    with Floor.open(asking, monkeypatch) as floor:
        yield floor


@pytest.fixture
def base(floor: Floor) -> Iterator[str]:
    with floor.serving() as base:
        yield base


@pytest.fixture
def anna(floor: Floor, base: str) -> Browser:
    return Browser(base, floor.visits.paths()["Anna"])


# who gets in


@pytest.mark.parametrize("path", ["/approvals", "/approvals/d-1", "/approvals/d-1/state", "/"])
def test_nobody_gets_in_without_a_link(base: str, path: str) -> None:
    found = Browser(base, path)
    assert found.status == 401
    assert "link that was printed" in found.text
    assert "BAC" not in found.text


@pytest.mark.parametrize("token", ["", "x", "ü", "0" * 43])
def test_an_invented_token_opens_nothing(base: str, token: str) -> None:
    found = Browser(base).get("/enter?token=" + token.encode().hex())
    assert found.status == 401
    assert len(found.jar) == 0


def test_the_cookie_is_for_this_page_alone(floor: Floor, base: str) -> None:
    found = Browser(base, floor.visits.paths()["Anna"])
    (cookie,) = found.jar
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "lax"
    assert floor.visits.paths()["Anna"].rpartition("=")[2] not in found.text


def test_links_are_drawn_anew_and_one_for_each(floor: Floor) -> None:
    paths = floor.visits.paths()
    assert set(paths) == {"Anna", "Ben", "Cleo"}
    assert len(set(paths.values())) == 3
    assert all(len(path) > 50 for path in paths.values())


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "0.0.0.0:{port}"]
)
def test_another_name_is_not_answered(floor: Floor, base: str, host: str) -> None:
    """A page of elsewhere whose name was made to point here (DNS rebinding) finds nothing."""
    port = base.rpartition(":")[2]
    found = Browser(base).get(floor.visits.paths()["Anna"], Host=host.format(port=port))
    assert found.status == 421
    assert len(found.jar) == 0


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://127.0.0.1:1", "https://127.0.0.1"])
def test_a_form_of_elsewhere_is_not_taken(floor: Floor, anna: Browser, origin: str | None) -> None:
    first = floor.waiting()
    anna.get(f"/approvals/{first.id}").send(f"/approvals/{first.id}/approve", origin=origin)
    assert anna.status == 403
    assert floor.record(first.id).state is DecisionState.WAITING


@pytest.mark.parametrize("token", ["", "x", "ü", "of another session"])
def test_a_form_without_the_sessions_token_is_not_taken(floor: Floor, base: str, anna: Browser, token: str) -> None:
    first = floor.waiting()
    if token == "of another session":
        ben = Browser(base, floor.visits.paths()["Ben"]).get(f"/approvals/{first.id}")
        token = ben.tokens()["token"]
    anna.get(f"/approvals/{first.id}").send(f"/approvals/{first.id}/approve", token=token)
    assert anna.status == 403
    assert floor.record(first.id).state is DecisionState.WAITING


def test_every_answer_carries_headers_that_shut_the_rest_out(floor: Floor, anna: Browser) -> None:
    for path in ("/approvals", f"/approvals/{floor.waiting().id}", "/static/style.css", "/nowhere", "/docs"):
        headers = anna.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
    assert anna.get("/docs").status == anna.get("/openapi.json").status == 404


def test_nothing_is_fetched_from_elsewhere(floor: Floor, anna: Browser) -> None:
    anna.get(f"/approvals/{floor.waiting().id}")
    links = re.findall(r'(?:src|href|action)="([^"]*)"', anna.text)
    assert links
    assert all(link.startswith("/") for link in links)
    assert " style=" not in anna.text
    assert "<script>" not in anna.text


def test_a_large_form_is_not_read(anna: Browser, floor: Floor) -> None:
    first = floor.waiting()
    anna.get(f"/approvals/{first.id}").send(f"/approvals/{first.id}/reject", reason="x" * 70_000)
    assert anna.status == 413


def test_a_form_of_unknown_length_is_not_read(base: str) -> None:
    host, _, port = base.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as link:
        link.sendall(
            f"POST /approvals/d-1/approve HTTP/1.1\r\nHost: {host}:{port}\r\n"
            "Transfer-Encoding: chunked\r\n\r\n".encode()
        )
        assert b" 413 " in link.recv(200)


# what is done there


def test_the_list_shows_what_waits_right_after_a_start(floor: Floor, anna: Browser) -> None:
    for record in floor.approvals.waiting():
        assert record.id in anna.text
    assert "+0.70" in anna.text
    assert "−13,590.00" in anna.text
    assert "2026-11-20 16:00 New York" in anna.text


def test_a_trade_is_approved_once(floor: Floor, anna: Browser, base: str) -> None:
    first = floor.waiting()
    anna.get(f"/approvals/{first.id}")
    form = anna.tokens()
    anna.send(f"/approvals/{first.id}/approve", reason="fits <b>well</b>")
    assert anna.status == 200
    assert "Approved by Anna in web, 15:45 New York time: fits &lt;b&gt;well&lt;/b&gt;" in anna.text
    anna.send(f"/approvals/{first.id}/approve", **form)
    assert "already approved by Anna" in anna.text
    assert len(floor.orders_of(first.id)) == 1
    assert first.id not in anna.get("/approvals").text


def test_a_rejection_needs_its_reason(floor: Floor, anna: Browser) -> None:
    first = floor.waiting()
    anna.get(f"/approvals/{first.id}").send(f"/approvals/{first.id}/reject", reason="  ")
    assert "needs its reason" in anna.text
    assert floor.record(first.id).state is DecisionState.WAITING
    anna.send(f"/approvals/{first.id}/reject", reason="earnings too close")
    assert "Rejected by Anna in web" in anna.text


def test_new_terms_are_shown_and_approved(floor: Floor, anna: Browser) -> None:
    first = floor.waiting()
    anna.get(f"/approvals/{first.id}").send(f"/approvals/{first.id}/edit", contracts="1", price="0.71")
    assert "revision 1" in anna.text
    assert "Limit <b>0.71</b>, and nothing below it" in anna.text
    anna.send(f"/approvals/{first.id}/approve")
    assert "Approved by Anna" in anna.text


@pytest.mark.parametrize("terms", [{"contracts": "many"}, {"price": "cheap"}, {"contracts": "1.5"}])
def test_terms_that_are_no_numbers_are_said_to_be_none(floor: Floor, anna: Browser, terms: dict[str, str]) -> None:
    first = floor.waiting()
    anna.get(f"/approvals/{first.id}").send(f"/approvals/{first.id}/edit", **terms)
    assert "whole number" in anna.text
    assert floor.record(first.id).revision == 0


def test_a_card_that_was_answered_elsewhere_says_how(floor: Floor, anna: Browser) -> None:
    first = floor.waiting()
    anna.get(f"/approvals/{first.id}")
    assert json.loads(anna.get(f"/approvals/{first.id}/state").text)["open"]
    assert say(floor, "console", first.id, Word.REJECT, by="Ben", reason="no").took
    assert "Rejected by Ben in console" in anna.get(f"/approvals/{first.id}").text
    assert not json.loads(anna.get(f"/approvals/{first.id}/state").text)["open"]


def test_what_does_not_exist_is_not_found(anna: Browser) -> None:
    assert anna.get("/approvals/d-000000000000").status == 404
    assert anna.get("/approvals/..%2f..%2fetc").status == 404
    assert anna.get("/static/../app.py").status == 404


# in a real browser


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_real_browser_approves(floor: Floor, base: str, tmp_path: Path, scripts: bool) -> None:
    first = floor.waiting()
    with chromium(tmp_path / "chromium", scripts=scripts) as tab:
        tab.narrow(420)
        tab.go(base + floor.visits.paths()["Anna"])
        assert tab.js("location.pathname") == "/approvals"
        tab.click(f'a[href="/approvals/{first.id}"]')
        tab.wait("document.querySelector('details.approve') !== null")
        assert tab.js("document.documentElement.scrollWidth <= innerWidth")
        tab.click("details.approve summary")
        tab.wait("document.querySelector('details.approve').open")
        assert "13,590.00" in tab.js("document.querySelector('button.go').textContent")
        tab.click("button.go")
        tab.wait("document.querySelector('.ended') !== null")
        assert "Approved by Anna in web" in tab.js("document.querySelector('.ended').textContent")
        assert tab.js("document.cookie") == ""
    assert len(floor.orders_of(first.id)) == 1


def test_an_open_page_changes_when_the_trade_is_decided_elsewhere(floor: Floor, base: str, tmp_path: Path) -> None:
    first = floor.waiting()
    with chromium(tmp_path / "chromium") as tab:
        tab.go(base + floor.visits.paths()["Anna"])
        tab.go(f"{base}/approvals/{first.id}")
        assert say(floor, "console", first.id, Word.REJECT, by="Ben", reason="no").took
        tab.wait("document.querySelector('.ended') !== null")
        assert "Rejected by Ben" in tab.js("document.querySelector('.ended').textContent")
