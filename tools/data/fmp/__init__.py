"""Financial Modeling Prep as a source of fundamentals, rates and release dates.

    FmpClient (key, pace) ─ rows ─→ companies (sector, beta, earnings, dividends) · economy (curve, releases)

`client.FmpClient` asks, `source.FmpSource` answers as any source of fundamentals does.
"""
