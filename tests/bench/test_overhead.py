from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from langgraph.checkpoint.sqlite import SqliteSaver

from bench import overhead
from pipeline import wiring
from tools.domain.decision import Outcome


@pytest.mark.usefixtures("one_market")
def test_both_sides_write_the_same_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the ratio would compare two different journeys."""
    written = Counter[tuple[str, str]]()

    def counted(name: str) -> Callable[..., Any]:
        method = getattr(SqliteSaver, name)

        def call(self: SqliteSaver, config: Any, *rest: Any, **named: Any) -> Any:
            written[name, config["configurable"]["thread_id"]] += 1
            return method(self, config, *rest, **named)

        return call

    for name in ("put", "put_writes"):
        monkeypatch.setattr(SqliteSaver, name, counted(name))
    records = overhead.real(wiring.open_snapshot(overhead.CHOICE), overhead.Prepared()).cycle.records
    assert {record.outcome for record in records} == {Outcome.APPROVED, Outcome.WAITING, Outcome.REFUSED}
    whole = Counter(written)
    written.clear()
    overhead.bare(records)
    assert written == whole
