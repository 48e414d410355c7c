"""The drivers of a rating: what each figure of the document is worth by the procedure's thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tasklaws.dossier.rating.readings import FIGURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.dossier.rating.procedure import Driver, Procedure
    from tasklaws.dossier.rating.readings import Reading

End = Literal["unfavourable", "value", "favourable"]
DIGITS = 9
"""Decimals to which a distance from a target is taken: |0.7 - 0.8| is 0.1."""


@dataclass(frozen=True)
class Graded:
    """A driver, what was read for it, and its grade."""

    driver: Driver
    reading: Reading
    used: float | None
    grade: str

    def document(self) -> dict[str, Any]:
        """Return the row of `dossier.json`."""
        reading = self.reading
        return {
            "name": self.driver.name,
            "title": self.driver.title,
            "value": reading.value,
            "lower": reading.lower,
            "upper": reading.upper,
            "used": self.used,
            "grade": self.grade,
            "reason": _words(self),
        }


def graded(document: Mapping[str, Any], procedure: Procedure) -> tuple[Graded, ...]:
    """Return all drivers of a procedure with their grades, in its order."""
    return tuple(_graded(document, driver, procedure) for driver in procedure.driver)


def _graded(document: Mapping[str, Any], driver: Driver, procedure: Procedure) -> Graded:
    reading = FIGURES[driver.figure](document)
    used = taken(reading, driver, driver.end)
    return Graded(driver, reading, used, grade_at(used, reading, driver, procedure))


def taken(reading: Reading, driver: Driver, end: End) -> float | None:
    """Return the number that stands for a figure: its value, or one end of its interval."""
    value, lower, upper = reading.value, reading.lower, reading.upper
    if value is None or end == "value":
        return value
    if driver.direction == "near":
        if lower is None or upper is None:
            return None
        target = driver.target or 0.0
        far, near = sorted((lower, upper), key=lambda at: -abs(at - target))
        return far if end == "unfavourable" else (target if lower <= target <= upper else near)
    return lower if (driver.direction == "higher") == (end == "unfavourable") else upper


def grade_at(used: float | None, reading: Reading, driver: Driver, procedure: Procedure) -> str:
    """Return the grade of a number.

    A figure that is undefined has the grade that the procedure says for it. One without the end that is asked
    for, or with a reservation beside it, has at best that grade.
    """
    if used is None:
        at_value = [] if reading.value is None else [_met(reading.value, driver, procedure)]
        return procedure.worst([driver.missing, *at_value])
    grade = _met(used, driver, procedure)
    return procedure.worst((grade, driver.missing)) if reading.reason else grade


def _met(used: float, driver: Driver, procedure: Procedure) -> str:
    """Return the best grade whose threshold a number meets."""
    grades = (grade for grade in procedure.grades[:-1] if _meets(used, driver, driver.grades[grade]))
    return next(grades, procedure.grades[-1])


def _meets(used: float, driver: Driver, needed: float) -> bool:
    if driver.direction == "higher":
        return used >= needed
    if driver.direction == "lower":
        return used <= needed
    return round(abs(used - (driver.target or 0.0)), DIGITS) <= needed


def _words(one: Graded) -> str:
    """Return why a driver has its grade, in one sentence."""
    driver, reading = one.driver, one.reading
    if reading.value is None:
        return f"undefined, which gives {driver.missing}: {reading.reason}"
    if one.used is None:
        why = f"no interval, so at best {driver.missing}: {reading.reason or 'no reason is given'}"
        return f"{why}; the value is {reading.value:g}, where {_needs(driver)}"
    end = "value" if driver.end == "value" else "unfavourable end"
    doubt = f"; with a reservation, so at best {driver.missing}: {reading.reason}" if reading.reason else ""
    return f"the {end} is {one.used:g}, where {_needs(driver)}{doubt}"


def _needs(driver: Driver) -> str:
    """Return what each grade needs of a driver."""
    if driver.direction == "near":
        return f"the distance from {driver.target:g} is at most {_listed(driver)}"
    return f"{'at least' if driver.direction == 'higher' else 'at most'} {_listed(driver)}"


def _listed(driver: Driver) -> str:
    """Return the thresholds in one line."""
    return ", ".join(f"{at:g} is {grade}" for grade, at in driver.grades.items())
