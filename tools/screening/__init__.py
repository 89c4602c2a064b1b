"""Screening: which contracts of a chain a book may sell, every filter with its value, threshold and margin.

Pure functions over columnar chains. A contract that fails a required filter never leaves this room; one
whose required filter is unknown does, marked, for a person or a refusal further on.
"""
