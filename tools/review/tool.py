"""A tool of the reviewer: a pure question to a record, with the schema of what it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from tools.domain.decision import DecisionRecord
from tools.domain.errors import InputError
from tools.domain.value import Value, canonical
from tools.review.fact import Facts

A = TypeVar("A", bound="Arguments")


class Arguments(BaseModel):
    """What a tool takes. Every argument must be given, `null` where it is left as recorded."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ToolSpec(Value):
    """A tool as a model sees it; `parameters` is the JSON schema of its arguments, an object and closed."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class ToolResult:
    """What a tool found, as facts under its own name; `problem` one sentence where it found nothing."""

    facts: Facts
    problem: str = ""

    @property
    def text(self) -> str:
        """As a model reads it."""
        if self.problem:
            return canonical({"problem": self.problem})
        return canonical({path: fact.words for path, fact in self.facts.items()})


@dataclass(frozen=True)
class Tool(Generic[A]):
    """`run` raises `InputError` in one sentence where the record cannot answer."""

    name: str
    description: str
    arguments: type[A]
    run: Callable[[DecisionRecord, A], Facts]

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(name=self.name, description=self.description, parameters=_closed(self.arguments))

    def call(self, record: DecisionRecord, given: dict[str, Any] | None) -> ToolResult:
        """Never raises for what a model writes."""
        try:
            return ToolResult(self.run(record, self.arguments.model_validate(given)))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "arguments"
            return ToolResult(Facts(), f"{self.name}: {where} {first['msg']}.")
        except InputError as error:
            return ToolResult(Facts(), str(error))


def _closed(model: type[Arguments]) -> dict[str, Any]:
    """The schema without titles: what both providers take in strict mode."""

    def bare(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: bare(value) for key, value in node.items() if key != "title" or not isinstance(value, str)}
        return [bare(each) for each in node] if isinstance(node, list) else node

    schema: dict[str, Any] = bare(model.model_json_schema())
    schema.pop("description", None)
    return schema
