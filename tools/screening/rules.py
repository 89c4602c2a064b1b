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


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A result reads `label` value `after`; `priced` rules need the contract's Greeks."""

    label: str
    scale: Scale
    after: str = ""
    priced: bool = False


SPECS: dict[Rule, RuleSpec] = {
    Rule.QUOTED: RuleSpec("quote", Scale.YES_NO),
    Rule.BID: RuleSpec("bid", Scale.YES_NO),
    Rule.BLACKOUT: RuleSpec("blackout calendar", Scale.YES_NO),
    Rule.VOLUME: RuleSpec("volume today", Scale.CONTRACTS),
    Rule.OPEN_INTEREST: RuleSpec("open interest", Scale.CONTRACTS),
    Rule.SPREAD: RuleSpec("spread", Scale.FRACTION),
    Rule.DTE: RuleSpec("time to expiry", Scale.DAYS, " days"),
    Rule.PREMIUM_YIELD: RuleSpec("premium yield", Scale.PER_YEAR, " a year"),
    Rule.DELTA: RuleSpec("delta", Scale.DELTA, priced=True),
    Rule.IV_PERCENTILE: RuleSpec("IV percentile", Scale.PERCENTILE),
    Rule.PUT_CALL_RATIO: RuleSpec("put/call ratio", Scale.RATIO),
    Rule.EARNINGS_DISTANCE: RuleSpec("nearest earnings", Scale.DAYS, " days from expiry"),
    Rule.EARNINGS_INSIDE: RuleSpec("earnings before expiry", Scale.YES_NO),
    Rule.RATING: RuleSpec("rating", Scale.RATING),
    Rule.SECTOR_AFTER_TRADE: RuleSpec("sector after the trade", Scale.FRACTION),
    Rule.SHARES_OWNED: RuleSpec("free shares cover", Scale.CONTRACTS, " contracts"),
    Rule.CASH_SECURED: RuleSpec("free cash covers", Scale.FRACTION, " of the strike notional"),
    Rule.ONE_DAY_LOSS: RuleSpec("one-day 95 % loss", Scale.FRACTION, priced=True),
    Rule.EX_DIVIDEND: RuleSpec("dividends before expiry", Scale.YES_NO),
}

# Spec B, preamble: no new trade on a gap-filled quote, inside a blackout or below the book's minimum
# volume; a contract nobody bids for cannot be sold.
HOUSE_RULES = frozenset({Rule.QUOTED, Rule.BID, Rule.BLACKOUT, Rule.VOLUME})

# What any structure with one short option may ask.
SHORT_OPTION_RULES = HOUSE_RULES | {
    Rule.OPEN_INTEREST,
    Rule.SPREAD,
    Rule.DTE,
    Rule.PREMIUM_YIELD,
    Rule.DELTA,
    Rule.IV_PERCENTILE,
    Rule.PUT_CALL_RATIO,
    Rule.EARNINGS_DISTANCE,
    Rule.EARNINGS_INSIDE,
    Rule.RATING,
}
