"""A wrong order path: where it is, what stands there, what it becomes, and who must notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """`old` stands once in `file` and becomes `new`; at least one of `killers` must fail then."""

    name: str
    file: str
    old: str
    new: str
    killers: tuple[str, ...]


def mutant(name: str, file: str, old: str, new: str, *killers: str) -> Mutant:
    return Mutant(name, file, old, new, killers)
