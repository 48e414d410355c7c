"""The figures that a procedure may name, and where each is read in the document.

Only printed figures are read, so that whoever holds the document can follow every grade by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasklaws.dossier.absent import is_absent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

POINTS = 100.0
COUNTED = ("forecast", "conditional")
"""Labels of forecasts that were sealed before their outcome."""
CARRIES = ("forecastable", "forecastable_via_process")
ALARM = ("alarm",)
RAISING = ("inference_compute_x10", "fine_tuning", "tool_upgrade")
"""Stress tests on what others could add to a score."""
CONTAMINATED = "contaminated_items"
BLIND = ("no_early_warning", "not_enough_data")


@dataclass(frozen=True)
class Reading:
    """A figure with its interval, and a reason or reservation where it has one."""

    value: float | None
    lower: float | None
    upper: float | None
    reason: str | None = None


def _undefined(reason: str | None) -> Reading:
    return Reading(None, None, None, reason or "no reason is given")


def _exact(value: float) -> Reading:
    return Reading(value, None, None)


def _interval(row: Mapping[str, Any], name: str, scale: float = 1.0, without: str = "") -> Reading:
    """Return the figure `name` of a row with its interval."""
    if is_absent(row) or row[name] is None:
        return _undefined(row.get("reason") or without)
    value, lower, upper = (None if row[key] is None else row[key] * scale for key in (name, "lower", "upper"))
    return Reading(value, lower, upper, row.get("reason"))


def _scores(read: Callable[[Mapping[str, Any]], Reading]) -> Callable[[Mapping[str, Any]], Reading]:
    """Return a figure of the block `forecast_scores`, undefined where the block is absent."""

    def reading(document: Mapping[str, Any]) -> Reading:
        scores = document["forecast_scores"]
        return _undefined(scores["reason"]) if is_absent(scores) else read(scores)

    return reading


def _coverage(level: str) -> Callable[[Mapping[str, Any]], Reading]:
    return _scores(lambda scores: _interval(scores["coverage"][level], "value"))


def _mean(name: str) -> Callable[[Mapping[str, Any]], Reading]:
    """Return an error of sealed forecasts, which has no interval."""
    none = "no sealed forecast has an outcome"
    return _scores(lambda scores: _undefined(none) if scores[name] is None else _exact(scores[name]))


def counted(document: Mapping[str, Any]) -> list[str]:
    """Return the targets of forecasts that were sealed in time and opened."""
    scores = document["forecast_scores"]
    if is_absent(scores):
        return []
    return [row["target"] for row in scores["forecasts"] if row["label"] in COUNTED]


def _sizes(document: Mapping[str, Any]) -> Reading:
    """Return how many sizes of model were forecast; a target of no known size is one by itself."""
    ladder = document["ladder"]
    sizes = {row["model"]: _size(row) for row in ([] if is_absent(ladder) else ladder)}
    return _exact(float(len({sizes.get(target, target) for target in counted(document)})))


def _size(rung: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever tells sizes apart
    n_params = rung["n_params"]
    return rung["model"] if is_absent(n_params) or n_params is None else (rung["lineage"], f"{n_params:.6g}")


def _certified(document: Mapping[str, Any]) -> Reading:
    rows = document["certificates"]
    return _share(rows, [row for row in rows if row["verdict"] in CARRIES] if isinstance(rows, list) else [])


def _lines(verdicts: Sequence[str]) -> Callable[[Mapping[str, Any]], Reading]:
    def reading(document: Mapping[str, Any]) -> Reading:
        rows = document["red_lines"]
        those = [row for row in rows if row["verdict"] in verdicts] if isinstance(rows, list) else []
        return _share(rows, those)

    return reading


def _share(rows: Any, those: Sequence[Any]) -> Reading:  # noqa: ANN401 - a block, or why it is absent
    if is_absent(rows):
        return _undefined(rows["reason"])
    return _exact(len(those) / len(rows)) if rows else _undefined("the block is empty")


def _rise(document: Mapping[str, Any]) -> Reading:
    """Return the most that others could add to the scores, of the stress tests that add anything."""
    rows = [row for row in computed(document) if row["scenario"] in RAISING]
    return _most([Reading(_above(row["effect"]), _above(row["lower"]), _above(row["upper"])) for row in rows])


def _contamination(document: Mapping[str, Any]) -> Reading:
    return _most([shift_of(row) for row in computed(document) if row["scenario"] == CONTAMINATED])


def _shift(document: Mapping[str, Any]) -> Reading:
    return _most([shift_of(row) for row in computed(document)])


def _most(shifts: Sequence[Reading]) -> Reading:
    """Return the largest of some shifts, end by end."""
    if not shifts:
        return _undefined("no such stress test was computed")
    return Reading(
        _largest([one.value for one in shifts]),
        _largest([one.lower for one in shifts]),
        _largest([one.upper for one in shifts]),
    )


def _above(shift: float | None) -> float | None:
    return None if shift is None else max(shift, 0.0)


def computed(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the rows of stress tests that came to a figure."""
    rows = document["stress_tests"]
    if is_absent(rows):
        return []
    return [row for row in rows if row["status"] == "computed" and row["effect"] is not None]


def shift_of(row: Mapping[str, Any]) -> Reading:
    """Return how far a stress test moves scores either way (points), with the bounds of that."""
    effect, lower, upper = row["effect"], row["lower"], row["upper"]
    if lower is None or upper is None:
        return Reading(abs(effect), None, None)
    least = 0.0 if lower <= 0 <= upper else min(abs(lower), abs(upper))
    return Reading(abs(effect), least, max(abs(lower), abs(upper), abs(effect)))


def _largest(bounds: Sequence[float | None]) -> float | None:
    """Return the largest bound; None where one is not known, as it may be larger still."""
    known = [bound for bound in bounds if bound is not None]
    return max(known) if len(known) == len(bounds) else None


def _gap(document: Mapping[str, Any]) -> Reading:
    """Return what more effort would add, in points."""
    return _interval(document["elicitation"]["gap_estimate"], "gap", POINTS)


FIGURES: dict[str, Callable[[Mapping[str, Any]], Reading]] = {
    "forecast_scores.sizes": _sizes,
    "forecast_scores.n_targets": _mean("n_targets"),
    "forecast_scores.n_forecasts": _mean("n_forecasts"),
    "forecast_scores.coverage.50": _coverage("50"),
    "forecast_scores.coverage.80": _coverage("80"),
    "forecast_scores.coverage.90": _coverage("90"),
    "forecast_scores.crps": _mean("crps"),
    "forecast_scores.mae": _mean("mae"),
    "forecast_scores.log_score": _mean("log_score"),
    "forecast_scores.skill": _scores(lambda scores: _interval(scores["skill"], "value")),
    "forecast_scores.surprises": _scores(
        lambda scores: _interval(scores["surprises"], "share", without="no task could be judged")
    ),
    "certificates.share": _certified,
    "elicitation.gap_estimate": _gap,
    "stress_tests.rise": _rise,
    "stress_tests.contamination": _contamination,
    "stress_tests.largest": _shift,
    "red_lines.alarm": _lines(ALARM),
    "red_lines.blind": _lines(BLIND),
}
"""Figures that a driver may name -> how they are read."""
