"""`tasklaws metrics`: which metric can carry a law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import number, table
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.core.progress import Progress

FIXED = ("link", "all or nothing", "sizes", "attempts", "sufficient")


def _wording(document: dict[str, Any]) -> Iterator[str]:
    axes = list(dict.fromkeys(row["axis"] for row in document["rows"]))
    lines = [f"line over {axis}" for axis in axes]
    yield from table(_rows(document), ("family", "metric", *lines, *FIXED))
    yield "line: weight of a straight line over that axis; the link is the likeliest on the ladder's own axis"
    yield (
        "sizes: where it tells something; attempts: for a standard error of "
        f"{document['samples_error']:g} in log hazard; sufficient: it says all that size says of the target"
    )
    yield ""
    yield from (f"{_name(document, one)}: {one['text']}" for one in document["families"])


def _name(document: dict[str, Any], one: dict[str, Any]) -> str:
    lineages = {family["lineage"] for family in document["families"]}
    return one["family"] if len(lineages) == 1 else f"{one['family']} ({one['lineage']})"


def _rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one row for each family and metric, with its linearity over every axis."""
    made: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in document["rows"]:
        key = (row["lineage"], row["family"], row["metric"])
        one = made.setdefault(key, {"family": _name(document, row)} | _row(row))
        one[f"line over {row['axis']}"] = number(row["linearity"])
    return list(made.values())


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "metric": f"{row['metric']} (target)" if row["role"] == "target" else row["metric"],
        "link": row["link"],
        "all or nothing": number(row["binarity"]),
        "sizes": row["informative_rungs"],
        "attempts": row["samples_needed"],
        "sufficient": row["sufficient"],
    }


@verb(
    "metrics",
    brief="Tell which metric can carry a law.",
    wording=_wording,
    example="tasklaws metrics study/ --family sha_of",
)
@study_argument
@click.option("--family", "families", multiple=True, help="Only this family; may be given again.")
def command(progress: Progress, study: Path, families: tuple[str, ...]) -> Result:
    """Compare the metrics of STUDY on the same attempts, family by family and axis by axis.

    How straight each metric is over the ladder, whether answers are all or nothing, at how many sizes it
    tells something, what that costs in attempts, and whether it tells the target: that is more than to
    move with it. The target itself is never replaced.
    """
    from tasklaws.assess.metric_choice import metrics

    return metrics(study, families=families or None, progress=progress)
