"""Alpaca as a source of market data, over its own SDK.

    AlpacaApi (keys, feed) ─ pages of raw rows ─→ AlpacaMarket.snapshot() ─→ quality rules ─→ Snapshot

`api.AlpacaApi` asks, `market.AlpacaMarket` answers as any market does, `transport.PatientAdapter` is what both
data and orders are sent through: it keeps the rate, the deadlines and the repeating.
"""
