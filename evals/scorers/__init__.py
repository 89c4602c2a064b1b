"""Scorers: each a small pure function from what happened to a score, with its name, direction and unit."""
