"""What a name does besides following the market: own and sector shocks, clustered volatility, earnings jumps.

    shocks (fat-tailed, part of them the sector's) ─► EGARCH log volatility ─► daily own moves
    announced dates ─► jumps before the opening bell            └─► own implied volatility

Own volatility is an EGARCH(1,1) (Nelson, "Conditional heteroskedasticity in asset returns", Econometrica 59,
1991): large shocks raise it and falling prices raise it more. Implied own volatility is what that recursion
expects over the coming month, over `realised_share`. A deviation from the beta path fades slowly, so that no
price leaves the range that its strikes are made for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import gamma, pi, sqrt

import numpy as np

from tools.data.simulated.noise import FloatArray, stream
from tools.data.simulated.parameters import Listed
from tools.data.simulated.past.driver import Driver
from tools.data.simulated.past.index_vol import SESSIONS, IndexVol
from tools.data.simulated.past.parameters import OwnVolatility, Parameters, Part, part_of
from tools.data.simulated.schedule import announcements

OWN_FLOOR = 0.15  # of a name's mean variance: nothing but the index funds is moved by the market alone
MONTH = 21  # sessions
COINS = "coins"


@dataclass(frozen=True, eq=False)
class OwnMoves:
    """Shape (sessions, symbols): log moves of the day, the part of them before the bell, own volatilities."""

    moves: FloatArray
    jump: FloatArray
    sd: FloatArray
    vol: FloatArray
    normal: FloatArray


def own_moves(driver: Driver, parameters: Parameters, index: IndexVol, *, seed: int) -> OwnMoves:
    """Own moves of every symbol at every session; none for the index, its tenths, VIX and bills."""
    listed = tuple(parameters.listed.values())
    normal = np.array([_own_normal(each, parameters) for each in listed])
    rule, rows = parameters.own, len(driver.sessions)
    shocks = _shocks(listed, rule, rows, seed=seed)
    market = (index.vol / parameters.listed["SPX"].vol.normal)[:, None] ** _market_power(listed, rule)
    deviation = _log_volatility(shocks, rule)
    sd = np.zeros((rows, len(listed)))
    daily = parameters.realised_share * normal * market * np.exp(deviation)
    sd[1:] = daily[:-1] * _passing(driver, listed)
    jump = _jumps(driver, parameters, seed=seed)
    moves = _pulled(sd * shocks + jump, parameters.pull_half_life)
    expected = deviation * (1 - rule.keep**MONTH) / (MONTH * (1 - rule.keep))
    vol = np.asarray(normal * market * np.exp(expected), dtype=np.float64)
    return OwnMoves(moves=moves, jump=jump, sd=sd, vol=vol, normal=np.broadcast_to(normal, vol.shape))


def _own_normal(listed: Listed, parameters: Parameters) -> float:
    if part_of(listed.symbol) not in {Part.NAME, Part.COIN}:
        return 0.0
    whole, market = listed.vol.normal**2, (listed.beta * parameters.listed["SPX"].vol.normal) ** 2
    return sqrt(max(whole - market, OWN_FLOOR * whole))


def _market_power(listed: tuple[Listed, ...], rule: OwnVolatility) -> FloatArray:
    """Coins keep their own weather."""
    return np.array([0.0 if part_of(each.symbol) is Part.COIN else rule.market for each in listed])


def _passing(driver: Driver, listed: tuple[Listed, ...]) -> FloatArray:
    """√(years) that a row's move takes: a session's for the exchange's names, every hour for coins."""
    days = np.diff(driver.sessions).astype(np.float64)[:, None]
    coins = np.array([part_of(each.symbol) is Part.COIN for each in listed])
    return np.asarray(np.sqrt(np.where(coins, days / 365, 1 / SESSIONS)), dtype=np.float64)


def _shocks(listed: tuple[Listed, ...], rule: OwnVolatility, rows: int, *, seed: int) -> FloatArray:
    """Unit-variance Student shocks, `residual_sector` of their variance shared by the sector."""
    unit = sqrt((rule.tail - 2) / rule.tail)

    def draw(label: str) -> FloatArray:
        return np.asarray(stream(seed, f"past {label}").standard_t(rule.tail, rows) * unit, dtype=np.float64)

    groups = [COINS if part_of(each.symbol) is Part.COIN else each.sector for each in listed]
    common = {group: draw(f"sector {group}") for group in groups if group}
    columns = []
    for each, group in zip(listed, groups, strict=True):
        own = draw(f"own {each.symbol}")
        share = each.residual_sector if group else 0.0
        columns.append(sqrt(share) * common[group] + sqrt(1 - share) * own if group else own)
    return np.column_stack(columns)


def _log_volatility(shocks: FloatArray, rule: OwnVolatility) -> FloatArray:
    """Log deviation of own volatility after each row's shock; the rows before it decide that row's size."""
    mean_size = (
        2 * sqrt((rule.tail - 2) / pi) * gamma((rule.tail + 1) / 2) / (gamma(rule.tail / 2) * (rule.tail - 1))
    )
    news = rule.size * (np.abs(shocks) - mean_size) + rule.sign * shocks
    deviation = np.zeros_like(shocks)
    for row in range(1, len(shocks)):
        deviation[row] = rule.keep * deviation[row - 1] + news[row]
    return deviation


def _jumps(driver: Driver, parameters: Parameters, *, seed: int) -> FloatArray:
    """The log jump of each announcement before the opening bell of its date; realised, so below implied."""
    first, last = (date.fromisoformat(str(driver.sessions[row])) for row in (0, -1))
    jump = np.zeros((len(driver.sessions), len(parameters.listed)))
    for column, (symbol, listed) in enumerate(parameters.listed.items()):
        if listed.earnings is None:
            continue
        days = np.array(announcements(listed.earnings, after=first, until=last), dtype="datetime64[D]")
        draws = stream(seed, f"past earnings {symbol}").standard_normal(len(days))
        size = parameters.realised_share * listed.earnings.move
        jump[np.searchsorted(driver.sessions, days), column] = size * draws
    return jump


def _pulled(moves: FloatArray, half_life: float) -> FloatArray:
    """Moves of a deviation that fades by half in `half_life` years."""
    keep = 0.5 ** (1 / (half_life * SESSIONS))
    deviation, changes = np.zeros(moves.shape[1]), np.zeros_like(moves)
    for row in range(1, len(moves)):
        changes[row] = moves[row] - (1 - keep) * deviation
        deviation = deviation + changes[row]
    return changes
