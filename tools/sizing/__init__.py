"""How many contracts: collateral (decision D1), confidence tiers (F17) and whole contracts, rounded down.

    book size · free cash · free shares · headroom of every limit → the smallest → whole contracts

The binding constraint is named. A trade of which not even one contract fits is sized at one, so that the
limits refuse it with their reasons.
"""
