"""Evals: the analyst measured against what is known, and the recordings that the embedded day replays."""
