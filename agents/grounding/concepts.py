"""What the words of a fact's name mean, so that other words for the same thing are heard as that fact.

    short_put_strike ─→ {short, put, strike}, head strike        the words of a name, its synonyms folded
    "implied vol" ─→ implied, vol ←─ iv                           the words of a text, folded alike

No list of facts is kept: whatever a fact is called, its name says what it is about. Kept are the synonyms of the
trade, the words that only qualify (`short`, `maximum`) and the words that only measure (`ratio`, `days`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple


class Name(NamedTuple):
    """A fact's name: all its words, those that must be said for it to be meant, and the one it ends in.

    digits  figures that belong to the name (`sma_20`); beyond  what it is measured from (`strike_from_spot`)
    """

    words: frozenset[str]
    core: frozenset[str]
    head: str
    digits: frozenset[str] = frozenset()
    beyond: frozenset[str] = frozenset()


GREEKS = frozenset({"delta", "gamma", "theta", "vega", "rho", "vanna", "charm"})

_SAME: dict[str, tuple[str, ...]] = {
    "expiry": ("expiration", "expirations", "expiries", "expires", "expire", "expiring", "expired", "maturity",
               "matures", "mature", "maturing", "tenor", "dte"),
    "loss": ("losses", "lose", "loses", "losing", "lost", "downside", "risk", "risked", "risks", "risking"),
    "profit": ("profits", "gain", "gains", "gained", "win", "wins", "winning", "profitable", "success", "upside",
               "making"),
    "max": ("maximum", "maximal", "largest", "biggest", "greatest", "worst", "highest", "most", "whole", "full",
            "total", "entire"),
    "min": ("minimum", "minimal", "smallest", "lowest", "least", "best"),
    "probability": ("prob", "chance", "chances", "odds", "likelihood", "probabilities", "p"),
    "breakeven": ("breakevens", "breakeven"),
    "credit": ("credits", "collect", "collects", "collected", "collecting", "receive", "receives", "received",
               "pockets", "pocketed", "receipt", "takings"),
    "premium": ("premiums", "premia"),
    "spot": ("spots",),
    "yield": ("yields", "yielding", "yielded"),
    "return": ("returns", "returned", "returning", "roi", "ror"),
    "earnings": ("report", "reports", "reporting", "results", "announcement", "earning"),
    "theta": ("decay", "decays", "decaying"),
    "correlation": ("correlations", "corr", "correlated"),
    "realised": ("realized", "historical", "historic", "delivered"),
    "price": ("prices", "priced", "pricing"),
    "volume": ("volumes", "turnover"),
    "collateral": ("collateralised", "secured", "securing"),
    "strike": ("strikes", "struck"),
    "threshold": ("thresholds", "hurdle"),
    "low": ("floor",),
    "high": ("ceiling", "cap"),
    "above": ("over",),
    "margin": ("margins",),
    "average": ("averages", "avg", "mean"),
    "rank": ("ranks", "ranked", "ranking", "ivr"),
    "percentile": ("percentiles", "pctile"),
    "ratio": ("ratios",),
    "contract": ("contracts", "lot", "lots"),
    "share": ("shares",),
    "spread": ("spreads",),
    "width": ("wide", "wing", "wings"),
    "pnl": ("p&l", "pl"),
    "drawdown": ("drawdowns",),
    "dividend": ("dividends",),
    "size": ("sized", "sizing"),
}  # fmt: skip
_FOLD: dict[str, tuple[str, ...]] = {
    **{other: (word,) for word, others in _SAME.items() for other in others},
    **dict.fromkeys(("vol", "vols", "volatility", "volatilities"), ("vol",)),
    **dict.fromkeys(("iv", "ivs", "implied", "implieds"), ("implied", "vol")),
    "ivr": ("implied", "vol", "rank"),
    "ivp": ("implied", "vol", "percentile"),
    **dict.fromkeys(("realised", "realized", "historical", "hv", "rv"), ("realised", "vol")),
    "pop": ("probability", "profit"),
    "oi": ("open", "interest"),
    "dte": ("expiry",),
    "roc": ("return", "collateral"),
    "bpr": ("buying", "power"),
    "δ": ("delta",), "γ": ("gamma",), "θ": ("theta",), "ν": ("vega",), "β": ("beta",), "∆": ("delta",),
    "σ": (), "ρ": ("correlation",),
}  # fmt: skip
# What is said in several words, and the concepts it stands for; nothing behind `=` names a structure, no fact.
_SAID_IN_SEVERAL = """
    put / call = putcall
    put - call = putcall
    put to call = putcall
    put call = putcall
    put credit spread =
    put spread =
    put spreads =
    p / c = putcall
    p / l = pnl
    p & l = pnl
    p & c =
    call credit spread =
    call spread =
    call spreads =
    credit spread =
    credit spreads =
    credit rating = rating
    vertical spread =
    covered call =
    cash - secured put =
    cash secured put =
    cash - secured =
    bid - ask spread = bid ask spread
    bid / ask spread = bid ask spread
    bid - ask = bid ask spread
    bid / ask = bid ask spread
    bid ask = bid ask
    break - even = breakeven
    break even = breakeven
    break - evens = breakeven
    breaks even = breakeven
    moving average = sma
    volatility index = vix
    fear gauge = vix
    take profit = target
    take profits = target
    taking profit = target
    taking profits = target
    profit target = profit target
    profit taking = target
    profit - taking = target
    stop - loss = stop
    stop loss = stop
    time decay = theta
    time to expiry = expiry
    trades at = spot
    trades near = spot
    trades around = spot
    trading at = spot
    trading near = spot
    trading around = spot
    changes hands = spot
    share price = spot
    stock price = spot
    strike price = strike
    underlying price = spot
    risk - free =
    risk of =
    at risk = loss
    at stake = loss
    buy - back = buy back
"""


def _phrases() -> dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]]:
    """Phrases by their first word, with the concepts they stand for; longer ones first."""
    found: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for line in _SAID_IN_SEVERAL.strip().splitlines():
        phrase, _, meant = line.partition("=")
        words = tuple(phrase.split())
        found.setdefault(words[0], []).append((words, tuple(meant.split())))
    return {first: tuple(sorted(some, key=lambda each: -len(each[0]))) for first, some in found.items()}


PHRASES = _phrases()

# Words that qualify a fact and never name one by themselves.
MODIFIERS = frozenset(
    {
        "short",
        "long",
        "put",
        "call",
        "upper",
        "lower",
        "near",
        "far",
        "max",
        "min",
        "net",
        "next",
        "current",
        "natural",
        "open",
        "bid",
        "ask",
        "sector",
        "event",
        "half",
        "double",
        "buying",
        "above",
        "below",
        "from",
        "over",
        "under",
        "inside",
        "after",
        "before",
        "average",
        "expected",
        "low",
        "high",
        "last",
        "mid",
        "gross",
        "daily",
        "weekly",
        "monthly",
        "annual",
        "annualised",
        "annualized",
        "one",
        "two",
        "day",
        "best",
        "back",
        "own",
        "distance",
        "side",
        "leg",
        "legs",
        "estimated",
        "dollar",
        "position",
        "total",
    }
)
# Words that measure one thing from another; in a text they never belong to a subject's name.
RELATIONS = frozenset(
    [
        "above",
        "below",
        "beneath",
        "under",
        "over",
        "beyond",
        "from",
        "away",
        "behind",
        "ahead",
        "after",
        "before",
        "past",
        "through",
        "off",
        "inside",
    ]
)
OPPOSITES = {
    "short": "long",
    "long": "short",
    "put": "call",
    "call": "put",
    "upper": "lower",
    "lower": "upper",
    "max": "min",
    "min": "max",
    "profit": "loss",
    "loss": "profit",
    "low": "high",
    "high": "low",
    "near": "far",
    "far": "near",
    "implied": "realised",
    "realised": "implied",
}
# Other words for the same subject, heard where no fact is called by the word itself.
ALIASES = {
    "premium": "credit",
    "credit": "premium",
    "price": "spot",
    "stock": "spot",
    "underlying": "spot",
    "return": "yield",
    "yield": "return",
    "sma": "average",
    "multiplier": "share",
    "loss": "drawdown",
    "capital": "collateral",
    "cash": "collateral",
    "liquidity": "interest",
    "volatility": "vol",
    "profit": "pnl",
}
# Heads a reader knows without a fact of that name: to say them of another fact's number is wrong.
USUAL = GREEKS | {
    "vix",
    "rsi",
    "beta",
    "credit",
    "strike",
    "breakeven",
    "yield",
    "spot",
    "rank",
    "percentile",
    "putcall",
    "interest",
    "volume",
    "collateral",
    "correlation",
    "probability",
    "expiry",
    "earnings",
    "vol",
}

_LINKS = frozenset(
    {
        "of",
        "to",
        "the",
        "a",
        "an",
        "on",
        "in",
        "at",
        "per",
        "and",
        "is",
        "by",
        "for",
        "until",
        "till",
        "with",
        "as",
        "vs",
        "usd",
    }
)
_MEASURES = frozenset(
    {
        "ratio",
        "percent",
        "pct",
        "value",
        "level",
        "amount",
        "number",
        "days",
        "day",
        "date",
        "filter",
        "count",
        "usd",
        "points",
        "current",
        "figure",
        "fraction",
        "index",
    }
)
_EMPTY = frozenset({"as", "the", "a", "and", "is"})
_PREPOSITIONS = (
    "of",
    "from",
    "on",
    "in",
    "at",
    "above",
    "below",
    "after",
    "before",
    "to",
    "over",
    "until",
    "per",
    "inside",
    "since",
    "vs",
)
_SPLIT = re.compile(r"[\s_\-/.]+")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")


def fold(word: str) -> tuple[str, ...]:
    """A word as the concepts it stands for: its synonym, or its singular."""
    folded = _FOLD.get(word)
    if folded is not None:
        return folded
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return (word[:-1],)
    return (word,)


@lru_cache(maxsize=4096)
def concepts_of(name: str) -> Name:
    """What a fact's name says it is about."""
    parts = [part for part in _SPLIT.split(_ISO.sub("", name.lower())) if part]
    digits = frozenset(part for part in parts if part.isdigit())
    words = [part for part in parts if not part.isdigit() and part not in _EMPTY]
    while len(words) > 1 and words[0] in _PREPOSITIONS:
        words = words[1:]
    cut = next((place for place, word in enumerate(words) if place and word in _PREPOSITIONS), len(words))
    before = [concept for word in _joined(words[:cut]) for concept in fold(word)]
    after = [concept for word in _joined(words[cut:]) if word not in _LINKS for concept in fold(word)]
    meant = [word for word in before if word not in _MEASURES]
    if not [word for word in meant if word not in MODIFIERS]:
        meant += [word for word in after if word not in _MEASURES and word not in meant]
    every = frozenset(meant or before or after) | frozenset(word for word in after if word not in _MEASURES)
    every |= {"multiplier"} if {"share", "contract"} <= every else set()
    naming = [word for word in meant if word not in MODIFIERS] or meant or before
    core = frozenset(word for word in every if word not in MODIFIERS) or every
    return Name(every, core, naming[-1] if naming else "", digits, frozenset(after))


def _joined(words: list[str]) -> list[str]:
    """`put_call` and `bid_ask` are one word each."""
    joined: list[str] = []
    for word in words:
        if joined and (joined[-1], word) == ("put", "call"):
            joined[-1] = "putcall"
        elif joined and (joined[-1], word) == ("break", "even"):
            joined[-1] = "breakeven"
        else:
            joined.append(word)
    return joined
