"""`tasklaws flags`: which attempts show conduct that somebody should look at."""

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
    flagged = [row for row in document["rows"] if row["flagged"]]
    yield from table(
        [_row(row) for row in flagged], ("model", "flag", "flagged", "attempts", "share", "95 % interval")
    )
    yield ""
    yield from (f"{row['model']}, {row['flag']}: {_example(row['examples'][0])}" for row in flagged)
    yield ""
    yield "to read next:"
    plan = [
        {**row, "flags": row["flags"] or "none", "p": f"{row['probability']:.2g}"} for row in document["plan"]
    ]
    yield from table(plan, ("model", "sample_id", "epoch", "elicitation", "outcome", "flags", "p"))
    yield ""
    yield from (*document["notes"], *document["viewer"])


def _row(row: dict[str, Any]) -> dict[str, Any]:
    interval = f"{number(row['lower'], 3)} to {number(row['upper'], 3)}"
    return {**row, "share": number(row["share"], 3), "95 % interval": interval}


def _example(example: dict[str, Any]) -> str:
    return f"{example['quote']!r} ({example['sample_id']} epoch {example['epoch']}, {example['place']})"


@verb(
    "flags",
    brief="Find attempts that somebody should look at.",
    wording=_wording,
    example="tasklaws flags study/ --n 30",
)
@click.argument("places", metavar="LOGS|STUDY...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--n", default=20, show_default=True, type=click.IntRange(1), help="Attempts to read next.")
@click.option("--seed", default=0, show_default=True, help="Seed of the draw of what to read.")
@click.option("--mark", is_flag=True, help="Have readers of the study asked about what flags suggest.")
def command(progress: Progress, places: tuple[Path, ...], n: int, seed: int, mark: bool) -> Result:
    """Count attempts that loop, refuse, misuse tools, tamper, claim, run long, or change their way.

    Reads logs of Inspect AI, or the logs and runs of a study. A flag changes no score and no outcome:
    label the attempts to read next with `tasklaws label`.
    """
    from tasklaws.assess.observation.observed import flags

    return flags(places, n=n, seed=seed, mark=mark, progress=progress)
