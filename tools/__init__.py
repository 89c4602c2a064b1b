"""Deterministic tools: no language model, no graph, no clock of their own."""
