"""Alpaca as a broker, over its own SDK: one order per intent, followed through everything that replaced it.

    OrderIntent → form (side, price, position intent) ─→ trading (send once; look up as often as it takes) ─→ Alpaca
    Order, Fill ← chain (root → replacement → …) ←────────┘
    Activity    ← activities (an assignment and its delivery are one)
    on_change   ← stream (says that something changed; what it is, is looked up)

`broker.AlpacaBroker` is what the pipeline opens; how requests travel (rate, deadline, repeating) is handed in.
"""
