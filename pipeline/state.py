"""What a decision's thread carries between nodes: ids and verdicts only; rows live in the ledger."""

from __future__ import annotations

from typing import TypedDict


class Thread(TypedDict, total=False):
    """One decision's thread (`thread_id` = decision id). Plain JSON values, so that any version can read it.

    send       whether an approved order may go to the broker (False in a dry run)
    outcome    the gate's word: approved, waiting or refused
    verdict    a person's word while it waited: approved, rejected or expired
    order      the broker's last word on the order
    """

    decision_id: str
    send: bool
    outcome: str
    verdict: str
    order: str
