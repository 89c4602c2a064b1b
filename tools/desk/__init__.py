"""What a desk decides on a day: entries, exits, rolls, settlements. Pure; the graph's nodes and the engine call it.

One decision path: what decides live is what is tested on history.
"""
