"""Market data: providers, vendor files, the embedded market, and the quality rules every row meets."""
