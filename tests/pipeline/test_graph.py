"""The graph: its drawing, its thin nodes, the interrupt that stands alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pipeline.graph import mermaid
from tests.pipeline.conftest import Verb

ROOT = Path(__file__).parents[2]
NODES = sorted((ROOT / "pipeline" / "nodes").glob("[a-z]*.py"))


def test_readme_shows_the_drawing_that_the_graph_prints(capsys: pytest.CaptureFixture[str]) -> None:
    from pipeline.cli.app import run_app

    assert run_app(["graph"]) == 0
    printed = capsys.readouterr().out
    assert printed == mermaid()
    assert f"```mermaid\n{printed}```" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_flow_is_the_one_of_the_design() -> None:
    drawing = mermaid()
    for arrow in ("__start__ --> screen", "analyse --> fit", "fit --> score", "order --> book", "book --> __end__"):
        assert arrow in drawing
    for choice in ("screen -.-> analyse", "score -.-> order", "score -.-> approve", "approve -.-> order"):
        assert choice in drawing


@pytest.mark.parametrize("path", NODES, ids=lambda path: path.stem)
def test_a_node_is_thin(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 60


def test_the_interrupt_stands_alone() -> None:
    tree = ast.parse((ROOT / "pipeline" / "nodes" / "approve.py").read_text())
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    calls = [
        node.func.id
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert calls == ["interrupt"]
    others = [path for path in NODES if path.stem != "approve" and "interrupt(" in path.read_text()]
    assert others == []


def test_a_node_can_be_reached_by_the_reading_path(verb: Verb) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for step in ("pipeline/graph.py", "pipeline/nodes/", "tools/"):
        assert step in readme
