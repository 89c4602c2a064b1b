"""Execution: an intent becomes exactly one order at a broker, priced from the mid and walked within a bound.

    intent → claim → pre-trade gate → submit → walk (replace the remainder, rung by rung) → cancel what is left
                └─ claimed before: look the order up first, send only what the broker has never heard of

Brokers sit beside `broker.py`, the Protocol; the store and the market's quotes are handed in.
"""
