"""The decision graph. One thread per decision, one node per step, the ledger behind every node.

    screen ─┬→ analyse → fit → score ─┬→ order → book → end
            └→ end                    ├→ approve ─┬→ order
                                      └→ end      └→ end

Read on: a node reads its rows, calls one tool and writes one part (`pipeline/nodes/`); `cycle.py` runs the
threads, analysing side by side and fitting one after the other in rank order.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"  # before langgraph: stored data may not name types to import

from langgraph.graph import END, START, StateGraph

from pipeline import routes
from pipeline.nodes.analyse import analyse
from pipeline.nodes.approve import approve
from pipeline.nodes.book import book
from pipeline.nodes.fit import fit
from pipeline.nodes.order import order
from pipeline.nodes.score import score
from pipeline.nodes.screen import screen
from pipeline.services import Services
from pipeline.state import Thread

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    Graph = CompiledStateGraph[Thread, Services, Thread, Thread]


def build(checkpointer: BaseCheckpointSaver[Any] | None = None) -> Graph:
    """The compiled graph over a checkpoint store; without one it can be drawn but not resumed."""
    graph = StateGraph(Thread, context_schema=Services)
    graph.add_node("screen", screen)
    graph.add_node("analyse", analyse)
    graph.add_node("fit", fit)
    graph.add_node("score", score)
    graph.add_node("approve", approve)
    graph.add_node("order", order)
    graph.add_node("book", book)
    graph.add_edge(START, "screen")
    graph.add_conditional_edges("screen", routes.after_screen, ["analyse", END])
    graph.add_edge("analyse", "fit")
    graph.add_edge("fit", "score")
    graph.add_conditional_edges("score", routes.after_score, ["order", "approve", END])
    graph.add_conditional_edges("approve", routes.after_approve, ["order", END])
    graph.add_edge("order", "book")
    graph.add_edge("book", END)
    return graph.compile(checkpointer=checkpointer)


def mermaid() -> str:
    """The graph as Mermaid text, the same drawing as in the README."""
    return build().get_graph().draw_mermaid(with_styles=False)
