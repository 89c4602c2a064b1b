"""What a trade does to the account: limits as declared objects, judged before and after the trade.

    exposures → measures → limits (profile numbers) → results with headroom, texts and vetoes

Reading path: `profile` (every number) → `measure` (sums) → `case` (what a limit sees) → `limits` (the
declared limits) → `judge` (one rule for all of them). Pure: no clock, no network, no opinion.
"""
