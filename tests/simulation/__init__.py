"""Whole trading days under a virtual clock: the real executor, gate and ledger, a broker whose calls go wrong.

The same seed is the same day to the last call; `python -m tests.simulation 1234` runs it again.
"""
