"""A filter's outcome in plain words: `premium yield 8.4 % a year (more than 3 %)`."""

from __future__ import annotations

from functools import lru_cache

from tools.domain.score import FilterState
from tools.screening.criteria import Criterion, CriterionKind
from tools.screening.measured import Measured
from tools.screening.ratings import letters
from tools.screening.rules import SPECS, Scale

_PHRASES = {
    CriterionKind.ABOVE: "more than",
    CriterionKind.AT_LEAST: "at least",
    CriterionKind.AT_LEAST_CLASS: "at least",
    CriterionKind.BELOW: "less than",
    CriterionKind.AT_MOST: "at most",
}
_DIGITS = {Scale.DELTA: 2, Scale.RATIO: 2, Scale.RATING: 0}
_PADDED = frozenset({Scale.DELTA, Scale.RATIO})
_SUFFIX = {Scale.FRACTION: " %", Scale.PER_YEAR: " %"}
_PERCENT = frozenset({Scale.FRACTION, Scale.PER_YEAR})
_MOST_DIGITS = 6


def sentence(
    criterion: Criterion, measured: Measured, *, state: FilterState, value: float | None, threshold: float | None
) -> str:
    """What was measured, against what, or why it could not be."""
    spec = SPECS[criterion.rule]
    if state is FilterState.UNKNOWN:
        return f"{spec.label} unknown: {measured.unknown}"
    if state is FilterState.NOT_APPLICABLE or value is None:
        return f"{spec.label} does not apply: {measured.exempt}"
    if criterion.kind is CriterionKind.YES_NO:
        return f"{spec.label}: {measured.holds if state is FilterState.PASS else measured.breaks}"
    bounds = criterion.band or (() if threshold is None else (threshold,))
    digits = _telling_digits(value, bounds, spec.scale)
    shown = _number(value, spec.scale, digits)
    return f"{spec.label} {shown}{spec.after} ({_bounds(criterion, bounds, spec.scale)})"


def _bounds(criterion: Criterion, bounds: tuple[float, ...], scale: Scale) -> str:
    words = [_of_bound(bound, scale) for bound in bounds]
    if criterion.kind is CriterionKind.BETWEEN:
        return " to ".join(words)
    owner = "" if criterion.threshold_from is None else "its sector's "
    return f"{_PHRASES[criterion.kind]} {owner}{words[0]}"


def _telling_digits(value: float, bounds: tuple[float, ...], scale: Scale) -> int:
    """Enough digits that a value beside its bound does not look like the bound itself."""
    for digits in range(_DIGITS.get(scale, 1), _MOST_DIGITS):
        shown = _number(value, scale, digits)
        if all(value == bound or shown != _of_bound(bound, scale) for bound in bounds):
            return digits
    return _MOST_DIGITS


@lru_cache(maxsize=1024)
def _of_bound(bound: float, scale: Scale) -> str:
    return _number(bound, scale, _MOST_DIGITS)


def _number(value: float, scale: Scale, digits: int) -> str:
    """At most `digits` decimals; deltas and ratios keep two, everything else no zeros at the end."""
    if scale is Scale.RATING:
        return letters(value)
    text = f"{100 * value if scale in _PERCENT else value:,.{digits}f}"
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    if scale in _PADDED:
        decimals = decimals.ljust(_DIGITS[scale], "0")
    shown = f"{whole}.{decimals}" if decimals else whole
    return ("0" if shown == "-0" else shown) + _SUFFIX.get(scale, "")
