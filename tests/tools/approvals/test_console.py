from __future__ import annotations

from datetime import timedelta

import pytest

from tests.tools.approvals.test_policy import analysis
from tests.tools.ledger.specimens import AS_OF, candidate, fit, gate, leg, limit
from tools.approvals.card import Card, card
from tools.approvals.channel import ApprovalChannel
from tools.approvals.console import WIDTH, ConsoleChannel, age, render
from tools.domain.decision import DecisionRecord, DecisionState, LimitState, Outcome
from tools.domain.errors import LedgerError
from tools.domain.mode import Mode
from tools.domain.rationale import Analysis
from tools.domain.score import ScoreBreakdown


def record(**changes: object) -> DecisionRecord:
    put = candidate(leg(480))
    waiting = gate(Outcome.WAITING)
    fields: dict[str, object] = {
        "id": put.id,
        "state": DecisionState.WAITING,
        "outcome": Outcome.WAITING,
        "candidate": put,
        "facts": {},
        "analysis": analysis(),
        "fit": fit(2, limit("F1"), limit("F6", LimitState.UNKNOWN), limit("F13", LimitState.NOT_APPLICABLE)),
        "score": ScoreBreakdown(quantitative=7.3, model=7.0, fit=6.5, total=7.16),
        "gate": waiting,
        "reasons": waiting.reasons,
        "parts": (),
        "content_hash": "0" * 64,
        **changes,
    }
    return DecisionRecord.model_validate(fields)


def shown(**changes: object) -> Card:
    return card(record(**changes), mode=Mode.SIMULATED, now=AS_OF + timedelta(minutes=4))


def told(rationale: str) -> Analysis:
    base = analysis()
    assert base.rationale is not None
    return base.model_copy(update={"rationale": base.rationale.model_copy(update={"risk_narrative": rationale})})


def test_the_card_shows_what_a_person_needs() -> None:
    put = candidate(leg(480))
    text = render(shown())
    assert text.splitlines() == [
        f"[SIMULATED] {put.id}  SPY 28d 480 put",
        "  sell 2 SPY 2026-12-18 480 put",
        "  credit    2.50 per share, 500.00 in all",
        "  max loss  95,500.00",
        "  breakeven 477.50",
        "  PoP       84%",
        "  score     0.70 × 7.30 + 0.20 × 7.00 + 0.10 × 6.50 = 7.16",
        "  because   score 7.1 < 7.5",
        "  risk      allocation  1.2% → 4.8% of 5.0%",
        "            allocation  1.2% → 4.8% of 5.0%  unknown",
        "  analyst   A fall of 7 % reaches the strike.",
        "            (live, m)",
        "  quote     4 min old, feed embedded",
        "  expires   2026-11-20 11:15 New York time",
    ]


def test_what_is_unknown_is_called_unknown() -> None:
    text = render(
        shown(
            candidate=candidate(leg(480), pop=None),
            score=ScoreBreakdown(quantitative=7.3, fit=6.5),
            analysis=None,
        )
    )
    assert "PoP       unknown" in text
    assert "0.20 × ?" in text
    assert "= ?" in text
    assert "no analysis" in text


def test_a_limit_on_the_trade_alone_has_no_before_and_is_not_unknown() -> None:
    spread = limit("F9", LimitState.ALERT).model_copy(update={"name": "spread", "before": None, "after": 0.043})
    delta = limit("F3", LimitState.UNKNOWN).model_copy(update={"name": "delta", "before": None, "after": None})
    lines = render(shown(fit=fit(2, spread, delta))).splitlines()
    assert "  risk      spread  4.3% of 5.0%  alert" in lines
    assert "            delta   unknown → unknown of 5.0%  unknown" in lines


def test_the_narrative_is_two_lines_at_most() -> None:
    text = render(shown(analysis=told("A long story about risk. " * 40)))
    start = text.index("analyst")
    assert text[start : text.index("quote")].count("\n") == 3  # two lines and who wrote them
    assert "…" in text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_no_text_from_outside_can_paint_over_the_card() -> None:
    text = render(shown(analysis=told("safe\x1b[2J\x1b[H\r\nmax loss  1.00\u202e\u0000")))
    for character in ("\x1b", "\r", "\u202e", "\x00"):
        assert character not in text
    assert [line for line in text.splitlines() if line.startswith("  max loss")] == ["  max loss  95,500.00"]


def test_every_leg_is_written_out() -> None:
    spread = candidate(leg(480, -1), leg(470, 1))
    assert shown(candidate=spread).legs == ("sell 2 SPY 2026-12-18 480 put", "buy 2 SPY 2026-12-18 470 put")


def test_what_was_never_fitted_has_no_card() -> None:
    with pytest.raises(LedgerError, match="not been fitted"):
        shown(fit=None)


def test_the_console_asks_once_and_says_how_it_ended() -> None:
    written: list[str] = []
    channel: ApprovalChannel = ConsoleChannel(written.append)
    channel.announce(shown())
    channel.announce(shown())
    assert len(written) == 1
    channel.withdraw(shown().decision_id, "rejected by anna in slack")
    assert written[1] == f"{shown().decision_id}: rejected by anna in slack"


@pytest.mark.parametrize(
    ("seconds", "text"), [(-3, "0 s"), (12, "12 s"), (119, "119 s"), (180, "3 min"), (7200, "2 h")]
)
def test_ages_read_well(seconds: float, text: str) -> None:
    assert age(seconds) == text
