"""Settings: defaults, the shipped template, the environment, and what is said of a wrong one."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

import pytest

from pipeline.settings import CONFIG_NAME, Settings, load_settings
from tests.pipeline.conftest import Verb, start
from tools.domain.errors import ConfigError


def write(home: Path, text: str) -> Path:
    home.mkdir(exist_ok=True)
    (home / CONFIG_NAME).write_text(text)
    return home


def test_the_template_states_the_defaults() -> None:
    template = tomllib.loads(resources.files("pipeline").joinpath(CONFIG_NAME).read_text(encoding="utf-8"))
    assert Settings(**template) == Settings()


def test_init_writes_once(verb: Verb, home: Path) -> None:
    assert verb("init").code == 0
    (home / CONFIG_NAME).write_text("mode = 'simulated'\n")
    again = verb("init")
    assert again.code == 2
    assert "never overwritten" in again.err
    assert (home / CONFIG_NAME).read_text() == "mode = 'simulated'\n"


def test_init_and_graph_speak_json(verb: Verb, home: Path) -> None:
    assert verb("init", "--json").json == {
        "schema": "thetagate.init/1",
        "home": str(home),
        "file": str(home / CONFIG_NAME),
    }
    drawing = verb("graph", "--json").json
    assert drawing["mermaid"] == verb("graph").out


def test_the_environment_goes_before_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, "[score]\nautomatic = 8.0\nhuman = 5.0\n")
    monkeypatch.setenv("THETAGATE_SCORE__AUTOMATIC", "9")
    settings = load_settings(home)
    assert (settings.score.automatic, settings.score.human) == (9.0, 5.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[risk]\nmax_vega = 0.02\n", ["risk.max_vega", "line 2", "'vega'"]),
        ("[scores]\nhuman = 6\n", ["scores", "line 1", "'score'"]),
        ("[approvals]\ndeadline = 3\n", ["approvals.deadline", "line 2", "'deadline_minutes'"]),
        ("[score]\nhuman = 11\n", ["score.human", "line 2", "10", "11"]),
        ("[score]\nhuman = 8\n", ["score", "must not lie above automatic"]),
        ("[score]\nweights = { quantitative = 0.9, model = 0.2, fit = 0.1 }\n", ["score", "sum to 1"]),
        ("[risk]\nnet_delta = -1\n", ["risk.net_delta", "line 2"]),
        ("[risk]\nsector_alert = 0.5\n", ["risk", "sector_alert"]),
        ("[execution]\nslippage_budget = 2\n", ["execution.slippage_budget", "line 2"]),
        ("mode = 'turbo'\n", ["mode", "line 1", "live"]),
        ("[market]\nshocks = { XOM = -2 }\n", ["market", "XOM"]),
        ("[score\nhuman = 8\n", ["not valid TOML", "line 1"]),
        ("[account]\ncash = 'much'\n", ["account.cash", "line 2"]),
        ("[account]\nname = 'a'\n[model.openai]\nname = 3\n", ["model.openai.name", "line 4"]),
        ("[model]\norder = ['openai', 'openai']\n", ["model.order", "line 2", "each once"]),
        ("[model.openai]\neffort = 'huge'\n", ["model.openai.effort", "line 2", "'none'"]),
        ("[model.prices.some-model]\ninput = 1\noutput = 1\ncashed = 1\n", ["line 4", "'cached'"]),
        ("[model.prices.some-model]\ninput = -1\noutput = 1\n", ["model.prices.some-model.input", "line 2"]),
        ("account.cash = -1\n", ["account.cash", "line 1"]),
        ("[score]\nhuman = 5\nweights = { quantitive = 0.7 }\n", ["line 3", "'quantitative'"]),
    ],
)
def test_a_wrong_setting_is_one_sentence_with_its_place(home: Path, text: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(write(home, text))
    message = str(caught.value)
    assert [word for word in words if word not in message] == []
    assert "\n" not in message


def test_a_wrong_setting_stops_every_verb(verb: Verb, home: Path) -> None:
    write(home, "[risk]\nmax_vega = 0.02\n")
    for arguments in (["run"], ["screen"], ["approvals"], ["positions"], ["config", "show"], ["demo"]):
        said = verb(*arguments)
        assert said.code == 2
        assert "did you mean 'vega'?" in said.err
        assert "Traceback" not in said.err
    assert not (home / "ledger.sqlite").exists()


def test_config_show_redacts_keys(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-canary-1")
    for arguments in (["config", "show"], ["config", "show", "--json"]):
        said = verb(*arguments)
        assert "canary" not in said.out + said.err
        assert "configured" in said.out


def test_doctor_says_what_is_wrong_and_how_to_mend_it(
    verb: Verb, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verb("doctor").code == 0
    monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "anthropic")
    said = verb("doctor")
    assert said.code == 1
    assert "ANTHROPIC_API_KEY" in said.out
    said = verb("doctor", "--json").json
    assert [check["name"] for check in said["checks"] if not check["ok"]] == ["model"]


@pytest.mark.parametrize("mode", ["paper", "live"])
def test_no_mode_trades_without_its_broker(verb: Verb, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setenv("THETAGATE_MODE", mode)
    said = verb("run", "--json")
    assert said.code == 2
    assert "broker" in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("THETAGATE_MARKET__SHOCKS", "{XOM", "JSON"),
        ("THETAGATE_BOOKS__ENABLED", "covered_call", "JSON"),
        ("THETAGATE_BOOKS__FOLDER", "/nowhere/at/all", "folder"),
        ("THETAGATE_EXECUTION__COMMISSION", "inf", "commission"),
        ("THETAGATE_ACCOUNT__CASH", "inf", "cash"),
        ("THETAGATE_ACCOUNT__CASH", "1000", "account.cash"),
        ("THETAGATE_RSK__VEGA", "1", "THETAGATE_RISK__VEGA"),
        ("THETAGATE_SCORE_HUMAN", "5", "THETAGATE_SCORE__HUMAN"),
        ("THETAGATE_score__HUMN", "5", "'human'"),
        ("THETAGATE_SCORE__HUMAN", "11", "(THETAGATE_SCORE__HUMAN)"),
        ("THETAGATE_SCORE__WEIGHTS", '{"quantitative":1.5,"model":-0.6,"fit":0.1}', "negative"),
    ],
)
def test_an_odd_variable_is_one_sentence(
    verb: Verb, monkeypatch: pytest.MonkeyPatch, name: str, value: str, word: str
) -> None:
    monkeypatch.setenv(name, value)
    said = verb("run", "--json")
    assert said.code == 2
    assert word in said.err
    assert "Traceback" not in said.err


def test_a_plain_terminal_loses_signs_and_nothing_else(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    for arguments in (["run"], ["positions"], ["approvals"]):
        process = start(*arguments, home=home)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert "Traceback" not in err
        assert out
