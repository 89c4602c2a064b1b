"""The named places at which a desk dies, before and after each: every kind of commit, every call at the broker.

Each counts the calls that went through its place since its process began; `life.py` goes through them all.
"""

from __future__ import annotations

from tests.crash.fuse import Point

DECIDING = (
    Point("the account is opened", "ledger.open_account"),
    Point("a scan and its proposals", "ledger.propose"),
    Point("a part of a record", "ledger.add_part"),
    Point("a part of the last record", "ledger.add_part", 9),
    Point("a reservation with its fit", "ledger.reserve"),
    Point("the last reservation", "ledger.reserve", 9),
    Point("approved by its score", "ledger.settle"),
    Point("refused by a limit", "ledger.settle", 2),
    Point("left waiting", "ledger.settle", 4),
    Point("the last one left waiting", "ledger.settle", 9),
    Point("a card in Slack is offered", "ledger.put_offer"),
    Point("a card on the page is offered", "ledger.put_offer", 2),
    Point("a card at the console is offered", "ledger.put_offer", 3),
    Point("where a card stands", "ledger.announce"),
    Point("a forged answer is turned away", "ledger.turn_away"),
    Point("a yes in Slack", "ledger.approve"),
    Point("a yes on the page", "ledger.approve", 2),
    Point("a yes at the console", "ledger.approve", 3),
    Point("a no on the page", "ledger.reject"),
    Point("an edit", "ledger.edit"),
    Point("a yes to what was edited", "ledger.approve", 4),
    Point("nobody's answer", "ledger.expire_due"),
    Point("a card is taken back", "ledger.forget_announced"),
    Point("a first word for an override", "ledger.second"),
    Point("a second person agrees", "ledger.second", 2),
    Point("the books are bound to the broker's account", "ledger.sending.bind"),
)

SENDING = (
    Point("the broker's account is asked", "broker.account"),
    Point("an order is claimed", "ledger.claim_intent"),
    Point("a later order is claimed", "ledger.claim_intent", 3),
    Point("an order is sent", "broker.submit"),
    Point("a second order is sent", "broker.submit", 2),
    Point("a later order is sent", "broker.submit", 4),
    Point("the broker's first word is kept", "ledger.record_order"),
    Point("the order works", "ledger.mark_intent"),
    Point("its executions are asked for", "broker.fills"),
    Point("executions are asked for while it walks", "broker.fills", 9),
    Point("a first execution is booked", "ledger.record_fill"),
    Point("an execution between others is booked", "ledger.record_fill", 5),
    Point("a late execution is booked", "ledger.record_fill", 30),
    Point("the order is looked at", "broker.find"),
    Point("it is looked at again", "broker.find", 3),
    Point("a later one is looked at", "broker.find", 12),
    Point("the limit moves", "broker.replace"),
    Point("the limit moves again", "broker.replace", 2),
    Point("the limit of a later one moves", "broker.replace", 8),
    Point("the broker's word on a moved limit is kept", "ledger.record_order", 3),
    Point("a later word is kept", "ledger.record_order", 15),
    Point("the rest is withdrawn", "broker.cancel"),
    Point("another rest is withdrawn", "broker.cancel", 2),
    Point("the order is done", "ledger.mark_intent", 5),
    Point("a later order is done", "ledger.mark_intent", 20),
    Point("a reservation is let go", "ledger.finish"),
    Point("the last reservation is let go", "ledger.finish", 6),
)

AFTERWARDS = (
    Point("a roll is promised", "ledger.promise_exit"),
    Point("the roll is claimed", "ledger.claim_intent", 7),
    Point("the roll is sent", "broker.submit", 7),
    Point("a closing is promised", "ledger.promise_exit", 2),
    Point("the closing is claimed", "ledger.claim_intent", 8),
    Point("the closing is sent", "broker.submit", 8),
    Point("an execution of the closing is booked", "ledger.record_fill", 70),
    Point("marks are kept", "ledger.mark_prices"),
    Point("vols of what is held are kept", "ledger.vols.see"),
    Point("the broker's positions are read", "broker.positions"),
    Point("the broker's orders are read", "broker.orders"),
    Point("the broker's cash is read", "broker.cash"),
    Point("the kill switch is set", "ledger.put_halt"),
    Point("the gate refuses what it stops", "ledger.sending.refuse"),
    Point("the kill switch is lifted", "ledger.put_halt", 2),
    Point("the broker's activities are asked for", "broker.activities", 2),
    Point("an assignment is entered", "ledger.record_activity"),
    Point("the last assignment is entered", "ledger.record_activity", 4),
)

POINTS = (*DECIDING, *SENDING, *AFTERWARDS)

RECOVERIES: tuple[tuple[Point, ...], ...] = (
    (Point("sent, found again", "broker.submit"), Point("and killed as it is found", "broker.find")),
    (Point("sent, found again", "broker.submit"), Point("and killed as it is kept", "ledger.record_order")),
    (Point("claimed", "ledger.claim_intent"), Point("sent at last, the answer lost", "broker.submit")),
    (
        Point("booked in part", "ledger.record_fill", 2),
        Point("told again", "broker.fills"),
        Point("and booked again", "ledger.record_fill"),
    ),
    (
        Point("moved", "broker.replace", 2),
        Point("moved again", "broker.replace"),
        Point("and done", "ledger.finish"),
    ),
    (Point("the roll is promised", "ledger.promise_exit"), Point("sent by another run", "broker.submit")),
    (Point("the roll is sent", "broker.submit", 7), Point("found by another run", "broker.find")),
    (
        Point("one assignment is entered", "ledger.record_activity"),
        Point("then another", "ledger.record_activity", 2),
    ),
)
"""What recovers is killed as well: each process dies after its own point, until one comes through."""
