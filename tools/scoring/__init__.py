"""Scoring: three opinions, each 0-10, blended into one number. Scores are compared unrounded.

margins → quantitative ┐
analysis → model       ├→ total (0.70 / 0.20 / 0.10)      confidence = quantitative and model alone
limits → portfolio fit ┘
"""
