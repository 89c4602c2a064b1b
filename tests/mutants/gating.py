"""The pre-trade gate, wrong in one place at a time."""

from __future__ import annotations

from tests.mutants.mutant import mutant

GATE = "tools/execution/gate.py"
MOMENT = "tools/execution/moment.py"
MESSAGES = "tools/execution/messages.py"
HALT = "tools/domain/halt.py"
OF_GATE = "tests/tools/execution/test_gate.py"
OF_MOMENT = "tests/tools/execution/test_moment.py"
OF_MESSAGES = "tests/tools/execution/test_messages.py"
SCENARIOS = "tests/scenarios/test_scenarios.py"

GATING = (
    mutant("lets an adjusted contract out", GATE, "        _adjusted(intent),\n", "", OF_GATE),
    mutant(
        "lets the same legs out twice",
        GATE,
        "        if other.client_order_id != intent.client_order_id and",
        "        if other.client_order_id == intent.client_order_id and",
        OF_GATE,
    ),
    mutant(
        "lets any price out where nobody quotes",
        GATE,
        "    if quote is None:\n        return Reason(",
        "    if quote is None:\n        return None and Reason(",
        OF_GATE,
    ),
    mutant(
        "measures the collar downwards alone",
        GATE,
        "    away = abs(float(price) - mid)",
        "    away = mid - float(price)",
        OF_GATE,
    ),
    mutant(
        "takes a paper order to the simulated broker",
        GATE,
        "    if (mode is Mode.SIMULATED) == (broker == SIMULATED):",
        "    if mode is not Mode.LIVE:",
        OF_GATE,
    ),
    mutant(
        "has no closing bell",
        MOMENT,
        " and session_open(day) <= now <= session_close(day):",
        " and session_open(day) <= now:",
        OF_MOMENT,
    ),
    mutant(
        "takes a quote from the future",
        MOMENT,
        "    if abs(age) <= limits.quote_seconds:",
        "    if age <= limits.quote_seconds:",
        OF_MOMENT,
    ),
    mutant(
        "takes a quote of unknown age",
        MOMENT,
        '        if mode is Mode.SIMULATED:\n            return None\n        return Reason(rule="quote_age"',
        '        if mode is not Mode.LIVE:\n            return None\n        return Reason(rule="quote_age"',
        OF_MOMENT,
    ),
    mutant(
        "allows one message too many",
        MOMENT,
        "messages < limits.max_messages:",
        "messages <= limits.max_messages:",
        OF_MOMENT,
    ),
    mutant(
        "forgets the account it has sent to",
        MOMENT,
        "    if bound is not None and",
        "    if bound is None and",
        OF_MOMENT,
    ),
    mutant(
        "counts no other order against buying power",
        MOMENT,
        "    if taken + others <= left:",
        "    if taken <= left:",
        OF_MOMENT,
    ),
    mutant(
        "takes what it holds already from buying power again",
        MOMENT,
        "    if own.rests_at is None:\n",
        "    if own.intent.quantity:\n",
        OF_MOMENT,
    ),
    mutant(
        "caps a day by its fills",
        MOMENT,
        "    premium = sum(each.premium for",
        "    premium = sum(each.premium * (each.rest > 0) for",
        OF_MOMENT,
    ),
    mutant(
        "forgets messages at a restart",
        MESSAGES,
        "deque(self._remembered())",
        "deque(self._remembered()[:0])",
        OF_MESSAGES,
    ),
    mutant(
        "sends what it cannot count",
        MESSAGES,
        "            if message is not Message.CANCEL:",
        "            if False:",
        OF_MESSAGES,
    ),
    mutant(
        "lets flatten roll",
        HALT,
        "    Strength.FLATTEN: frozenset({Purpose.CLOSE}),",
        "    Strength.FLATTEN: frozenset({Purpose.CLOSE, Purpose.ROLL}),",
        SCENARIOS,
    ),
)
