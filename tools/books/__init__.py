"""Books: a mandate as data. What may be sold, on which terms, how large, under which limits, and how it ends.

TOML → load → Book → screen_book(snapshot, holdings) → results per underlying → one ranking
                   → manage(open trades, snapshot, account) → close | roll | hold, one per trade
"""
