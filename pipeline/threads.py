"""A decision's thread in its graph: started, moved on, and resumed, wherever an earlier process left it.

    begin: … → fit        advance: fit, score → approve | order        finish: approve | order → end

Where a thread stands is told by its pending tasks, not by `next`: a process that died after a node's writes
and before its checkpoint leaves a task that has its result, and an empty `next`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langgraph.graph import START
from langgraph.types import Command, StateSnapshot

from tools.domain.decision import DecisionState, Outcome
from tools.domain.order import IntentState

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from pipeline.graph import Graph
    from pipeline.services import Services


class Threads:
    """The threads of one run. Every step is synced to the checkpoint store before the next one begins."""

    def __init__(self, services: Services, graph: Graph) -> None:
        self._services = services
        self._graph = graph

    def begin(self, decision_id: str, *, send: bool) -> None:
        """Start a thread, or go on where it stopped, as far as its fit."""
        state = self._state(decision_id)
        if not state.values and not state.tasks:
            self._step({"decision_id": decision_id, "send": send}, decision_id, "fit")
        elif _at(state) & {START, "screen", "analyse"}:
            self._step(None, decision_id, "fit")

    def advance(self, decision_id: str) -> None:
        """Fit and score a thread that has been analysed; stop before a person or the broker is needed."""
        if _at(self._state(decision_id)) & {"fit", "score"}:
            self._step(None, decision_id, "approve", "order")

    def finish(self, decision_id: str) -> None:
        """Run a thread to its end, or to the person it waits for.

        A thread whose answer is already in the ledger is resumed with it, whoever gave it and whenever the
        process that took it died.
        """
        if self._state(decision_id).tasks:
            self._go_on(decision_id)
            owes = self._has_unsent(decision_id)  # what was left may have been the end of an earlier order
        else:
            owes = self._owes_an_order(decision_id)
        if owes:
            self._reopen(decision_id)
            self._go_on(decision_id)

    def _go_on(self, decision_id: str) -> None:
        state = self._state(decision_id)
        if not state.interrupts:
            self._step(None, decision_id)
            state = self._state(decision_id)
        answer = self._services.ledger.decision(decision_id).state
        if state.interrupts and answer is not DecisionState.WAITING:
            self._step(Command(resume={"verdict": answer.value}), decision_id)

    def _owes_an_order(self, decision_id: str) -> bool:
        """An order was promised after the thread had ended (an override), or its outcome is still unknown."""
        return self._intent_state(decision_id) not in {None, IntentState.DONE}

    def _has_unsent(self, decision_id: str) -> bool:
        """An order was promised that nobody has taken up."""
        return self._intent_state(decision_id) is IntentState.PENDING

    def _intent_state(self, decision_id: str) -> IntentState | None:
        ledger = self._services.ledger
        intent = ledger.intent(decision_id)
        return None if intent is None else ledger.intent_state(intent.client_order_id)

    def _reopen(self, decision_id: str) -> None:
        """Let an ended thread go on from a person's yes."""
        self._graph.update_state(_thread(decision_id), {"verdict": Outcome.APPROVED.value}, as_node="approve")

    def _state(self, decision_id: str) -> StateSnapshot:
        return self._graph.get_state(_thread(decision_id))

    def _step(self, value: Any, decision_id: str, *stop_before: str) -> None:
        self._graph.invoke(
            value,
            _thread(decision_id),
            context=self._services,
            durability="sync",
            interrupt_before=stop_before or None,
        )


def _thread(decision_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": decision_id}}


def _at(state: StateSnapshot) -> set[str]:
    return {task.name for task in state.tasks}
