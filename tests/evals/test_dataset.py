"""The data set: as large and as wide as promised, read strictly, and identified by everything that is asked."""

from __future__ import annotations

import gzip
import shutil
from collections import Counter
from pathlib import Path

import anthropic
import pytest
import vcr
import yaml
from vcr.persisters.filesystem import CassetteNotFoundError, FilesystemPersister

from agents.analyst import Analyst
from agents.anthropic import wire_body
from agents.cassette import MESSAGES_URI, Origin, cassette_text, read_cassette
from agents.recorded import RecordedModel
from evals.answering import Defect, Quality, load_answers
from evals.case import AnalystCase, CycleCase, ReviewerCase, Task
from evals.dataset import FOLDER, identity, load_cases
from evals.exchanges import RECORDINGS, cassettes
from prompts.library import FOLDER as PROMPTS
from tools.domain.errors import ConfigError
from tools.domain.structure import StructureKind


def analyst_cases() -> list[AnalystCase]:
    return [case for case in load_cases(Task.ANALYST) if isinstance(case, AnalystCase)]


def test_there_are_as_many_cases_as_promised() -> None:
    counts = {task: len(load_cases(task)) for task in Task}
    assert counts[Task.ANALYST] >= 120
    assert counts[Task.REVIEWER] >= 40
    assert counts[Task.CYCLE] >= 30


def test_the_analyst_s_cases_reach_over_structures_regimes_sectors_and_kinds_of_facts() -> None:
    cases = analyst_cases()
    tags = Counter(tag for case in cases for tag in case.tags)
    structures = set(StructureKind) - {StructureKind.VIX_CALL, StructureKind.LONG_SHARES}
    assert {case.candidate.structure for case in cases} == structures
    families = ("earnings", "dividend", "illiquid", "conflicting", "unknown", "steered")
    assert min(tags[name] for name in ("calm", "ordinary", "high_vix", "crash", *families)) >= 4
    sectors = {case.underlying.sector.value for case in cases if case.underlying.sector.is_known}
    assert len([sector for sector in sectors if sector and "ignore" not in sector]) >= 8


def test_every_quality_and_every_defect_is_there() -> None:
    answers = load_answers("analyst").values()
    assert {how.quality for how in answers} == set(Quality)
    assert {how.defect for how in answers} - {None} == set(Defect)


def test_every_conversation_and_every_day_is_readable() -> None:
    talks = [case for case in load_cases(Task.REVIEWER) if isinstance(case, ReviewerCase)]
    days = {case.id for case in load_cases(Task.CYCLE) if isinstance(case, CycleCase)}
    assert {case.day for case in talks} <= days
    assert {case.by for case in talks} == {"rules", "recorded"}


def test_every_recording_is_authored_and_all_are_small() -> None:
    files = [path for task in Task for path in cassettes(task)]
    assert sum(path.stat().st_size for path in files) < 3_000_000
    assert {each.origin for path in files for each in read_cassette(path)} == {Origin.AUTHORED}


def test_no_recording_holds_a_secret() -> None:
    for path in RECORDINGS.rglob("*.gz"):
        text = cassette_text(path).lower()
        assert not any(word in text for word in ("x-api-key", "authorization", "sk-ant", "bearer ")), path.name


class Unpacking(FilesystemPersister):
    """vcrpy's own persister over compressed files."""

    @classmethod
    def load_cassette(cls, cassette_path, serializer):  # type: ignore[no-untyped-def]
        path = Path(cassette_path)
        if not path.is_file():
            raise CassetteNotFoundError
        data = vcr.serialize.deserialize(gzip.decompress(path.read_bytes()).decode(), serializer)
        return data[:2] if isinstance(data, tuple) else data


def test_vcrpy_replays_them_to_the_real_sdk() -> None:
    path = next(each for each in cassettes(Task.ANALYST) if "strangle" in each.name)
    case = next(each for each in analyst_cases() if each.group == "strangle")
    request = Analyst(RecordedModel(path)).request(case.candidate, case.underlying, case.conditions)
    player = vcr.VCR(record_mode=vcr.mode.NONE, match_on=("method", "scheme", "host", "path", "query", "body"))
    player.register_persister(Unpacking)
    client = anthropic.Anthropic(api_key="k", base_url=MESSAGES_URI.removesuffix("/v1/messages"), max_retries=0)
    with player.use_cassette(str(path)):
        message = client.messages.create(**wire_body(request))
    assert message.content[0].text == RecordedModel(path).complete(request).text


def test_an_identity_names_what_changed(tmp_path: Path) -> None:
    cases = analyst_cases()[:3]
    before = identity(cases)
    assert identity(cases) == before
    prompts = shutil.copytree(PROMPTS, tmp_path / "prompts")
    system = prompts / "analyst" / "system.md"
    system.write_text(system.read_text() + "\nBe brief.\n")
    edited = identity(cases, prompts=prompts)
    (told,) = edited.changes(before)
    assert told.startswith("prompt analyst: was ")
    moved = cases[0].model_copy(update={"fit": 6.9})
    (told,) = identity([moved, *cases[1:]]).changes(before)
    assert told == f"1 case changed: {moved.id}"
    assert identity(cases[:2]).changes(before) == [f"1 case gone: {cases[2].id}"]
    other = before.model_copy(update={"model": "claude-other", "code": "0" * 16})
    assert other.changes(before) == ["model: was claude-haiku-5-5, now claude-other"]
    assert len({before.hash, edited.hash, other.hash}) == 3
    assert before.model_copy(update={"code": "0" * 16}).hash == before.hash


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows.append(rows[0]), "a second time"),
        (lambda rows: rows[0].pop("fit"), "'fit'"),
        (lambda rows: rows[0]["expect"].update(verdicts=["buy"]), "verdicts"),
        (lambda rows: rows[0]["candidate"].update(spot="much"), "spot"),
    ],
)
def test_a_case_that_cannot_be_read_is_named(tmp_path: Path, change, said: str) -> None:  # type: ignore[no-untyped-def]
    rows = yaml.safe_load((FOLDER / "analyst" / "call_credit_spread.yaml").read_text())[:2]
    name = rows[0]["id"]
    change(rows)
    (tmp_path / "analyst").mkdir()
    (tmp_path / "analyst" / "odd.yaml").write_text(yaml.safe_dump(rows))
    with pytest.raises(ConfigError, match=rf"odd\.yaml: case {name}") as caught:
        load_cases(Task.ANALYST, tmp_path)
    assert said in str(caught.value)
