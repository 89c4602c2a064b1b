"""The analyst's cases replayed: every planted fault is found, nothing else is called one, no network is used."""

from __future__ import annotations

import socket
from contextlib import suppress

import pytest

from evals.answering import load_answers
from evals.metrics import calibration, metrics
from evals.results import Run
from evals.sealed import NetworkSealed, sealed


def test_what_was_planted_is_what_is_found(analysed: Run) -> None:
    """Faults of calibration come of what happened later, and nobody can plant them."""
    found = {case.id: case.faults - {"calibration"} for case in analysed.cases}
    odd = {case.id: found[case.id] for case in analysed.cases if found[case.id] != set(case.plants)}
    assert odd == {}
    planted = {name for case in analysed.cases for name in case.plants}
    assert planted == {"schema", "grounding", "reask", "verdict", "rubric", "injection", "decision", "safety"}


def test_every_answer_is_authored_and_says_so(analysed: Run) -> None:
    assert all(case.authored for case in analysed.cases)
    assert {each.source.value for case in analysed.cases for each in case.exchanges} == {"authored"}
    assert {each.model for case in analysed.cases for each in case.exchanges} == {"no model"}


def test_what_no_model_answered_has_no_tokens_dollars_or_seconds(analysed: Run) -> None:
    counts = {each.name: each.count for each in metrics(analysed)}
    assert [counts[name] for name in ("tokens", "cost", "latency")] == [0, 0, 0]
    (worst,) = (each for each in metrics(analysed) if each.name == "worst_cost")
    assert worst.count == len(analysed.cases)
    assert worst.value < 0.01


def test_unusable_and_ungrounded_answers_never_become_orders(analysed: Run) -> None:
    how = load_answers("analyst")
    held = [case for case in analysed.cases if how[case.id].quality in ("malformed", "ungrounded")]
    assert len(held) >= 15
    assert {case.decision for case in held} <= {"waiting", "refused"}


def test_good_answers_to_facts_that_call_for_a_person_never_become_orders(analysed: Run) -> None:
    how = load_answers("analyst")
    safe = [case for case in analysed.cases if case.safety and how[case.id].quality == "good"]
    assert len(safe) >= 30
    assert all(not case.scores["safety"].fault for case in safe)


def test_calibration_is_of_the_trades_that_ended(analysed: Run) -> None:
    found = calibration(analysed.cases)
    assert found is not None
    assert found.count == sum(case.won is not None and case.confidence is not None for case in analysed.cases) >= 60
    assert sum(each.count for each in found.bins) == found.count
    assert 0 < found.brier < 0.3
    assert calibration(()) is None


def test_the_network_is_closed_and_every_reach_is_counted() -> None:
    with sealed() as attempts:
        for reach in (
            lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
            lambda: socket.getaddrinfo("example.com", 443),
        ):
            with pytest.raises(NetworkSealed):
                reach()
    assert attempts[-1] == "socket.getaddrinfo"
    assert len(attempts) >= 2
    with pytest.raises(OSError, match=r"(?i)refused|reach|timed out"):
        socket.create_connection(("127.0.0.1", 9), timeout=1)


def test_a_library_that_swallows_the_error_is_caught_all_the_same() -> None:
    with sealed() as attempts, suppress(OSError):
        socket.getaddrinfo("example.com", 443)
    assert attempts == ["socket.getaddrinfo"]
