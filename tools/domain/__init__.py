"""The words of the house as types: contracts, chains, candidates, decisions, orders, positions.

Value types only. Everything that enters a decision record is a frozen pydantic model; the columnar
chain is a frozen dataclass of read-only NumPy arrays. Nothing here reads a clock, a file or a network.
"""
