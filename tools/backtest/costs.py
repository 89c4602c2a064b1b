"""What trading costs in a backtest: at which price an order is filled, how much of it, and commissions.

    worked  the mid ─ chance ─→ a tick nearer ─ chance ─→ … the order's own floor
    share   the mid ──── share of the half spread ────→ the natural price

    volume of the scarcest leg × participation → units of the day

`worked` is how a limit order lives, and how the simulated broker fills it: it asks for the mid first, and each
answer is drawn from the order's id, so that a rerun repeats it. `share` is the harsher ruler: it depends on the
contract and the day and on nothing an order says of its size, so that one order of five is filled like five
orders of one; only a fee per order tells them apart.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from tools.domain.value import Value


class FillStyle(StrEnum):
    WORKED = "worked"
    SHARE = "share"


class Slippage(Value):
    """How orders are filled.

    at_mid         worked: the chance of a fill at the mid, falling to 0 at the far side, 1 at the natural price
    share          share: which part of the half spread is given up, 0 at the mid, 1 at the natural price, where
                   the contract is traded as much as `busy` or more
    busy           contracts a day from which a contract counts as liquid; below, the share grows in proportion
                   to what is missing, up to 1 where nothing was traded or the volume is unknown
    participation  the largest share of a leg's volume of the day that may be ours; 0 for no bound
    shares         what shares cost beside the spot, 0.0001 is one basis point
    """

    style: FillStyle = FillStyle.WORKED
    at_mid: float = Field(default=0.5, ge=0, le=1)
    share: float = Field(default=0.5, ge=0, le=1)
    busy: float = Field(default=0.0, ge=0)
    participation: float = Field(default=0.1, ge=0, le=1)
    shares: float = Field(default=0.0001, ge=0, lt=1)

    def share_at(self, volume: float) -> float:
        """The share for a leg traded `volume` times today, `nan` where unknown."""
        if self.busy == 0:
            return self.share
        traded = volume if volume == volume else 0.0  # noqa: PLR0124  NaN is unknown
        missing = max(0.0, 1 - traded / self.busy)
        return self.share + (1 - self.share) * missing

    def units(self, volume: float, *, taken: int) -> int | None:
        """Contracts of a leg that may still be ours today; None for no bound. An unknown volume allows none."""
        if self.participation == 0:
            return None
        if volume != volume:  # noqa: PLR0124  NaN is unknown
            return 0
        return max(0, int(self.participation * volume) - taken)


class Commissions(Value):
    """In account currency: per contract and leg, per share, and once per order that is filled at all."""

    per_contract: Decimal = Field(default=Decimal("0.65"), ge=0)
    per_share: Decimal = Field(default=Decimal(0), ge=0)
    per_order: Decimal = Field(default=Decimal(0), ge=0)
