"""Days of a made market, kept on disk: what it took to make and to price them is paid once.

    market, code → identity → a folder ─┬─ DAY.look.arrow    chains, facts, conditions
                                        ├─ DAY.greeks.arrow  the Greeks that were ever asked for
                                        └─ DAY.sifted.arrow  what books ever asked of the market alone

A made market is the same whenever it is made, by the same code. A kept day is read only by the code that made it,
so that nothing of it can be out of date, and is worth nothing that could not be made again.
"""

from tools.backtest.kept.history import KeptHistory

__all__ = ["KeptHistory"]
