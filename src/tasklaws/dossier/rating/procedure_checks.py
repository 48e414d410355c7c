"""Whether a rating procedure is sound: names are known, grades are of the scale, core caps stand."""

from __future__ import annotations

import difflib
from itertools import pairwise
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadInput
from tasklaws.dossier.rating.access_levels import API_ONLY, KINDS
from tasklaws.dossier.rating.cap_conditions import CONDITIONS
from tasklaws.dossier.rating.readings import FIGURES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tasklaws.dossier.rating.procedure import Driver, Procedure

MUST_CAP = ("unsigned", "untrusted")


def refuse_unsound(procedure: Procedure, name: str) -> None:
    """Refuse a procedure by which no dossier can be rated, or by which any can be rated best.

    Raises:
        BadInput: it is such a procedure; `name` is that of its file.
    """
    _refuse_doubles(procedure, name)
    for where, said, known in _names(procedure):
        if said not in known:
            near = difflib.get_close_matches(said, list(known), n=1)
            guess = f"; did you mean {near[0]!r}?" if near else "."
            raise BadInput(
                f"{name}: {where}: there is no {said!r}{guess}",
                f"There are: {', '.join(known)}.",
                "Correct the name.",
            )
    if silent := [grade for grade in procedure.grades if grade not in procedure.meaning]:
        raise BadInput(
            f"{name}: meaning: there is none of {', '.join(silent)}.",
            "Every grade has one.",
            "Write it down.",
        )
    for driver in procedure.driver:
        _refuse_thresholds(driver, procedure, name)
    _refuse_no_caps(procedure, name)


def _refuse_doubles(procedure: Procedure, name: str) -> None:
    for where, names in (
        ("grades", list(procedure.grades)),
        ("driver", [one.name for one in procedure.driver]),
        ("access", [one.name for one in procedure.access]),
        ("cap", [one.kind for one in procedure.cap]),
        ("stress", [one.scenario for one in procedure.stress]),
    ):
        twice = next((one for one in names if names.count(one) > 1), None)
        if twice is not None:
            raise BadInput(
                f"{name}: {where}: {twice!r} stands there twice.",
                "Names are unique.",
                "Rename or remove one.",
            )


def _names(procedure: Procedure) -> Iterator[tuple[str, str, Iterable[str]]]:
    """Yield where a name stands, the name, and those that are known."""
    scale = procedure.grades
    yield from (("meaning", grade, scale) for grade in procedure.meaning)
    for driver in procedure.driver:
        where = f"driver {driver.name}"
        yield f"{where}: figure", driver.figure, FIGURES
        yield f"{where}: missing", driver.missing, scale
        yield from ((f"{where}: grades", grade, scale) for grade in driver.grades)
    for rule in procedure.access:
        yield f"access {rule.name}: cap", rule.cap, scale
        yield from ((f"access {rule.name}: below", kind, KINDS) for kind in rule.below)
    for cap in procedure.cap:
        yield "cap: kind", cap.kind, CONDITIONS
        yield f"cap {cap.kind}: grade", cap.grade, scale
    yield from ((f"stress {one.scenario}: cap", one.cap, scale) for one in procedure.stress)


def _refuse_thresholds(driver: Driver, procedure: Procedure, name: str) -> None:
    """Refuse thresholds that leave a grade out, or by which a worse figure may have a better grade."""
    where, needed = f"{name}: driver {driver.name}", procedure.grades[:-1]
    if set(driver.grades) != set(needed):
        raise BadInput(
            f"{where}: there are thresholds for {', '.join(driver.grades) or 'no grade'}.",
            f"Every grade but the worst has one: {', '.join(needed)}.",
            "Add what is missing, or take away what is too much; equal thresholds are allowed.",
        )
    sign = -1 if driver.direction == "higher" else 1
    for better, worse in pairwise(needed):
        if sign * driver.grades[better] > sign * driver.grades[worse]:
            raise BadInput(
                f"{where}: {worse} asks for more than {better}.",
                "A better grade never asks for less.",
                "Order them.",
            )
    if (driver.direction == "near") != (driver.target is not None):
        fault = "has no target" if driver.target is None else "has a target"
        raise BadInput(
            f"{where}: direction {driver.direction!r} {fault}.",
            "A target is what `near` is near to, and nothing else has one.",
            "Add it or take it away.",
        )


def _refuse_no_caps(procedure: Procedure, name: str) -> None:
    """Refuse a procedure by which an API or a rating without a signature could have the best grade."""
    best = procedure.grades[0]
    capped = {cap.kind for cap in procedure.cap if cap.grade != best}
    for kind in MUST_CAP:
        if kind not in capped:
            raise BadInput(
                f"{name}: there is no cap {kind!r} below {best}.",
                "A rating that nobody known stands for never has the best grade.",
                f"Add [[cap]] kind = {kind!r} with a grade below {best}.",
            )
    if not any(rule.cap != best and set(rule.below) <= set(API_ONLY) for rule in procedure.access):
        raise BadInput(
            f"{name}: access to nothing but an API could have the grade {best}.",
            f"A rule caps it whose kinds are of {', '.join(API_ONLY)} only.",
            f"Add [[access]] with below = {{ {API_ONLY[0]} = 'described' }} and a cap below {best}.",
        )
