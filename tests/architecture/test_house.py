"""The house rules that a linter does not know: root names, file lengths, room names, imports at start-up."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("agents", "evals", "pipeline", "prompts", "tools")
ROOT_ENTRIES = {
    *ROOMS, "tests", "docs", "bench", "pyproject.toml", "requirements.lock", "Makefile", "README.md",
    "CHANGELOG.md", "CONTRIBUTING.md",
}  # fmt: skip
LONGEST = 420
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc"}


def tracked(pattern: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


@pytest.mark.parametrize("room", ROOMS)
def test_root_name_is_ours_alone(room: str) -> None:
    module = importlib.import_module(room)
    assert module.__file__ is not None
    assert Path(module.__file__).resolve().is_relative_to(ROOT)
    assert set(packages_distributions().get(room, [])) <= {"thetagate"}


def test_the_root_holds_what_the_design_names() -> None:
    entries = {path.relative_to(ROOT).parts[0] for path in tracked("*")}
    assert {entry for entry in entries if not entry.startswith(".")} <= ROOT_ENTRIES


def test_no_file_has_outgrown_its_noun() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in tracked("*.py")}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_room_has_a_name_of_its_own() -> None:
    assert [path for path in tracked("*.py") if NAMELESS & set(path.with_suffix("").parts)] == []


def test_every_package_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in tracked("*/__init__.py")
        if path.relative_to(ROOT).parts[0] in ROOMS and not path.read_text().lstrip().startswith('"""')
    ]
    assert silent == []


def test_the_lock_names_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "--hash=sha256:" in lock
    assert "://" not in lock
    assert "--index-url" not in lock


def test_help_starts_without_the_heavy_libraries() -> None:
    heavy = [
        "langgraph",
        "pandas",
        "polars",
        "numba",
        "sqlalchemy",
        "anthropic",
        "openai",
        "exchange_calendars",
        "scipy",
    ]
    program = (
        "import sys; from pipeline.cli.app import run_app; code = run_app(['--help']); "
        f"loaded = [name for name in {heavy!r} if name in sys.modules]; "
        "print(loaded, file=sys.stderr); sys.exit(code or len(loaded))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_only_the_settings_read_the_environment() -> None:
    allowed = {
        "pipeline/settings.py",
        "pipeline/checkpoints.py",
        "pipeline/graph.py",
        "tools/pricing/kernels/__init__.py",
    }
    readers = {
        str(path.relative_to(ROOT))
        for path in tracked("*.py")
        if path.relative_to(ROOT).parts[0] in ROOMS and "os.environ" in path.read_text()
    }
    assert readers <= allowed


def test_no_tool_reads_the_clock() -> None:
    watch = ("datetime.now(", "date.today(", "time.time(", "utcnow(")
    readers = {
        str(path.relative_to(ROOT))
        for path in tracked("*.py")
        if path.relative_to(ROOT).parts[0] == "tools" and any(call in path.read_text() for call in watch)
    }
    assert readers == set()
