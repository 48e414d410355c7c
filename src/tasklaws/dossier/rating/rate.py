"""The rating: what the drivers indicate, what caps leave of it, and what would change it.

A pure function of the document and the procedure: whoever has both comes to the same grade. It answers the
procedure's question and is no statement of safety.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.dossier.rating.caps import Cap, caps_of, trust_caps
from tasklaws.dossier.rating.drivers import graded
from tasklaws.dossier.rating.sensitivity import sensitivity
from tasklaws.dossier.rating.unchecked import unchecked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tasklaws.dossier.rating.procedure import Procedure

__all__ = ["Cap", "capped", "rate", "trust_caps"]


def rate(
    document: Mapping[str, Any], procedure: Procedure, lowered: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the block `rating` of a document.

    The indicated grade is the worst of the drivers. `capped_by` holds every cap that applies, worst first,
    also those that would bind only if the figures were better: all that stands in the way of the best grade.

    Args:
        document: all other blocks.
        procedure: by which it is rated.
        lowered: a grade below the computed one, and the rater's reason.

    Raises:
        BadInput: the rater would raise the grade or gives no reason.
        UnknownName: the scale has no such grade.
    """
    drivers = graded(document, procedure)
    indicated = procedure.worst(one.grade for one in drivers)
    caps = caps_of(document, procedure)
    given = _lowered(capped(indicated, caps, procedure), lowered, procedure)
    return {
        "grade": given,
        "means": procedure.meaning[given],
        "indicated": indicated,
        "scale": {
            "id": procedure.id,
            "question": procedure.question,
            "silent_on": procedure.silent_on,
            "grades": list(procedure.grades),
        },
        "drivers": [one.document() for one in drivers],
        "capped_by": [cap.document() for cap in caps],
        "sensitivity": sensitivity(document, procedure, drivers, caps),
        "unchecked": unchecked(document, procedure),
        "dissent": None,
        "lowered": {"grade": lowered["grade"], "reason": lowered["reason"]} if lowered else None,
        "withdrawn": None,
    }


def capped(grade: str, caps: Iterable[Cap], procedure: Procedure) -> str:
    """Return what some caps leave of a grade."""
    return procedure.worst([grade, *(cap.grade for cap in caps)])


def _lowered(grade: str, lowered: Mapping[str, str] | None, procedure: Procedure) -> str:
    """Return the grade after what the rater does of their own judgement, which is never to raise it."""
    if not lowered:
        return grade
    to = lowered["grade"]
    if to not in procedure.grades:
        raise UnknownName("grade", to, procedure.grades)
    if not procedure.is_worse(to, grade):
        raise BadInput(
            f"the rating would go from {grade} to {to}.",
            f"A rater may lower what the procedure gives, {grade}, and never raise or repeat it.",
            "Lower it, leave it, or change the procedure in the open under another id or version.",
        )
    if not lowered["reason"].strip():
        raise BadInput(
            f"the rating would be lowered to {to} without a reason.",
            "Whoever lowers a rating says why; it stays in the history.",
            "Give a reason.",
        )
    return to
