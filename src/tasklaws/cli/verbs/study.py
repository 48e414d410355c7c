"""`tasklaws study`: the main job, on a ladder of small models trained on the spot."""

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
    rungs = document["rungs"]
    losses = [rung["loss_nats"] for rung in rungs if rung["loss_nats"] is not None]
    yield f"{len(rungs)} models, held-out loss {max(losses):.2f} to {min(losses):.2f} nats per token"
    yield from table(
        [
            _row(row, verdict)
            for row, verdict in zip(document["forecasts"], document["verdicts"], strict=True)
        ],
        ("target", "mae", "crps", "within 90 %", "skill", "best baseline"),
    )
    yield "mae and crps in points; skill against the baseline that did best on that model, with hindsight"
    yield f"report  {document['report']}  ({number(document['seconds'], 1)} s)"


def _row(row: dict[str, Any], verdict: dict[str, Any]) -> dict[str, Any]:
    return {
        "target": row["target"],
        "mae": number(row["mae"]),
        "crps": number(row["crps"]),
        "within 90 %": number(verdict["coverage"]["90"]),
        "skill": number(row["skill"]),
        "best baseline": row["best_baseline"],
    }


@verb(
    "study",
    brief="Train a small ladder and forecast each rung.",
    wording=_wording,
    example="tasklaws study ladder-study --preset quick",
)
@click.argument("directory", metavar="[DIR]", default="ladder-study", type=click.Path(path_type=Path))
@click.option(
    "--preset",
    type=click.Choice(("quick", "default", "serious")),
    default="default",
    show_default=True,
    help="How much is trained and asked.",
)
@click.option("--recorded", is_flag=True, help="Unpack a study that was recorded earlier; trains nothing.")
def command(progress: Progress, directory: Path, preset: str, *, recorded: bool) -> Result:
    """Train a ladder of small language models in DIR, and forecast each next rung before it is opened.

    All models are trained on the families' own texts; no question of the evaluation is among them. From the
    fourth width on each is forecast, the forecast is sealed, and only then the model is asked. Interrupted,
    the same command goes on where it stopped.
    """
    if recorded:
        from tasklaws.report.recorded import recorded as unpacked

        return unpacked(directory)
    from tasklaws.report.ladder_study import study

    return study(directory, preset, progress=progress)
