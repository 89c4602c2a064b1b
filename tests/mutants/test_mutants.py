"""Every mutant's text still stands where it stood, and every mutant is killed by the tests named for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mutants.booking import BOOKING
from tests.mutants.executing import EXECUTING
from tests.mutants.gating import GATING
from tests.mutants.mutant import Mutant
from tests.mutants.restating import RESTATING

MUTANTS = (*EXECUTING, *GATING, *BOOKING, *RESTATING)
ROOT = Path(__file__).parents[2]
NAMES = [each.name for each in MUTANTS]
ROOMS = ("agents", "evals", "pipeline", "prompts", "tests", "tools")
RUN = (sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-k", "not postgres", "--timeout", "120")


@pytest.mark.parametrize("each", MUTANTS, ids=NAMES)
def test_its_text_still_stands_once(each: Mutant) -> None:
    text = (ROOT / each.file).read_text()
    assert text.count(each.old) == 1, "the code has changed; write the mutant anew"
    assert each.old != each.new
    assert all((ROOT / killer).exists() for killer in each.killers)


def test_there_are_enough_of_them() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 25
    assert len({(each.file, each.old, each.new) for each in MUTANTS}) == len(MUTANTS)


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole tree beside the real one, compiled so that a changed file is never taken for the unchanged one."""
    tree = tmp_path_factory.mktemp("tree")
    for room in ROOMS:
        shutil.copytree(ROOT / room, tree / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    compiled = (sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", *ROOMS)
    subprocess.run(compiled, cwd=tree, check=True)
    return tree


@pytest.fixture(scope="session")
def sane(copy: Path) -> Path:
    """The copy, in which every killer passes as long as nothing is changed."""
    where = subprocess.run(
        (sys.executable, "-c", "import tools; print(tools.__file__)"),
        cwd=copy,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(copy)
    done = killed(copy, tuple(sorted({killer for each in MUTANTS for killer in each.killers})))
    assert done.returncode == 0, done.stdout[-4000:]
    return copy


def killed(tree: Path, killers: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run((*RUN, *killers), cwd=tree, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def changed(sane: Path, request: pytest.FixtureRequest) -> Iterator[Mutant]:
    each: Mutant = request.param
    file = sane / each.file
    before = file.read_text()
    file.write_text(before.replace(each.old, each.new))
    yield each
    file.write_text(before)


@pytest.mark.mutants
@pytest.mark.timeout(900)
@pytest.mark.parametrize("changed", MUTANTS, ids=NAMES, indirect=True)
def test_it_is_killed(changed: Mutant, sane: Path) -> None:
    done = killed(sane, changed.killers)
    assert done.returncode == 1, f"it lives (pytest said {done.returncode}):\n{done.stdout[-2000:]}"
    assert "SyntaxError" not in done.stdout
