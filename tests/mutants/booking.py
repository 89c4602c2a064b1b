"""The order in the books and their reconciliation, wrong in one place at a time."""

from __future__ import annotations

from tests.mutants.mutant import mutant

RECONCILIATION = "tools/execution/reconciliation.py"
ORDER = "tools/domain/order.py"
INTENTS = "tools/ledger/intents.py"
SETTLEMENT = "tools/ledger/settlement.py"
DECISIONS = "tools/ledger/decisions.py"
SENDING = "tools/ledger/sending.py"
POSITIONS = "tools/ledger/positions.py"
CHAIN = "tools/ledger/chain.py"
OF_RECONCILIATION = "tests/tools/execution/test_reconciliation.py"
OF_SENDING = "tests/tools/ledger/test_sending.py"
SCENARIOS = "tests/scenarios/test_scenarios.py"
OF_ORDER = "tests/tools/domain/test_order.py"
OF_LEDGER = (
    "tests/tools/ledger/test_settlement.py",
    "tests/tools/ledger/test_intents.py",
    "tests/tools/ledger/test_audit.py",
    "tests/tools/ledger/test_positions.py",
    "tests/tools/ledger/test_races.py",
)

BOOKING = (
    mutant(
        "names an order without its legs",
        ORDER,
        "digest([decision_id, leg_key(legs), revision])",
        "digest([decision_id, revision])",
        OF_ORDER,
    ),
    mutant(
        "names every revision alike",
        ORDER,
        "digest([decision_id, leg_key(legs), revision])",
        "digest([decision_id, leg_key(legs)])",
        OF_ORDER,
    ),
    mutant(
        "lets an order grow younger",
        ORDER,
        "        return self.filled_quantity < known.filled_quantity or ended",
        "        return False",
        OF_ORDER,
    ),
    mutant(
        "claims what was claimed",
        INTENTS,
        "_CLAIM = update(intents).where(_ONE, intents.c.state == IntentState.PENDING.value)",
        "_CLAIM = update(intents).where(_ONE)",
        *OF_LEDGER,
    ),
    mutant(
        "moves what is done",
        INTENTS,
        "where(_ONE, intents.c.state != IntentState.DONE.value, intents.c.state",
        "where(_ONE, intents.c.state",
        *OF_LEDGER,
    ),
    mutant(
        "promises under any name", INTENTS, "    if intent.client_order_id != due:", "    if False:", *OF_LEDGER
    ),
    mutant(
        "books an execution as often as it is told",
        INTENTS,
        "    if stored == body:\n        return None\n",
        "",
        *OF_LEDGER,
    ),
    mutant(
        "takes the broker's second word on an execution",
        INTENTS,
        "    if stored == body:\n        return None\n    if stored is not None:",
        "    if stored is not None:\n        return None\n    if False:",
        *OF_LEDGER,
    ),
    mutant(
        "decides what is decided",
        DECISIONS,
        '.where(decisions.c.id == bindparam("owner"), decisions.c.state == bindparam("expected"))',
        '.where(decisions.c.id == bindparam("owner"))',
        *OF_LEDGER,
    ),
    mutant(
        "approves after the deadline",
        DECISIONS,
        'decisions.c.deadline > bindparam("said_at")',
        'decisions.c.deadline >= bindparam("said_at")',
        *OF_LEDGER,
        SCENARIOS,
    ),
    mutant(
        "approves what was edited since it was shown",
        DECISIONS,
        '    bindparam("revision") == _EDITS,\n',
        "",
        "tests/tools/ledger/test_offers.py",
    ),
    mutant(
        "takes an answer to another decision's card",
        "tools/ledger/offers.py",
        ' offers.c.decision_id == bindparam("owner"),',
        "",
        "tests/tools/ledger/test_offers.py",
    ),
    mutant(
        "spends a card as often as it is answered",
        "tools/ledger/offers.py",
        ", offers.c.spent_by.is_(None)\n",
        "\n",
        "tests/tools/ledger/test_offers.py",
    ),
    mutant(
        "approves another order than was shown",
        SETTLEMENT,
        "    if approval.order_hash and approval.order_hash != intent.order_hash:",
        "    if False:",
        *OF_LEDGER,
    ),
    mutant(
        "approves another revision than was shown",
        SETTLEMENT,
        "    if (intent.decision_id, intent.revision) != (decision_id, approval.revision):",
        "    if False:",
        *OF_LEDGER,
    ),
    mutant(
        "holds what a rejected trade took",
        SETTLEMENT,
        '    reservations.release(connection, row.id, why="rejected", at=at)\n',
        "",
        *OF_LEDGER,
        SCENARIOS,
    ),
    mutant(
        "enters what was only promised",
        SENDING,
        "        promised.c.state != IntentState.PENDING.value,\n",
        "",
        OF_SENDING,
    ),
    mutant(
        "enters what was never sent",
        SENDING,
        " and not (order and order.status is OrderStatus.REJECTED)",
        "",
        OF_SENDING,
    ),
    mutant(
        "pays a sale and is paid for a purchase",
        POSITIONS,
        "    proceeds = -fill.quantity * fill.price * multiplier",
        "    proceeds = fill.quantity * fill.price * multiplier",
        *OF_LEDGER,
        SCENARIOS,
    ),
    mutant(
        "drops an event that says something else",
        CHAIN,
        '    if found.stored is not None:\n        raise LedgerError(f"{key} is',
        '    if found.stored is not None:\n        return False\n        raise LedgerError(f"{key} is',
        OF_SENDING,
    ),
    mutant(
        "does not chain an event to the one before",
        CHAIN,
        "            previous=previous,\n",
        "            previous=GENESIS,\n",
        *OF_LEDGER,
    ),
    mutant(
        "explains every difference",
        RECONCILIATION,
        "        return self.kind is Kind.PENDING",
        "        return True",
        OF_RECONCILIATION,
    ),
    mutant(
        "misses nothing that was lost",
        RECONCILIATION,
        "            if our.broker_order_id is not None:",
        "            if our.broker_order_id is None:",
        OF_RECONCILIATION,
    ),
    mutant(
        "explains a position by any execution",
        RECONCILIATION,
        "Kind.PENDING if held + coming.get(symbol, 0) == told else Kind.POSITION",
        "Kind.PENDING if coming.get(symbol, 0) else Kind.POSITION",
        OF_RECONCILIATION,
    ),
    mutant(
        "leaves commissions out of what is coming",
        RECONCILIATION,
        " - each.commission for each",
        " for each",
        OF_RECONCILIATION,
    ),
)
