"""`tasklaws census`: what tasks are made of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import number, table
from tasklaws.cli.verb import Result, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    if document["logs"]:
        yield f"{document['logs']} logs"
        rows = [{**row, "share of time": number(row["time_share"])} for row in document["calls"]]
        yield from table(rows, ("kind", "function", "calls", "failed", "samples", "seconds", "share of time"))
        return
    yield from _plans(document["tasks"])
    yield from _hazards(document["hazards"])


def _plans(tasks: list[dict[str, Any]]) -> Iterator[str]:
    if not tasks:
        yield "no task of the study has a plan that is known"
        return
    rows = [
        {**row, "share of time": number(row["time_share"]), "padding": number(row["padding"])}
        for row in tasks
    ]
    yield from table(
        rows, ("task_id", "kind", "steps", "operations", "share of time", "padding", "human_minutes")
    )


def _hazards(found: list[dict[str, Any]]) -> Iterator[str]:
    """Yield by how much a step goes wrong more often behind the first error of its run."""
    if not found:
        return
    yield ""
    yield "hazard of a step behind the first error of its run, in units of that before it (90 % interval):"
    rows = [
        {
            "family": row["family"],
            "times": f"x{number(row['times'])}" if row["times"] is not None else row["reason"],
            "from": "open" if row["lower"] is None else number(row["lower"]),
            "to": "open" if row["upper"] is None else number(row["upper"]),
            "p": number(row["p"], 3),
            "runs": row["runs"],
        }
        for row in found
    ]
    yield from table(rows, list(rows[0]))


@verb(
    "census",
    brief="Tell what tasks are made of.",
    wording=_wording,
    example="tasklaws census study/",
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def command(_progress: Progress, paths: tuple[Path, ...]) -> Result:
    """Count the sub-tasks of a study by the plans of its families, or those of Inspect logs by their calls.

    PATHS is one study, or logs (.eval, .json) and folders of them. Of a plan: steps done by skill, by a
    tool or in a loop of a tool, how often, and whose share of a person's time they take; padding is the
    share of operations that add length and nothing new to get right. Where attempts have milestones: does an
    error make the next more likely? Of logs: calls, failures and seconds.
    """
    from tasklaws.assess.census import census

    return census(*paths)
