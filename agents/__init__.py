"""The analyst: one structured opinion per candidate, checked against the facts it was given.

    candidate → brief → prompt → model → answer (schema) → grounding → Analysis

A model is handed in behind the `model` Protocol. Nothing here trades, reads an account or reads the
environment; an outage, junk or an invented number becomes a reason in the analysis, never an approval.
"""
