"""The steps of the decision graph: each reads its rows, calls one tool, writes one part, returns an update.

A node runs at least once and may run again after a crash: every write behind it is idempotent.
"""
