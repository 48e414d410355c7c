"""The example data that ships with the package: 26 small transformers on 13 families of tasks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tasklaws.core.tables import TASKS
from tasklaws.spec.importer import Imported, Importer, ImportOptions
from tasklaws.spec.ladder import Rung
from tasklaws.spec.source import read_csv

if TYPE_CHECKING:
    from collections.abc import Sequence

DATA = Path(__file__).parent.parent / "data" / "ladder_prototype.csv.gz"
LINEAGE = "prototype"

METRICS = {"exact": "correct", "edit_similarity": "edit_similarity"}
"""Our metric -> column of the file."""

OUTCOMES = {"timeout": "limit_time"}
"""Status of the file -> outcome; a program that failed is the model's own answer, hence submitted."""


def read(paths: Sequence[Path], options: ImportOptions) -> Imported:  # noqa: ARG001
    """Return the runs of `paths`, by default of the data that ships; `options` play no part."""
    table = pl.concat([read_csv(path) for path in paths or [DATA]])
    task = pl.concat_str("family", pl.lit("/"), "level")
    attempts = table.select(
        "model",
        pl.col("family").alias("task_family"),
        task.alias("task_id"),
        pl.concat_str(task, pl.lit("/"), "item").alias("instance_id"),
        pl.lit(0, pl.Int64).alias("epoch"),
        pl.lit("default").alias("harness_id"),
        pl.lit("greedy").alias("elicitation"),
        pl.col("status").replace_strict(OUTCOMES, default="submitted").alias("outcome"),
        **{metric: pl.col(column).cast(pl.Float64) for metric, column in METRICS.items()},
    )
    fixed = [name for name in attempts.columns if name not in METRICS]
    runs = attempts.unpivot(list(METRICS), index=fixed, variable_name="metric", value_name="score")
    return Imported(rows=table.height, runs=runs, tasks=_tasks(runs), rungs=_rungs(table), axis="n_params")


def _tasks(runs: pl.DataFrame) -> pl.DataFrame:
    seen = runs.group_by("task_id", "task_family", "metric", maintain_order=True).agg(
        pl.col("instance_id").n_unique().cast(pl.Int64).alias("n_items"),
        pl.lit("higher").alias("direction"),
        pl.lit(0.0).alias("floor"),
        pl.lit(value=True).alias("identical_items"),
    )
    return pl.concat([TASKS.empty(), seen], how="diagonal")


def _rungs(table: pl.DataFrame) -> tuple[Rung, ...]:
    rows = table.select("model", "n_params", "seed", "loss_nats").unique(maintain_order=True)
    return tuple(
        Rung(
            model,
            LINEAGE,
            n_params=float(n_params),
            loss_nats=float(loss),
            loss_corpus="prototype-evaluation-answers",
            seed=int(seed),
            params_kind="non_embedding",
            source="tasklaws example data",
        )
        for model, n_params, seed, loss in rows.iter_rows()
    )


IMPORTER = Importer(
    name="example",
    summary="the example data that ships with tasklaws: 26 small transformers on 13 families (needs no path)",
    source="tasklaws, src/tasklaws/data",
    status="emerging",
    read=read,
)
