"""The rules a book may name: what each measures, in which unit, and which kinds of criterion fit it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    QUOTED = "quoted"
    BID = "bid"
    BLACKOUT = "blackout"
    VOLUME = "volume"
    OPEN_INTEREST = "open_interest"
    SPREAD = "spread"
    DTE = "dte"
    PREMIUM_YIELD = "premium_yield"
    DELTA = "delta"
    IV_PERCENTILE = "iv_percentile"
    PUT_CALL_RATIO = "put_call_ratio"
    EARNINGS_DISTANCE = "earnings_distance"
    EARNINGS_INSIDE = "earnings_inside"
    RATING = "rating"
    SECTOR_AFTER_TRADE = "sector_after_trade"
    SHARES_OWNED = "shares_owned"
    CASH_SECURED = "cash_secured"
    ONE_DAY_LOSS = "one_day_loss"
    EX_DIVIDEND = "ex_dividend"
    IV_RANK = "iv_rank"
    DIRECTION = "direction"
    DAY_MOVE = "day_move"
    PREMIUM_TO_TARGET = "premium_to_target"
    CREDIT = "credit"
    CREDIT_TO_WIDTH = "credit_to_width"
    NET_DELTA = "net_delta"
    BUYING_POWER = "buying_power"
    CASH_SETTLED = "cash_settled"
    NOT_HELD = "not_held"
    NONE_OPEN = "none_open"
    PORTFOLIO_VEGA = "portfolio_vega"
    PORTFOLIO_IV_RANK = "portfolio_iv_rank"
    MACD = "macd"
    RSI = "rsi"
    OVER_AVERAGE = "over_average"
    WEEKDAY = "weekday"


class Scale(StrEnum):
    """What kind of number a rule measures; decides which criteria fit and how the value is written."""

    FRACTION = "fraction"
    PER_YEAR = "fraction per year"
    DELTA = "delta"
    CONTRACTS = "contracts"
    DAYS = "days"
    PERCENTILE = "percentile"
    RATIO = "ratio"
    RATING = "notches above D"
    YES_NO = "yes/no"
    MONEY = "account currency"
    WEEKDAY = "Monday 1 … Sunday 7"


class Subject(StrEnum):
    """What a rule is about, and so what it refuses: a contract as a leg, or a whole unit.

    Where a rule is about several legs of a unit, the one that holds it worst speaks for the unit.
    """

    UNDERLYING = "underlying"
    SHORT_LEGS = "short legs"
    EVERY_LEG = "every leg"
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A result reads `label` value `after`; `priced` rules need the contract's Greeks."""

    label: str
    scale: Scale
    after: str = ""
    priced: bool = False
    subject: Subject = Subject.SHORT_LEGS


SPECS: dict[Rule, RuleSpec] = {
    Rule.QUOTED: RuleSpec("quote", Scale.YES_NO, subject=Subject.EVERY_LEG),
    Rule.BID: RuleSpec("bid", Scale.YES_NO, subject=Subject.EVERY_LEG),
    Rule.BLACKOUT: RuleSpec("blackout calendar", Scale.YES_NO, subject=Subject.UNDERLYING),
    Rule.VOLUME: RuleSpec("volume today", Scale.CONTRACTS),
    Rule.OPEN_INTEREST: RuleSpec("open interest", Scale.CONTRACTS),
    Rule.SPREAD: RuleSpec("spread", Scale.FRACTION, subject=Subject.EVERY_LEG),
    Rule.DTE: RuleSpec("time to expiry", Scale.DAYS, " days"),
    Rule.PREMIUM_YIELD: RuleSpec("premium yield", Scale.PER_YEAR, " a year", subject=Subject.UNIT),
    Rule.DELTA: RuleSpec("delta", Scale.DELTA, priced=True),
    Rule.IV_PERCENTILE: RuleSpec("IV percentile", Scale.PERCENTILE, subject=Subject.UNDERLYING),
    Rule.PUT_CALL_RATIO: RuleSpec("put/call ratio", Scale.RATIO, subject=Subject.UNDERLYING),
    Rule.EARNINGS_DISTANCE: RuleSpec("nearest earnings", Scale.DAYS, " days from expiry"),
    Rule.EARNINGS_INSIDE: RuleSpec("earnings before expiry", Scale.YES_NO),
    Rule.RATING: RuleSpec("rating", Scale.RATING, subject=Subject.UNDERLYING),
    Rule.SECTOR_AFTER_TRADE: RuleSpec("sector after the trade", Scale.FRACTION, subject=Subject.UNIT),
    Rule.SHARES_OWNED: RuleSpec("free shares cover", Scale.CONTRACTS, " contracts", subject=Subject.UNDERLYING),
    Rule.CASH_SECURED: RuleSpec(
        "free cash covers", Scale.FRACTION, " of the strike notional", subject=Subject.UNIT
    ),
    Rule.ONE_DAY_LOSS: RuleSpec("one-day 95 % loss", Scale.FRACTION, priced=True, subject=Subject.UNIT),
    Rule.EX_DIVIDEND: RuleSpec("dividends before expiry", Scale.YES_NO),
    Rule.IV_RANK: RuleSpec("IV rank", Scale.PERCENTILE, subject=Subject.UNDERLYING),
    Rule.DIRECTION: RuleSpec("direction", Scale.YES_NO, subject=Subject.UNDERLYING),
    Rule.DAY_MOVE: RuleSpec("move since the last close", Scale.FRACTION, subject=Subject.UNDERLYING),
    Rule.PREMIUM_TO_TARGET: RuleSpec("premium", Scale.FRACTION, " of its target"),
    Rule.CREDIT: RuleSpec("credit", Scale.YES_NO, subject=Subject.UNIT),
    Rule.CREDIT_TO_WIDTH: RuleSpec("credit", Scale.FRACTION, " of the width", subject=Subject.UNIT),
    Rule.NET_DELTA: RuleSpec("net delta", Scale.DELTA, priced=True, subject=Subject.UNIT),
    Rule.CASH_SETTLED: RuleSpec("settlement", Scale.YES_NO, subject=Subject.UNDERLYING),
    Rule.NOT_HELD: RuleSpec("shares of its own", Scale.YES_NO, subject=Subject.UNDERLYING),
    Rule.NONE_OPEN: RuleSpec("open trades of the book", Scale.YES_NO, subject=Subject.UNDERLYING),
    Rule.PORTFOLIO_VEGA: RuleSpec("vega", Scale.MONEY, " per volatility point", subject=Subject.UNDERLYING),
    Rule.PORTFOLIO_IV_RANK: RuleSpec("IV rank of what is open", Scale.PERCENTILE, subject=Subject.UNDERLYING),
    Rule.MACD: RuleSpec("MACD histogram", Scale.FRACTION, " of the price", subject=Subject.UNDERLYING),
    Rule.RSI: RuleSpec("RSI", Scale.PERCENTILE, subject=Subject.UNDERLYING),
    Rule.OVER_AVERAGE: RuleSpec("price over SMA-20", Scale.FRACTION, subject=Subject.UNDERLYING),
    Rule.WEEKDAY: RuleSpec("day of the week", Scale.WEEKDAY, subject=Subject.UNDERLYING),
    Rule.BUYING_POWER: RuleSpec("free cash covers", Scale.FRACTION, " of one unit", subject=Subject.UNIT),
}

# Spec B, preamble: no new trade on a gap-filled quote, inside a blackout or below the book's minimum
# volume; a contract nobody bids for cannot be sold.
HOUSE_RULES = frozenset({Rule.QUOTED, Rule.BID, Rule.BLACKOUT, Rule.VOLUME})

# What any structure that sells options may ask.
SHORT_OPTION_RULES = HOUSE_RULES | {
    Rule.OPEN_INTEREST,
    Rule.SPREAD,
    Rule.DTE,
    Rule.PREMIUM_YIELD,
    Rule.DELTA,
    Rule.IV_RANK,
    Rule.IV_PERCENTILE,
    Rule.DAY_MOVE,
    Rule.PUT_CALL_RATIO,
    Rule.EARNINGS_DISTANCE,
    Rule.EARNINGS_INSIDE,
    Rule.RATING,
}

# What a structure secured by bought legs or by margin asks besides: a credit that can be lost, and the means.
SECURED_RULES = HOUSE_RULES | {Rule.CREDIT, Rule.BUYING_POWER}
