"""Prompts as versioned Markdown: loaded, checked, rendered strictly, fingerprinted by content.

    prompts/NAME/*.md → front matter + body → Prompt → part.render(inputs) → text

Every part opens with front matter that states its purpose, its inputs, the schema of the answer it leads
to and its version. The body may use exactly the inputs it declares; rendering takes exactly those, so a
missing variable and a forgotten one are both errors. The fingerprint is a SHA-256 over every part as
written, front matter included: whoever changes a word changes the fingerprint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import jinja2.meta
import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, ValidationError

FOLDER = Path(__file__).parent
FENCE = "---\n"


class PromptError(ValueError):
    """A prompt that cannot be loaded or rendered, in one sentence; whoever uses prompts translates it."""


class FrontMatter(BaseModel):
    """What a part says of itself. `output` names the schema of the answer the prompt leads to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: str = Field(min_length=1)
    inputs: tuple[str, ...]
    output: str = Field(min_length=1)
    version: int = Field(ge=1)


@dataclass(frozen=True)
class Part:
    """One Markdown file of a prompt."""

    name: str
    front: FrontMatter
    template: jinja2.Template

    def render(self, **inputs: Any) -> str:
        """The text with its inputs filled in; `PromptError` unless exactly the declared inputs are given."""
        declared = set(self.front.inputs)
        missing, unused = sorted(declared - inputs.keys()), sorted(inputs.keys() - declared)
        if missing:
            raise PromptError(f"Prompt part {self.name} needs {', '.join(missing)}; pass every declared input.")
        if unused:
            raise PromptError(f"Prompt part {self.name} does not use {', '.join(unused)}; declare it or drop it.")
        try:
            return self.template.render(**inputs)
        except (jinja2.TemplateError, TypeError, ValueError) as error:
            raise PromptError(f"Prompt part {self.name} cannot be rendered: {error}.") from error


@dataclass(frozen=True)
class Prompt:
    """A named set of parts with the fingerprint of all of them."""

    name: str
    parts: Mapping[str, Part]
    fingerprint: str

    def __getitem__(self, part: str) -> Part:
        try:
            return self.parts[part]
        except KeyError:
            known = ", ".join(sorted(self.parts))
            raise PromptError(f"Prompt {self.name!r} has no part {part!r}; it has {known}.") from None


def load(name: str, *, folder: Path = FOLDER) -> Prompt:
    """The prompt in `folder/name`; `PromptError` names the file and what is wrong with it."""
    files = sorted((folder / name).glob("*.md"))
    if not files:
        raise PromptError(f"There is no prompt {name!r}: {folder.name}/{name} holds no Markdown parts.")
    texts = {file.stem: _read(file) for file in files}
    parts = {stem: _part(f"{name}/{stem}.md", text) for stem, text in texts.items()}
    return Prompt(name=name, parts=parts, fingerprint=_fingerprint(texts))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")  # universal newlines: the same text on every checkout
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"Prompt part {file.name} cannot be read: {error}.") from error


def _fingerprint(texts: Mapping[str, str]) -> str:
    """SHA-256 over name, length and text of every part, in name order."""
    content = hashlib.sha256()
    for stem in sorted(texts):
        data = texts[stem].encode()
        content.update(f"{stem}\0{len(data)}\0".encode())
        content.update(data)
    return content.hexdigest()


def _part(name: str, text: str) -> Part:
    front, body = _split(name, text)
    try:
        used = jinja2.meta.find_undeclared_variables(_ENVIRONMENT.parse(body))
        template = _ENVIRONMENT.from_string(body)
    except jinja2.TemplateSyntaxError as error:
        raise PromptError(
            f"Prompt part {name} is not a template: {error.message} (line {error.lineno})."
        ) from error
    if used != set(front.inputs):
        odd = ", ".join(sorted(used.symmetric_difference(front.inputs)))
        raise PromptError(f"Prompt part {name} declares and uses different inputs: {odd}.")
    return Part(name=name, front=front, template=template)


def _split(name: str, text: str) -> tuple[FrontMatter, str]:
    head, fence, body = text.removeprefix(FENCE).partition("\n" + FENCE)
    if not text.startswith(FENCE) or not fence:
        raise PromptError(f"Prompt part {name} must open with front matter between two lines of three dashes.")
    try:
        return FrontMatter.model_validate(yaml.safe_load(head)), body.strip()
    except yaml.YAMLError as error:
        raise PromptError(f"Prompt part {name} has front matter that is not YAML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "front matter"
        raise PromptError(f"Prompt part {name}: {where} is wrong: {first['msg']}.") from error


def _no_none(value: Any) -> Any:
    """What is unknown must be said in words: None never reaches a model."""
    if value is None:
        raise ValueError("a value is None; say in words what is unknown")
    return value


_ENVIRONMENT = ImmutableSandboxedEnvironment(
    undefined=jinja2.StrictUndefined,
    finalize=_no_none,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,  # the reader is a model: Markdown, not HTML
)
