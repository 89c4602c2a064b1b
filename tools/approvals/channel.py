"""How a person is reached. Implementations sit beside this file; one contract suite covers them all."""

from __future__ import annotations

from typing import Protocol

from tools.approvals.card import Card


class ApprovalChannel(Protocol):
    """Shows cards and takes them back. It decides nothing: answers go to the ledger, where the first one wins."""

    name: str

    def announce(self, card: Card) -> None:
        """Ask. Announcing the same card again changes nothing."""
        ...

    def withdraw(self, decision_id: str, what_happened: str) -> None:
        """The decision has been taken elsewhere, or its time is over."""
        ...
