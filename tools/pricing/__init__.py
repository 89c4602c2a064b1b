"""What options are worth, what volatility their prices imply, how they move, and how likely they pay.

    european, american      price and five Greeks of whole chains
    implied_vol             the vol behind a price
    quotes                  a chain's quotes → implied vol and Greeks in the units that people read
    surface                 the vol of every strike and day that a chain's quotes tell, free of arbitrage
    volatility_index        the model-free 30-day volatility of a chain
    rates                   discounting, forwards, what put-call parity says of them
    payoff, holding         profit at expiry; value, profit and Greeks of a structure before it
    probability             chances at and before expiry under one vol
    smile, implied_chance   the same chances under a whole smile

Numeric functions take keywords only, broadcast their arguments and return float64 arrays; a row that
cannot be valued is NaN. Big batches run on several threads, to the same digits; `threads` says on how
many. Importing this package loads nothing; its modules load Numba.
"""
