"""`tasklaws elicit`: what more effort of drawing answers out would add."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.cli.tables import number, table
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    rows = [{**row, "score": number(row["score"])} for row in document["rows"]]
    yield from table(rows, ("model", "family", "effort", "score", "n"))
    yield ""
    yield from table(
        [_gap(row) for row in document["gaps"]],
        ("model", "family", "elicitation", "gap", "90 % interval", "note"),
    )
    for control in document["controls"]:
        told = {True: "ok", False: "failed", None: "not tried"}[control["ok"]]
        yield f"control {control['name']}: {told}; {control['detail']}"


def _gap(row: dict[str, Any]) -> dict[str, Any]:
    interval = None if row["gap"] is None else f"{number(row['lower'], 3)} to {number(row['upper'], 3)}"
    return {**row, "gap": number(row["gap"], 3), "90 % interval": interval, "note": row["reason"] or ""}


@verb(
    "elicit",
    brief="Show what more effort would add to scores.",
    wording=_wording,
    example="tasklaws elicit study/",
)
@study_argument
def command(_progress: Progress, study: Path) -> Result:
    """Show the effort curves of STUDY, and the gap between the highest effort and no limit of effort.

    Curves need elicitations that name their effort, such as best_of_n@1 to best_of_n@8; a gap needs
    four efforts.
    """
    from tasklaws.assess.elicit import elicit

    return elicit(study)
