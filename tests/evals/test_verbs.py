"""The verbs of `eval`: exit codes, JSON, the report's path, and a help that stays quick."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evals import telling
from evals.program import whole
from evals.results import Run, baseline_of, write_run
from pipeline.cli.app import run_app


@pytest.fixture
def home(tmp_path: Path, analysed: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose last run is the analyst's, a baseline of its own, and a replay that is remembered."""
    whole()
    monkeypatch.setattr("evals.running.run", lambda tasks, progress: analysed)
    monkeypatch.setattr(telling, "BASELINE", tmp_path / "baseline.json")
    return tmp_path


def test_a_run_without_a_baseline_does_not_pass(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app(["eval", "run", "--home", str(home)]) == 6
    assert "there is no baseline" in capsys.readouterr().out


def test_accepted_run_compared_and_reported(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app(["eval", "run", "--accept", "--task", "analyst", "--home", str(home), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["gate"]["passed"] is True
    assert told["authored"] == told["cases"]["analyst"]
    assert run_app(["eval", "run", "--task", "analyst", "--home", str(home)]) == 0
    out = capsys.readouterr().out
    assert "no model produced these answers" in out
    assert "gate: passed" in out
    assert run_app(["eval", "compare", "--home", str(home)]) == 0
    page = home / "page.html"
    assert run_app(["eval", "report", "--html", str(page), "--home", str(home), "--json"]) == 0
    assert page.read_text().startswith("<!doctype html>")


def test_what_is_worse_exits_with_a_code_of_its_own(
    home: Path, analysed: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    other = analysed.identity.model_copy(update={"answer_schema": "another"})
    write_run(home / "baseline.json", baseline_of(analysed.model_copy(update={"identity": other})))
    assert run_app(["eval", "run", "--task", "analyst", "--home", str(home)]) == 6
    assert "another data set than the baseline's: answer schema: was another" in capsys.readouterr().out


def test_an_unknown_task_and_a_missing_run_are_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app(["eval", "run", "--task", "poet", "--home", str(home)]) == 2
    assert "no task 'poet'" in capsys.readouterr().err
    assert run_app(["eval", "report", "--home", str(home)]) == 2
    assert "run `thetagate eval run` first" in capsys.readouterr().err


def test_accepting_one_task_keeps_the_others(home: Path, analysed: Run) -> None:
    from evals.case import Task
    from evals.results import read_run

    foreign = analysed.cases[0].model_copy(update={"id": "a-day", "task": Task.CYCLE})
    cases = analysed.identity.cases | {"a-day": "f"}
    both = analysed.model_copy(
        update={
            "cases": (*analysed.cases, foreign),
            "identity": analysed.identity.model_copy(update={"cases": cases}),
        }
    )
    write_run(home / "baseline.json", baseline_of(both))
    assert run_app(["eval", "run", "--accept", "--task", "analyst", "--home", str(home)]) == 0
    kept = read_run(home / "baseline.json")
    assert "a-day" in kept.by_id
    assert "a-day" in kept.identity.cases


def test_help_of_the_whole_program_loads_nothing_heavy() -> None:
    program = (
        "import sys; from evals.program import whole; from pipeline.cli.app import run_app; whole(); "
        "code = run_app(['--help']); heavy = {'scipy', 'langgraph', 'anthropic', 'sqlalchemy', 'vcr', 'polars'}; "
        "found = sorted(heavy & sys.modules.keys()); print(found, file=sys.stderr); sys.exit(code or len(found))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "eval" in done.stdout
