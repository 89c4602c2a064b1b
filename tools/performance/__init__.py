"""What a series of values or trades says: returns, drawdown, attribution, intervals."""
