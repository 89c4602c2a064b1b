"""How a person answers through each channel, as the policy sees it: with what stands on the card there."""

from __future__ import annotations

import json
from decimal import Decimal

from tests.pipeline.floor import ANNA, BEN, CLEO, STRANGER, Floor
from tools.approvals.answer import Answer, Decided, Word

CHANNELS = ("console", "slack", "web")

USERS = {
    "slack": {"Anna": ANNA, "Ben": BEN, "Cleo": CLEO, "": STRANGER},
    "console": {"Anna": "anna", "Ben": "ben", "Cleo": "cleo", "": "mallory"},
    "web": {"Anna": "Anna", "Ben": "Ben", "Cleo": "Cleo", "": "Mallory"},
}


def secret_of(floor: Floor, channel: str, decision_id: str) -> str:
    """What stands on the card of this channel; the console's verb shows and answers at once and needs none."""
    if channel == "web":
        card = floor.web.card(decision_id)
        return "" if card is None else card.secret
    if channel == "slack":
        values = [
            json.loads(each.buttons()["tg_approve"]["value"]) for each in floor.slack.messages if each.buttons()
        ]
        return str(next((value["secret"] for value in values if value["decision"] == decision_id), ""))
    return ""


def answer(
    floor: Floor,
    channel: str,
    decision_id: str,
    word: Word = Word.APPROVE,
    *,
    by: str = "Anna",
    secret: str | None = None,
    reason: str = "",
    contracts: int | None = None,
    price: Decimal | None = None,
) -> Answer:
    return Answer(
        decision_id,
        word,
        channel=channel,
        user=USERS[channel][by],
        secret=secret_of(floor, channel, decision_id) if secret is None else secret,
        reason=reason,
        contracts=contracts,
        price=price,
    )


def say(floor: Floor, channel: str, decision_id: str, word: Word = Word.APPROVE, **more: object) -> Decided:
    return floor.approvals.decide(answer(floor, channel, decision_id, word, **more))  # type: ignore[arg-type]
