"""The executor and the price walk, wrong in one place at a time."""

from __future__ import annotations

from tests.mutants.mutant import mutant

EXECUTOR = "tools/execution/executor.py"
WALK = "tools/execution/price_walk.py"
OF_EXECUTOR = "tests/tools/execution/test_executor.py"
OF_WALK = "tests/tools/execution/test_price_walk.py"
SCENARIOS = "tests/scenarios/test_scenarios.py"

EXECUTING = (
    mutant(
        "sends without a claim",
        EXECUTOR,
        "        if self.store.claim_intent(self.id):",
        "        if self.store.claim_intent(self.id) or True:",
        OF_EXECUTOR,
    ),
    mutant(
        "claims after the look-up alone",
        EXECUTOR,
        "find(self.id)\n        if found is not None:\n            return self.saw(found)\n        recorded",
        "find(self.id)\n        recorded",
        OF_EXECUTOR,
    ),
    mutant(
        "sends without the gate",
        EXECUTOR,
        "            return self.never_sent(reasons) if reasons else self.send()",
        "            return self.send()",
        OF_EXECUTOR,
    ),
    mutant(
        "sends again without the gate",
        EXECUTOR,
        "            if attempt and (reasons := self.reasons()):",
        '            if attempt and (reasons := ""):',
        OF_EXECUTOR,
    ),
    mutant(
        "sends again after a restart without the gate",
        EXECUTOR,
        "        elif reasons := self.reasons():",
        '        elif reasons := "":',
        OF_EXECUTOR,
    ),
    mutant(
        "moves without the gate",
        EXECUTOR,
        "            if order.status.is_final or self.check(self.intent, price):",
        "            if order.status.is_final:",
        OF_EXECUTOR,
    ),
    mutant(
        "sends twice to a broker that takes an id twice",
        EXECUTOR,
        "        for attempt in range(SENDS if self.broker.enforces_unique_ids else 1):",
        "        for attempt in range(SENDS):",
        OF_EXECUTOR,
    ),
    mutant(
        "sends again after a restart to a broker that takes an id twice",
        EXECUTOR,
        "        if not self.broker.enforces_unique_ids:",
        "        if False:",
        OF_EXECUTOR,
    ),
    mutant(
        "does not look after an unknown outcome",
        EXECUTOR,
        "            except OutcomeUnknown:\n                found = self.look()",
        "            except OutcomeUnknown:\n                found = None",
        SCENARIOS,
    ),
    mutant(
        "calls a second send's refusal the order's",
        EXECUTOR,
        "                if not (repeated or attempt):",
        "                if not repeated:",
        OF_EXECUTOR,
    ),
    mutant(
        "calls a refusal after a restart the order's",
        EXECUTOR,
        "                if not (repeated or attempt):",
        "                if not attempt:",
        OF_EXECUTOR,
    ),
    mutant(
        "calls what may have been sent refused",
        EXECUTOR,
        "        order = self.ours(OrderStatus.UNKNOWN, why)",
        "        order = self.ours(OrderStatus.REJECTED, why)",
        OF_EXECUTOR,
    ),
    mutant(
        "leaves the rest working",
        EXECUTOR,
        "        order = order if order.status.is_final else self.cancel(order)\n",
        "",
        OF_EXECUTOR,
    ),
    mutant(
        "is silent about a rest that cannot be cancelled",
        EXECUTOR,
        "        raise OutcomeUnknown(",
        "        return order\n        raise OutcomeUnknown(",
        OF_EXECUTOR,
    ),
    mutant(
        "is done before every execution is told",
        EXECUTOR,
        "            if order.filled_quantity == 0 or self.is_complete(order, self.collect()):",
        "            if True:",
        OF_EXECUTOR,
    ),
    mutant("believes an answer that was overtaken", EXECUTOR, " or found.is_older_than(order):", ":", OF_EXECUTOR),
    mutant(
        "counts an execution as often as it is told",
        EXECUTOR,
        "        return tuple(fills.values())",
        "        return self.broker.fills(self.id)",
        OF_EXECUTOR,
    ),
    mutant(
        "records the order before its executions",
        EXECUTOR,
        "        self.collect()\n        self.store.record_order(order)\n",
        "        self.store.record_order(order)\n        self.collect()\n",
        OF_EXECUTOR,
    ),
    mutant(
        "moves up again after a restart",
        EXECUTOR,
        "            if price >= order.limit_price:",
        "            if price > order.limit_price + 1:",
        OF_EXECUTOR,
    ),
    mutant("notes no replace", EXECUTOR, "        self.note(Message.REPLACE)\n", "", OF_EXECUTOR),
    mutant("notes no cancel", EXECUTOR, "            self.note(Message.CANCEL)\n", "", OF_EXECUTOR),
    mutant(
        "walks one tick beyond its floor",
        WALK,
        "    ticks = int((limit - floor) / tick)",
        "    ticks = int((limit - floor) / tick) + 1",
        OF_WALK,
    ),
    mutant("rounds the worst price against us", WALK, "round_up(worst, tick)", "worst - worst % tick", OF_WALK),
)
