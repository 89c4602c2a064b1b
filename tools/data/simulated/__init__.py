"""The embedded market: a simulated day, and a year behind it, that needs no key and no network.

    EmbeddedMarket(seed).snapshot(as_of) ─► chains, facts, conditions      demo_account(snapshot) ─► Account

Everything is invented and every snapshot says so (`simulated`, feed "simulated", source "embedded").
The parameters are data: `market.toml` and `underlyings.toml`. Assumptions, in the order in which a quote
comes to be:

Prices     A lognormal market factor (SPY), sector shocks and own shocks, daily. Levels are those of the
           base date; the past is walked back from it and the future forward, so any instant after
           the first session is part of one path per seed. Realised volatility is 0.85 of implied: sellers
           are paid a variance premium. No jumps in the path, no ex-dividend drop (it is in the drift).
Volatility The 30-day at-the-money volatility reverts to its mean in log terms, half-life 30 sessions, and
           its common part falls when the market rises (correlation -0.7). VIX is 1.12 times SPY's.
Surface    SSVI per underlying, free of butterfly and calendar arbitrage in European terms; each earnings
           announcement adds the variance of its expected move to every expiry behind it.
Values     American exercise, cash dividends, one flat interest rate, Act/365 to the closing bell of the expiry.
Quotes     Width = class width × volatility × vega, at least a tick, on the exchange's tick grid. In the
           wings the value dies faster than the vega, so spreads widen and bids vanish.
Interest   Open interest is a bell over standardised distance from the month's mean price with its top a
           little out of the money, larger in monthly expiries and at round strikes, fading with time to
           expiry; volume is its share per day. Puts and calls are tilted so that the put/call ratio moves
           around a level per name.
Listing    Weeklies, monthlies and January LEAPS; an expiry's strikes surround the prices of its life and
           are never taken away.
Figures    IV rank, IV percentile, SMA-20, RSI-14, realised volatility, beta and correlation are computed
           from the path; a figure whose year is incomplete is unknown. Sector put/call averages the listed
           names and a few stated members. Funds have no rating, earnings or sector ratio (not applicable).
Calendar   FOMC, CPI and NFP of 2026 and January 2027; outside that span blackouts are unknown.
"""

from tools.data.simulated.account import demo_account
from tools.data.simulated.fixings import EmbeddedFixings
from tools.data.simulated.market import EMBEDDED_AS_OF, EMBEDDED_SEED, EmbeddedMarket

__all__ = ["EMBEDDED_AS_OF", "EMBEDDED_SEED", "EmbeddedFixings", "EmbeddedMarket", "demo_account"]
