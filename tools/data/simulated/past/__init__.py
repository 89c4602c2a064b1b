"""The simulated past: twenty years of daily chains, with every underlying that a book needs, behind one seed.

    driver (real S&P 500, or yours) ─► volatility index ─► names ─► path
    (path, instant) ─► chains, facts, conditions ─► Snapshot

Only the index may be real. All else is invented, and every snapshot says so (`simulated`, feed "simulated",
source "simulated-past"). Its assumptions are in docs/simulated-past.md, its numbers in `past.toml` and
`underlyings.toml`.
"""

from tools.data.simulated.past.driver import Driver, from_columns, invented, sp500
from tools.data.simulated.past.market import PAST_SEED, SimulatedPast

__all__ = ["PAST_SEED", "Driver", "SimulatedPast", "from_columns", "invented", "sp500"]
