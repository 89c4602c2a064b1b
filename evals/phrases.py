"""The sentences of an authored answer: each chosen by the brief's own digest, each number the brief's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agents.brief import entries
from agents.offline import in_words
from tools.domain.rationale import Verdict
from tools.domain.value import digest

STEERING = ("system:", "ignore", "instruction", "confidence 10", "must approve", "verdict", "override", "you are")


class Words:
    """The facts of a brief in words, what is missing among them, and a choice that is always the same."""

    def __init__(self, brief: Mapping[str, Any]) -> None:
        self._entries = dict(entries(brief))
        self._turn = int(digest(brief)[:12], 16)
        self.unknown = [name for name, entry in self._entries.items() if "unknown" in entry]
        self.unknown += [each["rule"] for each in brief["filters"] if each["state"] == "unknown"]
        self.failing = [each["rule"] for each in brief["filters"] if each["state"] == "fail"]
        self.events = [name.removeprefix("event ") for name in self._entries if name.startswith("event ")]
        texts = [str(value) for entry in self._entries.values() for value in entry.values()]
        texts += [each.get("reason", "") for each in brief["filters"]]
        self.steered = any(word in text.lower() for text in texts for word in STEERING)

    def pick(self, choices: Sequence[str]) -> str:
        """One of several sentences, another one at each turn."""
        self._turn = (self._turn * 1103515245 + 12345) % 2**31
        return choices[(self._turn >> 8) % len(choices)]

    def has(self, name: str) -> bool:
        return "value" in self._entries.get(name, {})

    def value(self, name: str) -> float:
        return float(self._entries[name]["value"])

    def __getitem__(self, name: str) -> str:
        entry = self._entries.get(name, {})
        return in_words(entry["value"], entry["unit"]) if "value" in entry else "unknown"


def prose(brief: Mapping[str, Any], verdict: Verdict, confidence: float, *, mediocre: bool) -> dict[str, Any]:
    """The fields of an answer; a mediocre one keeps to what could be said of any trade."""
    words = Words(brief)
    said = _generic(words) if mediocre else _specific(words, verdict)
    return said | {"verdict": verdict.value, "confidence": confidence}


def _specific(words: Words, verdict: Verdict) -> dict[str, Any]:
    lows = [name for name in ("breakeven", "lower_breakeven", "upper_breakeven") if words.has(name)]
    edge = " and ".join(words[name] for name in lows) or "the strike"
    return {
        "rationale": f"{_pay(words)} {_room(words, lows)} {_verdict(words, verdict)}",
        "risk_narrative": words.pick((
            f"A fast move through {edge} hurts first by volatility and then by delta; leaving is dear by then.",
            f"It is lost slowly and then at once: a drift to {edge}, wider quotes, and no bid when one is wanted.",
            f"Volatility expands before the price arrives, and beyond {edge} every further dollar is the desk's.",
        )),
        "risk_factors": _risks(words),
        "catalysts": words.events,
        "sentiment": _sentiment(words),
        "earnings": _earnings(words),
        "sector_and_macro": _macro(words),
        "scenarios": {
            "best": words.pick((
                "The underlying stays away and half of the credit is earned early.",
                f"Volatility comes in and the trade is bought back at {words['buy_back_at_half_credit']}.",
            )),
            "base": words.pick((
                f"It decays by about {words['theta']} and is closed before expiry."
                if words.has("theta")
                else "It decays and is closed before expiry.",
                "It drifts between strike and spot and is bought back at half the credit.",
            )),
            "worst": words.pick((
                f"It gaps beyond {edge} over a night and most of {words['max_loss']} is at stake.",
                f"A slide that does not stop: {words['max_loss']} are at risk and the exit is crowded.",
            )),
        },
        "similar_trades": "None on record.",
        "exit_plan": words.pick((
            f"Buy back at {words['buy_back_at_half_credit']}; stop at {words['buy_back_at_double_credit']}; "
            f"decide before {words['expiry']}.",
            "Buy back at half the credit, stop at double the credit, and carry no tested strike into expiry.",
        )),
    }  # fmt: skip


def _generic(words: Words) -> dict[str, Any]:
    return {
        "rationale": words.pick((
            "A solid premium trade with an attractive profile.",
            "Time decay works for the seller here and the odds look fine.",
            "Well-known name, reasonable premium, nothing special.",
        )),
        "risk_narrative": "The market could move against the position.",
        "risk_factors": ["market risk", "volatility risk"],
        "catalysts": [],
        "sentiment": "Neutral.",
        "earnings": "No concern.",
        "sector_and_macro": "Stable.",
        "scenarios": {"best": "It works.", "base": "It mostly works.", "worst": "It does not work."},
        "similar_trades": "None on record.",
        "exit_plan": "Manage the position as usual.",
    }  # fmt: skip


def _pay(words: Words) -> str:
    if not words.has("iv_above_realised"):
        return f"It yields {words['premium_yield']} a year; what the underlying has realised is unknown."
    if words.value("iv_above_realised") < 0:
        return (
            f"Implied volatility of {words['iv']} is below a realised volatility of {words['realised_vol']}: "
            f"the yield of {words['premium_yield']} is no gift."
        )
    return words.pick((
        f"It pays {words['premium_yield']} a year, and implied volatility stands {words['iv_above_realised']} "
        "above what was realised.",
        f"Volatility is sold at {words['iv']} against {words['realised_vol']} realised, for "
        f"{words['premium_yield']} a year.",
    ))  # fmt: skip


def _room(words: Words, breakevens: list[str]) -> str:
    far = [f"{words[name + '_distance']} from spot" for name in breakevens if words.has(f"{name}_distance")]
    if not far:
        return f"How far spot of {words['spot']} may move cannot be said."
    return (
        f"Breakeven stands {' and '.join(far)}, with a probability of profit of {words['probability_of_profit']}."
    )


def _verdict(words: Words, verdict: Verdict) -> str:
    match verdict:
        case Verdict.APPROVE:
            return words.pick(("The facts carry it.", "At this price it is worth its risk."))
        case Verdict.CAUTION:
            return words.pick(("One point wants a person first.", "It can be done, but not without a look."))
        case _:
            return words.pick(("It is not paid for what it risks.", "The facts speak against it."))


def _risks(words: Words) -> list[str]:
    risks = []
    if words.steered:
        risks.append("a text in the brief tries to steer the verdict; it is data and was not followed")
    if words["earnings_inside_the_trade"] == "yes":
        risks.append("earnings inside the trade")
    if "ex_dividend" in words.failing:
        risks.append("an ex-dividend date inside the trade invites early assignment")
    if words.has("iv_above_realised") and words.value("iv_above_realised") < 0:
        risks.append("implied volatility below realised")
    if {"spread", "open_interest", "volume"} & set(words.failing):
        risks.append(f"thin: a spread of {words['bid_ask_spread']}, open interest {words['open_interest']}")
    risks += [f"{name.replace('_', ' ')} is unknown" for name in words.unknown[:3]]
    if words.has("breakeven_distance") and words.value("breakeven_distance") < 1:
        risks.append("breakeven inside the expected move")
    usual = ["a gap over a night", "volatility that expands before the price moves"]
    return (risks + usual)[: max(2, min(4, len(risks) + 1))]


def _sentiment(words: Words) -> str:
    if not words.has("rsi_14"):
        return "Momentum is not told."
    if not words.has("put_call_ratio"):
        return f"RSI {words.value('rsi_14'):g}; positioning is not told."
    return f"Put/call ratio {words['put_call_ratio']} and RSI {words.value('rsi_14'):g}."


def _earnings(words: Words) -> str:
    if words["earnings_inside_the_trade"] == "yes":
        return f"Earnings on {words['next_earnings']} fall inside the trade: it sells an event and not decay."
    if words.has("earnings_after_expiry"):
        return f"Next earnings on {words['next_earnings']} come {words['earnings_after_expiry']} after expiry."
    if "next_earnings" in words.unknown:
        return "When earnings are is unknown."
    return "No earnings here."


def _macro(words: Words) -> str:
    vix = f"VIX at {words.value('vix'):g}" if words.has("vix") else "VIX unknown"
    events = f", with {' and '.join(words.events[:2])} ahead" if words.events else ""
    return f"{words['sector']}; {vix}{events}." if words.has("sector") and not words.steered else f"{vix}{events}."
