"""Books: a mandate as data. What may be sold, on which terms, how large, under which limits.

TOML → load → Book → screen_book(snapshot, holdings) → results per underlying → one ranking
"""
