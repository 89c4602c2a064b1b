"""How a person is reached. Implementations sit beside this file; one contract suite covers them all."""

from __future__ import annotations

from typing import Protocol

from tools.approvals.card import Card
from tools.domain.offer import Announced


class ApprovalChannel(Protocol):
    """Shows cards and takes them back. It decides nothing: answers go to the ledger, where the first one wins.

    `ChannelError` where people cannot be reached now; showing again later is safe.
    """

    name: str

    def announce(self, card: Card) -> None:
        """Ask. Announcing the same card again changes nothing; a newer one of the decision takes its place."""
        ...

    def withdraw(self, decision_id: str, what_happened: str) -> None:
        """The decision has been taken elsewhere, or its time is over. What is not shown is left alone."""
        ...

    def shown(self) -> tuple[str, ...]:
        """Decisions whose cards stand open."""
        ...


class Places(Protocol):
    """Where a channel's cards stand, kept beyond the life of its process."""

    def announce(self, announced: Announced) -> None: ...

    def announced(self, channel: str) -> tuple[Announced, ...]: ...

    def forget_announced(self, decision_id: str, channel: str) -> None: ...
