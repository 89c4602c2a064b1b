"""`model-report`: honest when nothing is known, the same in words and JSON, over the ledger and over history."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from agents.model import ModelRequest
from pipeline.cli.model_report import tell
from pipeline.home import Home
from pipeline.model_report import contract
from pipeline.wiring import open_ledger
from tests.pipeline.conftest import Verb, later
from tests.pipeline.recording import Answer, answer, record
from tests.pipeline.test_recordings import FIRST, PLAN, SEED, SYMBOLS, market
from tests.tools.desk.test_model_report import BOOKS, HOUSE, judged
from tools.desk.model_report import model_report
from tools.domain.value import digest

UNTIL = date(2008, 10, 3)
HISTORY = (
    *("--book", "primary", "--book", "cash_secured_put", "--symbols", ",".join(SYMBOLS)),
    *("--seed", str(SEED), "--from", str(FIRST), "--to", str(UNTIL)),
)


def test_nothing_was_ever_decided(verb: Verb) -> None:
    said = verb("model-report")
    assert said.code == 0
    assert "0 usable answers" in said.out
    assert "22 that agree would show 85 %" in said.out
    assert "unknown: 0 of at least 30 outcomes" in said.out
    assert "Nothing is known of what the model brings" in said.out


def test_a_persons_answers_are_no_models(verb: Verb, asking: Path) -> None:
    told = verb("model-report", "--json").json
    assert told["schema"] == "thetagate.model-report/1"
    assert told["answers"]["counted"] == 0
    assert told["answers"]["by_source"] == {"authored": 24}
    assert told["calibration"] == {"unknown": "0 of at least 30 outcomes"}
    assert told["ablation"]["decisions"] == 0
    theirs = verb("model-report", "--source", "authored", "--json").json
    assert theirs["answers"]["counted"] == 24
    assert theirs["ablation"]["decisions"] == 24
    assert theirs["ablation"]["left_out"] == 0
    shown = verb("model-report", "--source", "authored").out
    assert theirs["ablation"]["sentence"] in shown.replace("\n", " ")
    assert f"{theirs['agreement']['agreed']} of {theirs['agreement']['cases']} clear-cut cases" in shown


def test_what_is_known_is_told_with_its_intervals(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    random = np.random.default_rng(3)
    won = random.random(240) < 0.7
    bold = np.where(random.random(240) < 0.85, won, ~won)
    every = [
        judged(n, 9.0 if sure else 4.0, quantitative=7.6, pnl=100.0 if good else -250.0)
        for n, (good, sure) in enumerate(zip(won, bold, strict=True))
    ]
    found = model_report(every, books=BOOKS, house=HOUSE)
    tell(found, basis="a planted sample", notes=["Mind this."])
    out = capsys.readouterr().out
    assert "240 usable answers that are live or recorded" in out
    assert "they cost $0.9600" in out
    assert "240 outcomes, " in out
    assert "Brier score 0." in out
    assert "more than chance" in out
    assert "The model helped: of 240 decisions" in out
    assert "kept out by it: 0" in out
    told = contract(found, basis="a planted sample", notes=["Mind this."])
    assert told["notes"] == ["Mind this."]
    assert told["calibration"]["outcomes"] == sum(line["count"] for line in told["calibration"]["table"]) == 240
    assert told["ablation"]["verdict"] == "helped"
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_what_means_nothing_is_said_so(verb: Verb) -> None:
    assert "no source of answers" in verb("model-report", "--source", "oracle").err
    assert verb("model-report", "--book", "primary", "--from", str(FIRST), "--to", str(UNTIL)).code == 2


def test_over_history_what_was_kept_out_has_a_result_too(
    verb: Verb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a threshold of 8.5 the model's fifth decides much; a second run takes what it kept out."""
    monkeypatch.setenv("THETAGATE_MARKET__DRIVER", "invented")
    monkeypatch.setenv("THETAGATE_SCORE__AUTOMATIC", "8.5")
    cassette = tmp_path / "weeks.yaml"
    assert record(cassette, market(), PLAN.model_copy(update={"last": UNTIL}), rule=_bold_or_shy) > 20
    told = verb("model-report", "--recordings", cassette, "--source", "authored", *HISTORY, "--json").json
    assert told["basis"] == f"primary, cash_secured_put from {FIRST} to {UNTIL}"
    assert any("written by a person" in note for note in told["notes"])
    ablation = told["ablation"]
    assert told["answers"]["counted"] == ablation["decisions"] + ablation["left_out"] > 20
    assert ablation["kept_out"]["known"] > 0 < ablation["let_in"]["known"]
    assert ablation["let_in"]["count"] + ablation["kept_out"]["count"] == len(ablation["changed"])
    assert ablation["verdict"] == "cannot_be_told"
    difference = ablation["let_in"]["pnl"] - ablation["kept_out"]["pnl"]
    assert ablation["difference"]["estimate"] == pytest.approx(difference)


def _bold_or_shy(request: ModelRequest) -> Answer:
    bold = int(digest(request.brief)[:8], 16) % 2
    words = {"rationale": "The premium pays for its risk.", "verdict": "approve"}
    return answer(request) | words | {"confidence": 9.5 if bold else 3.0}


def test_a_later_run_is_told_of_what_was_over_before_it(verb: Verb, asking: Path) -> None:
    """Everything is closed, then the market is looked at anew: each record keeps what it was compared with."""
    assert verb("flatten", "--reason", "practice", "--yes").code == 0
    later(asking, minutes=5)
    assert verb("run").code == 0
    assert verb("resume", "--by", "anna", "--reason", "done").code == 0
    later(asking, minutes=5)
    assert verb("run").code == 0
    with open_ledger(Home(asking)) as ledger:
        latest = ledger.latest_scan()
        assert latest is not None
        records = [ledger.record(each) for each in latest.decision_ids]
        over = {each.decision_id: each.closed_at for each in ledger.ended_trades()}
        assert ledger.verify() == []
    compared = [each for each in records if each.similar]
    assert compared
    for each in compared:
        assert len(each.similar) <= 3
        assert [one.distance for one in each.similar] == sorted(one.distance for one in each.similar)
        for one in each.similar:
            assert over[one.trade.id] == one.trade.closed_at < each.candidate.as_of
            assert one.trade.ended_by == "flatten"
    assert compared[0].similar[0].trade.label in verb("why", compared[0].id).out
