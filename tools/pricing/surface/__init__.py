"""Implied-volatility surfaces: what a chain of quotes says of every strike and every day, free of arbitrage.

    forwards      what put-call parity says: forward and discount per maturity
    arbitrage     quotes that could be traded against each other for free
    fit           chain → surface;  surface: vols, densities and chances anywhere
    verdict       whether a surface is free of arbitrage;  repricing: a chain's prices on it
    figures       term structure, skew, expected move

ssvi, correction, smoothing and repair are the parts of the fit. Importing this package loads nothing.
"""
