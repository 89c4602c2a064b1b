"""The data set: case files read strictly, and an identity that says what a result was measured on.

    evals/cases/TASK/*.yaml → cases, by id ─┐
    prompts, model, effort, answer schema  ─┼→ Identity (one hash, and the parts it is made of)
    the code that asks, reads and scores   ─┘

Everything but the code decides what is asked: where it differs, two results are not of the same data set.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from agents.anthropic import DEFAULT_EFFORT, DEFAULT_MODEL
from agents.schemas import answer_schema
from evals.case import AnalystCase, Case, CycleCase, Expectation, ReviewerCase, Task, fingerprint
from evals.compact import candidate_of, conditions_of, underlying_of
from prompts.library import FOLDER as PROMPTS
from prompts.library import load
from tools.domain.errors import ConfigError
from tools.domain.outside import OutsideText
from tools.domain.value import Value, digest

FOLDER = Path(__file__).parent / "cases"
ROOT = Path(__file__).parents[1]

# What decides how a question is asked, an answer read and a result scored.
CODE = ("agents", "prompts", "evals", "tools/approvals/policy.py", "tools/scoring")


class Identity(Value):
    """What a result was measured on. `cases` by id; `code` is told and decides nothing."""

    cases: dict[str, str]
    prompts: dict[str, str]
    model: str
    effort: str
    answer_schema: str
    code: str
    version: str

    @property
    def hash(self) -> str:
        """Of everything that decides what is asked, sixteen hex digits."""
        return digest(self.model_dump(mode="json", exclude={"code", "version"}))[:16]

    def changes(self, since: Identity) -> list[str]:
        """What is different of the data set since `since`, a sentence each; empty for the same one."""
        told = [
            f"prompt {name}: {_before(since.prompts.get(name))}, now {fresh[:12]}"
            for name, fresh in self.prompts.items()
            if since.prompts.get(name) != fresh
        ]
        told += [f"prompt {name} is gone" for name in since.prompts.keys() - self.prompts.keys()]
        for name in ("model", "effort", "answer_schema"):
            old, new = getattr(since, name), getattr(self, name)
            if old != new:
                told.append(f"{name.replace('_', ' ')}: was {old[:24]}, now {new[:24]}")
        told += _cases("changed", (name for name, own in self.cases.items() if since.cases.get(name, own) != own))
        told += _cases("new", self.cases.keys() - since.cases.keys())
        return told + _cases("gone", since.cases.keys() - self.cases.keys())

    def of(self, cases: Iterable[str]) -> Identity:
        """The identity of a part of the data set."""
        chosen = set(cases)
        return self.model_copy(update={"cases": {name: own for name, own in self.cases.items() if name in chosen}})


def _before(fingerprint_: str | None) -> str:
    return "is new" if fingerprint_ is None else f"was {fingerprint_[:12]}"


def _cases(word: str, names: Iterable[str]) -> list[str]:
    listed = sorted(names)
    if not listed:
        return []
    shown = ", ".join(listed[:4]) + (f" and {len(listed) - 4} more" if len(listed) > 4 else "")
    return [f"{len(listed)} case{'s' if len(listed) > 1 else ''} {word}: {shown}"]


def identity(cases: Iterable[Case], *, prompts: Path = PROMPTS) -> Identity:
    """The identity of these cases as they would be asked now."""
    names = sorted(path.name for path in prompts.iterdir() if path.is_dir() and any(path.glob("*.md")))
    return Identity(
        cases={case.id: fingerprint(case) for case in sorted(cases, key=lambda case: case.id)},
        prompts={name: load(name, folder=prompts).fingerprint for name in names},
        model=DEFAULT_MODEL,
        effort=DEFAULT_EFFORT,
        answer_schema=digest(answer_schema())[:16],
        code=code_version(),
        version=_version(),
    )


@lru_cache(maxsize=1)
def code_version() -> str:
    """A hash of the Python that asks, reads and scores, sixteen hex digits."""
    content = hashlib.sha256()
    for file in sorted(_sources()):
        content.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    return content.hexdigest()[:16]


def _sources() -> Iterator[Path]:
    for name in CODE:
        path = ROOT / name
        yield from path.rglob("*.py") if path.is_dir() else [path]


def _version() -> str:
    try:
        return version("thetagate")
    except PackageNotFoundError:
        return "not installed"


def load_cases(task: Task, folder: Path = FOLDER) -> tuple[Case, ...]:
    """The cases of a task in the order of their files; `ConfigError` names the file and the case that is wrong."""
    files = sorted((folder / task.value).glob("*.yaml"))
    return _loaded(task, tuple((file, file.read_bytes()) for file in files))


@lru_cache(maxsize=8)
def _loaded(task: Task, files: tuple[tuple[Path, bytes], ...]) -> tuple[Case, ...]:
    """Read once for the same content: cases are values."""
    cases: dict[str, Case] = {}
    for file, content in files:
        for written in _read(file, content):
            name = str(written.get("id", "without an id"))
            if name in cases:
                raise ConfigError(f"{file.name}: case {name} is there a second time; ids are unique.")
            cases[name] = _case(task, written, where=f"{file.name}: case {name}")
    return tuple(cases.values())


def _read(file: Path, content: bytes) -> list[dict[str, Any]]:
    try:
        rows = yaml.load(content, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ConfigError(f"{file.name} cannot be read: {error}.") from error
    if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
        raise ConfigError(f"{file.name} holds no list of cases.")
    return rows


class _Loader(yaml.CSafeLoader):
    """Safe, and times stay texts: pydantic reads them with their zone."""


_Loader.yaml_implicit_resolvers = {
    mark: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:timestamp"]
    for mark, known in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def _case(task: Task, written: Mapping[str, Any], *, where: str) -> Case:
    try:
        match task:
            case Task.ANALYST:
                return _analyst_case(written)
            case Task.CYCLE:
                return CycleCase.model_validate(written)
            case Task.REVIEWER:
                return ReviewerCase.model_validate(written)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise ConfigError(f"{where}: {place} is wrong: {first['msg']}.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{where} cannot be read: {error!r}.") from error


def _analyst_case(written: Mapping[str, Any]) -> AnalystCase:
    candidate = candidate_of(written["candidate"], written["filters"])
    return AnalystCase(
        id=written["id"],
        tags=tuple(written["tags"]),
        candidate=candidate,
        underlying=underlying_of(written["underlying"], symbol=candidate.underlying, as_of=candidate.as_of),
        conditions=conditions_of(written["conditions"], as_of=candidate.as_of),
        texts=tuple(OutsideText(**each) for each in written.get("texts", ())),
        fit=written["fit"],
        expect=Expectation(**written["expect"]),
    )
