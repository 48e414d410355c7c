"""`tasklaws run`: ask for what the grid of a study is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import number, table
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    cells, rows = document["cells"], document["rows"]
    if document["plan_only"] and rows:
        shown = ("model", "task_family", "cells", "attempts", "tokens", "cost", "basis")
        yield from table([{**row, "cost": number(row["cost"], 2)} for row in rows], shown)
        yield "tokens and cost in dollars are estimates"
    dollars = "unknown" if document["cost"] is None else f"{document['cost']:.2f} dollars"
    took = "would take" if document["plan_only"] else "took"
    yield (
        f"{cells['planned']} cells planned, {cells['done']} done, {cells['failed']} failed, "
        f"{cells['limited']} with attempts that a limit ended"
    )
    yield f"{took} {document['tokens']} tokens, cost {dollars}"
    if document["reason"]:
        yield f"no cost: {document['reason']}"
    for one in document["controls"]:
        yield f"control {one['name']}: {'ok' if one['ok'] else 'failed'}; {one['detail']}"


@verb(
    "run",
    brief="Ask models for the cells that are missing.",
    wording=_wording,
    example="tasklaws run study/ --plan",
)
@study_argument
@click.option(
    "--executor",
    type=click.Choice(("local", "inspect")),
    help="Who asks: Inspect AI, or for the embedded ladder ourselves. Default: that of study.toml.",
)
@click.option("--plan", is_flag=True, help="Print cells, tokens and cost; ask nothing.")
@click.option("--model", "models", metavar="NAME", multiple=True, help="Only this model; repeatable.")
@click.option("--family", "families", metavar="NAME", multiple=True, help="Only this family; repeatable.")
@click.option("--yes", is_flag=True, help="Begin though more is estimated than allowed; stop at the limit.")
@click.option("--again-limited", is_flag=True, help="Run cells with limit-ended attempts at twice the limit.")
@click.option("--accept-errors", is_flag=True, help="Take attempts that ended in an error as they are.")
@click.option("--control", is_flag=True, help="First ask a mock model that hides its ability.")
def command(progress: Progress, study: Path, **options: Any) -> Result:  # noqa: ANN401
    """Run the grid of STUDY, models x tasks x harnesses x elicitations, as [run] in study.toml says.

    Only what is missing is asked. Interrupted or killed, the same command goes on where it stopped.
    Exit code 4: cells are left, because attempts failed or a limit of cost was reached.
    """
    from tasklaws.run.run_study import run

    return run(study, progress=progress, **options)
