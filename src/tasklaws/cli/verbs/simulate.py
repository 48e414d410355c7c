"""`tasklaws simulate`: runs of a world whose law is known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.verb import Result, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    models, tasks = len(document["models"]), document["tasks"]
    yield f"{document['runs']:,} runs of {models} models on {tasks} tasks of the world {document['world']}"
    yield f"truth  {document['truth']}"


@verb(
    "simulate",
    brief="Draw runs from a world whose truth is known.",
    wording=_wording,
    example="tasklaws simulate W3 --rungs 8 --seed 1 --into study/",
)
@click.argument("world")
@click.option("--rungs", type=int, default=8, show_default=True, help="Models on the ladder.")
@click.option("--runs", type=int, default=20_000, show_default=True, help="Attempts in all; rounded up.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed draws the same runs.")
@click.option(
    "--into", metavar="STUDY", required=True, type=click.Path(path_type=Path), help="A study yet to be made."
)
def command(progress: Progress, world: str, into: Path, **options: Any) -> Result:  # noqa: ANN401
    """Draw runs of WORLD (a name or W1 to W17) into a new study; `tasklaws list worlds` names them.

    Attempts are spread evenly over models and tasks. The parameters of the world and the true rate of
    every cell stand in STUDY/truth.json.
    """
    from tasklaws.run.simulation import simulate

    return simulate(world, into, progress=progress, **options)
