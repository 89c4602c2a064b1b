"""Cash dividends as the service's corporate actions tell them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from tools.data.alpaca.rows import number
from tools.domain.chain import Dividend


def read_dividends(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[tuple[Dividend, bool]]]:
    """The payments of each symbol with whether they are regular; rows without a date or an amount are none."""
    found: dict[str, list[tuple[Dividend, bool]]] = defaultdict(list)
    for row in rows:
        cash = number(row.get("rate"))[0]
        try:
            ex_date = date.fromisoformat(str(row.get("ex_date")))
        except ValueError:
            continue
        if 0 < cash < math.inf:
            found[str(row.get("symbol"))].append((Dividend(ex_date, cash), row.get("special") is not True))
    return found
