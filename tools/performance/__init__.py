"""What a series of values, trades or probabilities says: returns, drawdown, attribution, calibration, intervals."""
