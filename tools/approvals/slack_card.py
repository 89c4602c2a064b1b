"""The card in Slack's Block Kit: open with its buttons, or closed with what came of it.

Words from outside stand in plain text blocks, where nothing is a link, a mention or a heading.
"""

from __future__ import annotations

import json
import textwrap
from typing import Any

from tools.approvals.card import Card, RiskLine
from tools.approvals.console import age, amount, plain
from tools.approvals.ending import on_the_clock
from tools.domain.decision import LimitState
from tools.domain.errors import InputError
from tools.domain.mode import Mode

APPROVE, REJECT, OPEN, REASON = "tg_approve", "tg_reject", "tg_open", "tg_reason"
"""Names of what can be pressed, and of the window that asks for a reason."""

BADGE = {Mode.SIMULATED: "⚪ SIMULATED", Mode.PAPER: "🟡 PAPER", Mode.LIVE: "🔴 LIVE"}

Block = dict[str, Any]

_FLAGS = {LimitState.ALERT: "  alert", LimitState.FAIL: "  over the limit", LimitState.UNKNOWN: "  unknown"}


def open_card(card: Card, *, page: str = "") -> list[Block]:
    """The card with its buttons; `page` is where Open leads, a window in Slack where there is none."""
    return [*_body(card), _actions(card, page)]


def closed_card(card: Card | None, decision_id: str, what_happened: str) -> list[Block]:
    """The card without buttons; without the card, what is left of it after a restart."""
    told = [_section(f"*{escaped(what_happened)}*")]
    if card is None:
        return [_section(f"`{escaped(decision_id)}`"), *told]
    return [*_body(card), *told]


def headline(card: Card) -> str:
    """What stands in the notification."""
    return f"{BADGE[card.mode]} {plain(card.title)} ×{card.contracts}: max loss {card.max_loss:,.2f}"


def reason_window(value: str) -> Block:
    """The window that asks why; `value` is the button's own, and comes back with the answer."""
    return {
        "type": "modal",
        "callback_id": REASON,
        "private_metadata": value,
        "title": _plain("Reject this trade"),
        "submit": _plain("Reject"),
        "close": _plain("Back"),
        "blocks": [
            {
                "type": "input",
                "block_id": REASON,
                "label": _plain("Why? It stands in the record for good."),
                "element": {"type": "plain_text_input", "action_id": REASON, "multiline": True, "max_length": 500},
            }
        ],
    }


def detail_window(text: str) -> Block:
    """The whole card as text."""
    return {
        "type": "modal",
        "title": _plain("The whole card"),
        "close": _plain("Close"),
        "blocks": [
            _section(f"```{escaped(part)}```")
            for part in textwrap.wrap(
                text, 2500, replace_whitespace=False, drop_whitespace=False, break_on_hyphens=False
            )
        ],
    }


def value_of(card: Card) -> str:
    """What a button carries: the decision and the secret of this showing."""
    return json.dumps({"decision": card.decision_id, "secret": card.secret})


def read_value(text: str) -> tuple[str, str]:
    """(decision id, secret) of a button; `InputError` for what no button of ours carries."""
    try:
        value = json.loads(text)
        decision_id, secret = value["decision"], value["secret"]
    except (ValueError, TypeError, KeyError):
        raise InputError("This button carries nothing that was shown; open the waiting trade again.") from None
    if not isinstance(decision_id, str) or not isinstance(secret, str):
        raise InputError("This button carries nothing that was shown; open the waiting trade again.")
    return decision_id, secret


def escaped(text: str) -> str:
    """Text in which Slack sees neither links nor mentions."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _body(card: Card) -> list[Block]:
    order = "" if card.limit is None else f"\nlimit {card.limit}, walked to {card.floor} at worst"
    legs = "\n".join(card.legs)
    return [
        {"type": "header", "text": _plain(_cut(f"{BADGE[card.mode]}  {plain(card.title)}", 150))},
        _section(escaped(f"{legs}{order}")),
        {
            "type": "section",
            "fields": [
                _field("Credit", f"{card.credit:.2f} per share, {card.premium:,.2f} in all"),
                _field("Max loss", f"{card.max_loss:,.2f}"),
                _field("Breakeven", " / ".join(f"{level:,.2f}" for level in card.breakevens) or "unknown"),
                _field("PoP", "unknown" if card.pop is None else f"{card.pop:.0%}"),
            ],
        },
        _section(f"*Score*  {escaped(card.score)}"),
        {"type": "section", "text": _plain(_cut("\n".join(plain(reason) for reason in card.reasons) or "–", 1500))},
        _section(f"*Risk before → after*\n```{_risk(card)}```"),
        {"type": "section", "text": _plain(_narrative(card))},
        {"type": "context", "elements": [_plain(_footer(card))]},
    ]


def _actions(card: Card, page: str) -> Block:
    value = value_of(card)
    look: Block = {"type": "button", "action_id": OPEN, "text": _plain("Open"), "value": value}
    return {
        "type": "actions",
        "block_id": "tg_answer",
        "elements": [
            {
                "type": "button",
                "action_id": APPROVE,
                "style": "primary",
                "text": _plain("Approve"),
                "value": value,
                "confirm": {
                    "title": _plain("Send this order?"),
                    "text": _plain(
                        _cut(f"Max loss {card.max_loss:,.2f} · {plain(card.title)} ×{card.contracts}", 300)
                    ),
                    "confirm": _plain("Approve"),
                    "deny": _plain("Back"),
                },
            },
            {
                "type": "button",
                "action_id": REJECT,
                "style": "danger",
                "text": _plain("Reject"),
                "value": value,
            },
            look | ({"url": page} if page else {}),
        ],
    }


def _risk(card: Card) -> str:
    widest = max((len(plain(line.name)) for line in card.risk), default=0)
    return escaped(_cut("\n".join(_line(line, widest) for line in card.risk) or "nothing measured", 2600))


def _line(line: RiskLine, width: int) -> str:
    before, after = amount(line.before, line.unit), amount(line.after, line.unit, beside=line.limit)
    alone = line.before is None and line.state is not LimitState.UNKNOWN
    moved = after if alone else f"{before} → {after}"
    told = f"{moved} of {amount(line.limit, line.unit)}".replace("-", "−")
    return f"{plain(line.name):<{width}}  {told}{_FLAGS.get(line.state, '')}"


def _narrative(card: Card) -> str:
    told = textwrap.shorten(plain(card.narrative), 240, placeholder=" …")
    return f"{told}\n({plain(card.analyst)})" if card.analyst else told


def _footer(card: Card) -> str:
    parts = [f"quote {age(card.quote_age_seconds)} old, feed {plain(card.feed)}"]
    if card.good_until is not None:
        parts.append(f"good until {on_the_clock(card.good_until)}")
    if card.expires is not None:
        parts.append(f"expires {on_the_clock(card.expires)}")
    return " · ".join([*parts, card.decision_id])


def _field(name: str, value: str) -> Block:
    return {"type": "mrkdwn", "text": f"*{name}*\n{escaped(value)}"}


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": _cut(text, 3000)}}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
