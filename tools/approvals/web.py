"""The page as a channel: cards stand here until they are closed; who looks at the page sees what stands."""

from __future__ import annotations

from threading import Lock

from tools.approvals.authority import WEB
from tools.approvals.card import Card

KEPT = 200
"""How many endings are remembered, so that an open page can say what became of its card."""


class WebChannel:
    """Implements `ApprovalChannel` with what the page draws from. Nothing is sent anywhere."""

    name = WEB

    def __init__(self) -> None:
        self._cards: dict[str, Card] = {}
        self._ended: dict[str, str] = {}
        self._turn = Lock()

    def announce(self, card: Card) -> None:
        with self._turn:
            self._cards[card.decision_id] = card
            self._ended.pop(card.decision_id, None)

    def withdraw(self, decision_id: str, what_happened: str) -> None:
        with self._turn:
            if self._cards.pop(decision_id, None) is None:
                return
            self._ended[decision_id] = what_happened
            while len(self._ended) > KEPT:
                self._ended.pop(next(iter(self._ended)))

    def shown(self) -> tuple[str, ...]:
        with self._turn:
            return tuple(self._cards)

    def cards(self) -> tuple[Card, ...]:
        """Every card that stands open, in the order in which it came."""
        with self._turn:
            return tuple(self._cards.values())

    def card(self, decision_id: str) -> Card | None:
        with self._turn:
            return self._cards.get(decision_id)

    def ended(self, decision_id: str) -> str:
        """What became of a card that stood here, empty where none did."""
        with self._turn:
            return self._ended.get(decision_id, "")
