"""Prompts load strictly, render strictly, and change their fingerprint with every word."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from prompts.library import FOLDER, PromptError, load

PART = "---\npurpose: try\ninputs: [name]\noutput: rationale\nversion: 1\n---\nHello {{ name }}.\n"


def write(folder: Path, text: str) -> Path:
    (folder / "greeting").mkdir(exist_ok=True)
    (folder / "greeting" / "brief.md").write_text(text)
    return folder


def test_every_shipped_prompt_loads_and_states_what_it_is_for() -> None:
    prompt = load("analyst")
    assert set(prompt.parts) == {"system", "brief", "correction", "outside"}
    assert all(part.front.output == "rationale" and len(part.front.purpose) > 20 for part in prompt.parts.values())


def test_the_system_part_takes_no_inputs_so_that_it_is_one_prefix_for_all_questions() -> None:
    assert load("analyst")["system"].front.inputs == ()
    assert load("analyst")["system"].render() == load("analyst")["system"].render()


def test_renders_what_it_declares(tmp_path: Path) -> None:
    part = load("greeting", folder=write(tmp_path, PART))["brief"]
    assert part.render(name="Ada") == "Hello Ada."


@pytest.mark.parametrize(
    ("inputs", "word"),
    [({}, "needs name"), ({"name": "Ada", "age": 3}, "does not use age"), ({"name": None}, "None")],
)
def test_missing_unused_and_empty_inputs_are_errors(tmp_path: Path, inputs: dict[str, object], word: str) -> None:
    part = load("greeting", folder=write(tmp_path, PART))["brief"]
    with pytest.raises(PromptError, match=word):
        part.render(**inputs)


def test_a_missing_field_of_an_input_is_an_error(tmp_path: Path) -> None:
    part = load("greeting", folder=write(tmp_path, PART.replace("{{ name }}", "{{ name.first }}")))["brief"]
    with pytest.raises(PromptError, match="first"):
        part.render(name={"last": "Lovelace"})


def test_inputs_are_data_and_never_templates(tmp_path: Path) -> None:
    part = load("greeting", folder=write(tmp_path, PART))["brief"]
    assert part.render(name="{{ 7 * 7 }}") == "Hello {{ 7 * 7 }}."


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Hello", "front matter"),
        (PART.replace("version: 1", "version: none"), "version"),
        (PART.replace("purpose: try\n", ""), "purpose"),
        (PART.replace("version: 1", "version: 1\nmood: good"), "mood"),
        (PART.replace("[name]", "[name, age]"), "age"),
        (PART.replace("[name]", "[]"), "name"),
        (PART.replace("{{ name }}", "{{ name"), "template"),
        (PART.replace("inputs: [name]", "inputs: [name"), "YAML"),
    ],
)
def test_a_broken_part_is_named_with_its_fault(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(PromptError, match=word) as caught:
        load("greeting", folder=write(tmp_path, text))
    assert "greeting/brief.md" in str(caught.value)


def test_unknown_prompts_and_parts_are_named(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="'nobody'"):
        load("nobody", folder=tmp_path)
    with pytest.raises(PromptError, match="it has brief"):
        load("greeting", folder=write(tmp_path, PART))["system"]


def test_the_fingerprint_covers_every_part_and_nothing_else(tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "analyst", tmp_path / "analyst")
    original = load("analyst").fingerprint
    assert load("analyst", folder=tmp_path).fingerprint == original
    for part in ("system", "brief", "correction"):
        file = tmp_path / "analyst" / f"{part}.md"
        text = file.read_text()
        file.write_text(text + " ")
        assert load("analyst", folder=tmp_path).fingerprint != original
        file.write_bytes(text.replace("\n", "\r\n").encode())
        assert load("analyst", folder=tmp_path).fingerprint == original, "line endings of a checkout do not count"
        file.write_text(text)
