"""Laws as rows: numbers with their intervals, the formula with the numbers in it, and how each fit ended."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from tasklaws.assess.form_laws import FormLaws
    from tasklaws.infer.curves.intervals import Intervals
    from tasklaws.spec.form import Form

DIGITS, PLACE_DIGITS = 4, 7
"""Significant digits of a parameter in the formula, and of a place on the axis, such as a year."""

HELD = "held, not fitted"
"""Reason why a parameter has no interval."""

STATUSES = {
    "ok": None,
    "too_few_points": "fewer points than the form needs",
    "not_converged": "the search did not settle",
    "at_bound": "ended at the bound of",
    "weak": "the data do not bound",
}
"""How a law can end, and the words for it."""


def law_rows(laws: FormLaws) -> list[dict[str, Any]]:
    """Return one row per subject and form, those of a subject together."""
    return [
        _row(laws, at, law, number)
        for number in range(len(laws.points.subjects))
        for at, law in enumerate(laws.laws)
    ]


def formula(form: Form, params: dict[str, float]) -> str:
    """Return the form's formula with numbers for its parameters."""
    digits = {p.name: PLACE_DIGITS if p.unit == "x" else DIGITS for p in form.parameters}
    worded = form.formula.format(**{name: f"{value:.{digits[name]}g}" for name, value in params.items()})
    worded = _SHARE.sub(lambda m: f"{(1.0 - float(m[1])) * float(m[2]):.{DIGITS}g}", worded)
    worded = _DOUBLE_SIGN.sub(lambda m: "- " if m[1] == "+" else "+ ", worded)
    return _WHOLE.sub(r"\1", _NOUGHT_OR_ONE.sub("", worded))


_SHARE = re.compile(r"\(1 - ([\d.e+-]+)\) ([\d.e+-]+)")
"""Share of the way from a floor to 1, once floor and share are numbers."""

_DOUBLE_SIGN = re.compile(r"([+-]) -(?=[\d.])")
_WHOLE = re.compile(r"^1 \((.*)\)$")
_NOUGHT_OR_ONE = re.compile(r"^0 \+ |\b(?<![.\d])1 (?=exp\()")


def _row(laws: FormLaws, at: int, law: Intervals, number: int) -> dict[str, Any]:
    subject, fits = laws.points.subjects[number], law.fits
    status, reason = _status(law, number)
    known = status != "too_few_points"
    params = dict(zip(fits.form.names, (float(v) for v in fits.params[number]), strict=True))
    return {
        "lineage": laws.points.lineage,
        "level": subject.level,
        "family": subject.family,
        "task_id": subject.task_id,
        "metric": subject.metric,
        "form": fits.form.name,
        "weight": _number(laws.weights[number, at]),
        "law": formula(fits.form, params) if known else None,
        "x": laws.points.axis,
        "params": _params(law, number, params) if known else None,
        "status": status,
        "reason": reason,
        "n_points": int(fits.n_points[number]),
        "objective": fits.options.objective,
        "minimum": _number(fits.objective[number]),
    }


def _params(law: Intervals, number: int, params: dict[str, float]) -> dict[str, dict[str, Any]]:
    form, fitted = law.fits.form, law.fits.fitted[number]
    out: dict[str, dict[str, Any]] = {}
    for name, used in zip(form.names, fitted, strict=True):
        if not used:
            out[name] = {
                "value": _number(params[name]),
                "lower": None,
                "upper": None,
                "reason": HELD,
            }
    for i, name in enumerate(law.names):
        ends = [_number(side[number, i]) for side in (law.lower, law.upper)]
        sides = [word for word, end in zip(("below", "above"), ends, strict=True) if end is None]
        reason = f"not bounded from {' and '.join(sides)} by the data" if sides else None
        value = _number(law.value[number, i])
        out[name] = {"value": value, "lower": ends[0], "upper": ends[1], "reason": reason}
    return out


def _status(law: Intervals, number: int) -> tuple[str, str | None]:
    status = law.fits.status(number)
    if status in {"too_few_points", "not_converged"}:
        return status, STATUSES[status]
    weak = law.weak(number)
    if weak:
        return "weak", f"{STATUSES['weak']} {', '.join(weak)}"
    bound = law.fits.at_bound[number]
    return (status, f"{STATUSES['at_bound']} {', '.join(bound)}") if bound else (status, None)


def _number(value: float | np.floating[Any]) -> float | None:
    return float(value) if math.isfinite(value) else None
