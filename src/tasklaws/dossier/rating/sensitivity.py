"""The grade if one thing were otherwise: a figure, a cap, or the circumstances of a stress test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.dossier.rating.caps import binding
from tasklaws.dossier.rating.drivers import grade_at, taken
from tasklaws.dossier.rating.readings import computed, shift_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tasklaws.dossier.rating.caps import Cap
    from tasklaws.dossier.rating.drivers import End, Graded
    from tasklaws.dossier.rating.procedure import Procedure

ENDS: dict[End, str] = {
    "value": "at its value",
    "unfavourable": "at the unfavourable end",
    "favourable": "at the favourable end",
}
ERROR = "forecast_scores.crps"
"""The figure that a shift of all scores changes by no more than the shift."""


def sensitivity(
    document: Mapping[str, Any], procedure: Procedure, drivers: Sequence[Graded], caps: Sequence[Cap]
) -> list[dict[str, str]]:
    """Return each change with the grade that it would leave, all else equal.

    Args:
        document: what is rated.
        procedure: by which it is rated.
        drivers: as they are.
        caps: every cap that the document meets, worst first.
    """
    held = [cap.grade for cap in caps]
    grades = [one.grade for one in drivers]
    those = binding(caps, procedure.worst(grades), procedure)
    changes = [
        *((change, [*other, *held]) for change, other in _otherwise(drivers, procedure)),
        *((change, [*grades, *other]) for change, other in _lifted(those, caps)),
        *_steps(caps, procedure),
        *((change, [*other, *held]) for change, other in _stressed(document, drivers, procedure)),
    ]
    return [{"change": change, "grade": procedure.worst(left)} for change, left in changes]


def _otherwise(drivers: Sequence[Graded], procedure: Procedure) -> Iterator[tuple[str, list[str]]]:
    """Yield the drivers' grades with one driver taken otherwise or left out."""
    for at, one in enumerate(drivers):
        others = [other.grade for index, other in enumerate(drivers) if index != at]
        for end, words in ENDS.items():
            used = taken(one.reading, one.driver, end)
            if end != one.driver.end and used is not None and used != one.used:
                grade = grade_at(used, one.reading, one.driver, procedure)
                yield f"{one.driver.title}: {words}, {used:g}", [*others, grade]
        yield f"{one.driver.title}: left out", others


def _lifted(those: Sequence[Cap], caps: Sequence[Cap]) -> Iterator[tuple[str, list[str]]]:
    """Yield the grades of the caps that are left without each of those that bind."""
    for one in those:
        yield f"Cap {one.kind} lifted", [cap.grade for cap in caps if cap != one]


def _steps(caps: Sequence[Cap], procedure: Procedure) -> Iterator[tuple[str, list[str]]]:
    """Yield what would still stand in the way if every figure were of the best, cap by cap."""
    change, left = f"Every driver at {procedure.grades[0]}", list(caps)
    yield change, [cap.grade for cap in left]
    while left:
        worst = procedure.worst(cap.grade for cap in left)
        gone = [cap.kind for cap in left if cap.grade == worst]
        change = f"{change}, {'and ' if ' lifted' in change else ''}{', '.join(gone)} lifted"
        left = [cap for cap in left if cap.grade != worst]
        yield change, [cap.grade for cap in left]


def _stressed(
    document: Mapping[str, Any], drivers: Sequence[Graded], procedure: Procedure
) -> Iterator[tuple[str, list[str]]]:
    """Yield the drivers' grades if forecasts were held against scores that moved as in a stress test.

    CRPS changes by no more than the outcome moves, so that the error is at most itself and the shift.
    Of the other drivers nothing can be said.
    """
    for row in computed(document):
        shift = shift_of(row).upper
        for at, one in enumerate(drivers):
            if shift is None or one.driver.figure != ERROR or one.used is None:
                continue
            error = one.used + shift
            grade = grade_at(error, one.reading, one.driver, procedure)
            others = [other.grade for index, other in enumerate(drivers) if index != at]
            change = (
                f"Stress test {row['scenario']}: every score moved by {shift:g} points, error up to {error:g}"
            )
            yield change, [*others, grade]
