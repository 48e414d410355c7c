"""Missing attempts of a grid, made by our own runner: models of an embedded ladder, without Inspect AI."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.errors import BadInput
from tasklaws.run.grid import OURS, held
from tasklaws.run.grid_results import ATTEMPT, take_in, wanted_rows
from tasklaws.run.interrupts import gently
from tasklaws.run.workers import Job, run_all

if TYPE_CHECKING:
    from tasklaws.run.grid import Attempts, Cell, Grid
    from tasklaws.run.prices import Purse
    from tasklaws.run.watch import Watch

WORKER = "tasklaws.run.grid_worker"


def execute(root: Path, grid: Grid, missing: Attempts, purse: Purse, watch: Watch) -> bool:
    """Have workers make the attempts in `missing`, and take those of each model in as it is done.

    Args:
        root: folder of the study.
        grid: what it wants to know.
        missing: attempts of cells that are not whole.
        purse: counts the tokens written.
        watch: told of attempts as they are done.

    Returns:
        Whether it was interrupted; models that were being asked have come to their end then.

    Raises:
        BadInput: a model is none of the embedded ladder, or a harness has limits.
    """
    _check(grid, missing)
    folder = Path(tempfile.mkdtemp(prefix=".asked-", dir=root))
    jobs = [_job(grid, model, cells, folder) for model, cells in _by_model(missing).items()]
    interrupted = Event()
    methods = {job.name: iter(job.asked["methods"]) for job in jobs}

    def told(job: Job, line: dict[str, Any]) -> None:
        model = job.asked["model"]
        if "written" not in line:
            _tell(watch, missing, model, next(methods[job.name]))
            return
        found = pl.read_parquet(line["written"]).with_columns(pl.lit(value=False).alias("failed"))
        lacking = {cell: attempts for cell, attempts in missing.items() if cell.model == model}
        rows = wanted_rows(found, lacking)
        take_in(root, grid, rows, "local", {})
        one = rows.unique(ATTEMPT)
        for cell, attempts in _limited(one).items():
            watch.attempts(cell, 0, limited=len(attempts))
        purse.pay(model, 0, int(one["tokens"].sum()))
        watch.ended(model)

    try:
        with gently(interrupted.set):
            run_all(jobs, told, interrupted.is_set)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return interrupted.is_set()


def _tell(watch: Watch, missing: Attempts, model: str, method: tuple[str, str, int]) -> None:
    """Tell of the attempts of a model in a harness, an elicitation and an epoch."""
    for cell, attempts in missing.items():
        if (cell.model, cell.harness_id, cell.elicitation) == (model, *method[:2]):
            watch.attempts(cell, sum(epoch == method[2] for _, epoch in attempts))


def _limited(rows: pl.DataFrame) -> Attempts:
    return held(rows.filter(pl.col("outcome").str.starts_with("limit")))


def _check(grid: Grid, missing: Attempts) -> None:
    """Raise where something is asked that our own runner cannot do."""
    foreign = sorted({cell.model for cell in missing if not _own(grid, cell.model)})
    if foreign:
        raise BadInput(
            f"{', '.join(foreign)}: no model of an embedded ladder.",
            "The local executor asks models that were trained in the study.",
            "Run with --executor inspect, or name others with --model.",
        )
    limited = sorted({cell.harness_id for cell in missing if grid.harnesses[cell.harness_id].limits()})
    if limited:
        raise BadInput(
            f"the harness {', '.join(limited)} has limits.",
            "The local executor keeps those of the embedded sandbox only.",
            "Run with --executor inspect, or take the limits out of [[run.harness]].",
        )


def _own(grid: Grid, model: str) -> bool:
    return grid.names[model] == OURS + model


def _by_model(missing: Attempts) -> dict[str, list[Cell]]:
    models: dict[str, list[Cell]] = {}
    for cell in missing:
        models.setdefault(cell.model, []).append(cell)
    return models


def _job(grid: Grid, model: str, cells: list[Cell], folder: Path) -> Job:
    """Return the job of one model: all questions of the grid, so that draws do not hang on what is there."""
    methods = sorted(
        {(cell.harness_id, cell.elicitation, epoch) for cell in cells for epoch in range(grid.said.epochs)}
    )
    tasks = list(grid.questions)
    asked = {
        "folder": str(grid.asked),
        "model": model,
        "questions": [name for task in tasks for name in grid.questions[task]],
        "methods": methods,
        "to": str(folder / f"{model}.parquet"),
    }
    return Job(WORKER, asked, f"run {model}")
