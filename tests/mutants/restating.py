"""Splits in the books, wrong in one place at a time."""

from __future__ import annotations

from tests.mutants.mutant import mutant

APPORTIONING = "tools/portfolio/apportioning.py"
HOLDING = "tools/domain/holding.py"
SPLIT = "tools/portfolio/split.py"
TRADES = "tools/desk/trades.py"
TWS = "tools/execution/ibkr/activities.py"
OF_LEDGER = "tests/tools/ledger/test_splits.py"
OF_RULE = "tests/tools/portfolio/test_split.py"
OF_PARTS = "tests/tools/portfolio/test_apportioning.py"
OF_BROKERS = "tests/tools/execution/contract/test_splits.py"

RESTATING = (
    mutant(
        "restates a part of what is held for the whole",
        APPORTIONING,
        "    if got is not None and activity.quantity != -held:\n        return None\n",
        "",
        OF_LEDGER,
    ),
    mutant(
        "turns a holding round in a split",
        APPORTIONING,
        "held * total <= 0",
        "not total",
        OF_LEDGER,
    ),
    mutant(
        "loses shares by rounding each line down",
        APPORTIONING,
        "        whole[place] += 1",
        "        whole[place] += 0",
        OF_PARTS,
    ),
    mutant(
        "keeps the price of a share that is ten now",
        HOLDING,
        "Holding(total, None if cost is None else cost / total)",
        "Holding(total, self.average_price)",
        OF_LEDGER,
    ),
    mutant(
        "takes a split for more contracts at the old credit",
        TRADES,
        "    share, spot = trade.contracts / whole, trade.entry.spot",
        "    share, spot = 1.0, trade.entry.spot",
        OF_LEDGER,
    ),
    mutant(
        "trades what an uneven split adjusted",
        TRADES,
        "trade.broken or len(each) > 1 or any(leg.contract.is_adjusted for leg in legs)",
        "trade.broken or len(each) > 1",
        OF_LEDGER,
    ),
    mutant(
        "divides a strike that no whole split divides",
        SPLIT,
        "    if n % m:\n",
        "    if n < m:\n",
        OF_RULE,
    ),
    mutant(
        "lets every dividend lower strikes",
        SPLIT,
        'SPECIAL = Decimal("0.125")',
        'SPECIAL = Decimal("0.01")',
        OF_RULE,
    ),
    mutant(
        "takes the shares of a split for an assignment",
        TWS,
        "        if any(each.delivers == ticker and symbol not in expected for symbol, each in now.items()):\n",
        "        if False:\n",
        OF_BROKERS,
    ),
)
