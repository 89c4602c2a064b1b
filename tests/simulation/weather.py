"""What goes wrong on a day, drawn from its seed: answers that fail or lie, processes that die between two calls."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.tools.execution.doubles import Fault, lost_after, lost_before, no_fills, nothing, raising
from tools.domain.errors import BrokerError, BrokerRejected


class Crash(BaseException):
    """The process is gone; nothing of it runs on."""


def twice(call: Callable[[], Any]) -> Any:
    """The request arrived a second time, its first answer came."""
    first = call()
    call()
    return first


def told_twice(call: Callable[[], Any]) -> Any:
    """Every execution is reported twice, the last one first."""
    fills = call()
    return (*reversed(fills), *fills)


def all_but_the_last(call: Callable[[], Any]) -> Any:
    return call()[:-1]


class Stale:
    """An answer that an earlier one overtook: what the first look at each order said."""

    def __init__(self) -> None:
        self._first: dict[str, Any] = {}

    def __call__(self, call: Callable[[], Any]) -> Any:
        found = call()
        return None if found is None else self._first.setdefault(found.client_order_id, found)


REFUSED = raising(BrokerRejected("no"))
DOWN = raising(BrokerError("429 or 500, nothing was done"))


def faults(stale: Stale) -> dict[str, tuple[Fault, ...]]:
    """By call, what may become of it."""
    return {
        "submit": (lost_before, lost_after, lost_after, twice, DOWN, REFUSED),
        "find": (nothing, nothing, stale, stale, DOWN),
        "replace": (lost_before, lost_after, lost_after, twice, REFUSED, DOWN),
        "cancel": (lost_before, lost_after, twice, REFUSED, DOWN),
        "fills": (no_fills, told_twice, all_but_the_last, DOWN),
        "account": (DOWN,),
    }


@dataclass(frozen=True)
class Chances:
    """Of a fault per call at the broker, and of a death per call of anything."""

    fault: float
    death: float


class Weather(Mapping[tuple[str, int], Fault]):
    """The faults of a `FaultyBroker`: asked for call `n` of a method, it draws whether and what."""

    def __init__(self, dice: Random, chances: Chances) -> None:
        self._dice = dice
        self._chances = chances
        self._faults = faults(Stale())
        self.calm = False
        self.fallen = 0
        self.deaths = 0

    def get(self, key: tuple[str, int], default: Any = None) -> Any:  # type: ignore[override]
        method, number = key
        often = self._chances.fault * (0.1 if method == "account" else 1)
        if self.calm or number == 0 or self._dice.random() >= often:
            return default
        self.fallen += 1
        return self._dice.choice(self._faults[method])

    def dies(self) -> bool:
        """Whether the process ends here."""
        if self.calm or self._dice.random() >= self._chances.death:
            return False
        self.deaths += 1
        return True

    def __getitem__(self, key: tuple[str, int]) -> Fault:
        raise KeyError(key)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        """There is weather, though no fault of it is known before it is drawn."""
        return True


class Trace:
    """What was asked of whom, in order, with what answer: one hash of a whole day."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.calls = 0

    def tell(self, *words: object) -> None:
        self.calls += 1
        self._hash.update("|".join(map(repr, words)).encode() + b"\n")

    @property
    def hash(self) -> str:
        return self._hash.hexdigest()


class Mortal:
    """Stands before a store or a broker: tells the trace of every call, and dies before or after one."""

    def __init__(self, inner: Any, weather: Weather, trace: Trace, now: Callable[[], object]) -> None:
        self._inner, self._weather, self._trace, self._now = inner, weather, trace, now

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            if self._weather.dies():
                self._trace.tell(self._now(), name, "died before")
                raise Crash
            try:
                result = found(*arguments, **named)
            except Exception as error:
                self._trace.tell(self._now(), name, arguments, type(error).__name__, str(error))
                raise
            self._trace.tell(self._now(), name, arguments, result)
            if self._weather.dies():
                self._trace.tell(self._now(), name, "died after")
                raise Crash
            return result

        return call
