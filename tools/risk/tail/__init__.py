"""How much may be lost: the whole book revalued under shocks, and what quantiles and tails of that say.

    holdings, assets → shocks (named, drawn, past) → revalue → gains by position and path → VaR, ES, parts, stresses
                     → deltas and gammas → the exact law of the quadratic form → VaR without a path

Reading path: `holdings` (what is held, as columns) → `shock` (what moves) → `revalue` → `shortfall` (quantiles and
their parts) → `monte_carlo`, `quadratic`, `stress`, `reverse` (where shocks come from). Losses are positive, gains
signed; unknown in, unknown out: a book with an unpriced position has no VaR, never a smaller one.
"""
