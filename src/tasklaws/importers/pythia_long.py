"""Pythia's evaluations as one long table: suite, model, shots, step, task, metric, value, stderr.

The number of items follows from value and standard error, n = value (1 - value) / stderr^2 + 1,
and for a value of 0 or 1 from another row of the same task. Only the suite ``pythia-v1`` is read:
v0 uses the same model names for other models. The rows ``intervention`` and ``baseline`` belong to
models trained further and are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasklaws.core.errors import BadTable
from tasklaws.core.tables import CELLS, TASKS, validate
from tasklaws.spec.importer import Imported, Importer, ImportOptions
from tasklaws.spec.ladder import Rung
from tasklaws.spec.source import expand, read_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SUITE = "pythia-v1"
SHOTS = ("zero-shot", "five-shot")
METRICS = ("acc", "acc_norm")

N_PARAMS = {
    "70m": 18_915_328,
    "160m": 85_056_000,
    "410m": 302_311_424,
    "1b": 805_736_448,
    "1.4b": 1_208_602_624,
}
"""Parameters without embeddings. Source: Biderman et al., arXiv 2304.01373, table 1."""

TOKENS_PER_STEP = {"": 2_097_152, "0.25MtokBS": 262_144, "0.5MtokBS": 524_288}
"""Batch size of each variant. Source: as above; 143,000 steps of the first are 299.9 billion tokens."""

TOKENS = 143_000 * 2_097_152
"""Tokens that every finished run has seen."""

FLOORS = {"lambada_openai": 0.0, "piqa": 0.5, "winogrande": 0.5, "wsc": 0.5}
"""Chance rate where it is not 1/4; the `blimp` tasks are pairs, and `crows_pairs` has none documented."""

_COLUMNS = ("suite", "model", "shots", "step", "task", "metric", "value", "stderr")


def read(paths: Sequence[Path], options: ImportOptions) -> Imported:
    """Return the cells of every model at its last step, or at all with `options.steps`."""
    files = expand(paths, ("*.csv", "*.csv.gz"))
    table = pl.concat([_table(file) for file in files])
    chosen = table.filter(
        (pl.col("suite") == SUITE) & pl.col("shots").is_in(SHOTS) & pl.col("metric").is_in(METRICS)
    ).unique(maintain_order=True)
    if options.steps == "last":
        chosen = chosen.filter(pl.col("step") == pl.col("step").max().over("model", "shots"))
    cells = _cells(_with_n(chosen), every_step=options.steps == "all")
    known = cells.filter(pl.col("size").is_in(list(N_PARAMS)))
    left_out = table.height - chosen.height
    return Imported(
        rows=chosen.height,
        cells=validate(cells, CELLS, "pythia_long").select(CELLS.names),
        tasks=_tasks(cells),
        rungs=tuple(
            _rung(*row)
            for row in known.select("model", "size", "source_model", "step")
            .unique(maintain_order=True)
            .iter_rows()
        ),
        axis="flops",
        warnings=(f"{left_out} rows of other suites, steps, metrics and interventions were left out",),
    )


def _table(file: Path) -> pl.DataFrame:
    table = read_csv(file)
    missing = [name for name in _COLUMNS if name not in table.columns]
    if missing:
        raise BadTable(
            f"{file.name}: column {missing[0]!r} is missing.", f"It needs {', '.join(_COLUMNS)}.", "Add it."
        )
    try:
        return table.select(_COLUMNS).cast({"step": pl.Int64, "value": pl.Float64, "stderr": pl.Float64})
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise BadTable(
            f"{file.name}: {reason}.", "step, value and stderr are numbers.", "Correct the row."
        ) from None


def _with_n(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `rows` with `n`; a task without any informative row drops out."""
    value, stderr = pl.col("value"), pl.col("stderr")
    own = pl.when(stderr > 0).then(value * (1 - value) / stderr**2 + 1)
    return rows.with_columns(own.median().over("task").round().cast(pl.Int64).alias("n")).drop_nulls("n")


def _cells(rows: pl.DataFrame, *, every_step: bool) -> pl.DataFrame:
    at = (
        pl.concat_str("model", pl.lit("@"), pl.col("step").cast(pl.String)) if every_step else pl.col("model")
    )
    return rows.with_columns(
        at.alias("model"),
        pl.col("model").alias("source_model"),
        pl.col("model").str.extract(r"^pythia-([\d.]+[mb])").alias("size"),
        pl.col("task").alias("task_id"),
        pl.col("task")
        .str.replace(r"^(hendrycksTest|blimp|crows_pairs)\W?_?.*$", "${1}")
        .alias("task_family"),
        pl.lit("default").alias("harness_id"),
        pl.col("shots").alias("elicitation"),
        (pl.col("value") * pl.col("n")).alias("k"),
        pl.when(every_step).then("step").alias("step"),
    )


def _rung(model: str, size: str, source_model: str, step: int | None) -> Rung:
    variant = source_model.removeprefix(f"pythia-{size}").removeprefix("-deduped").removeprefix("-")
    return Rung(
        model,
        "pythia-deduped" if "-deduped" in source_model else "pythia",
        n_params=float(N_PARAMS[size]),
        n_tokens=float(TOKENS if step is None else step * TOKENS_PER_STEP.get(variant, TOKENS_PER_STEP[""]))
        or None,
        step=step,
        replicate=variant or None,
        params_kind="non_embedding",
        source="arXiv 2304.01373",
    )


def _tasks(cells: pl.DataFrame) -> pl.DataFrame:
    seen = cells.select("task_id", "task_family", "metric", "n").unique(maintain_order=True)
    rows = [
        {
            "task_id": task,
            "task_family": family,
            "metric": metric,
            "direction": "higher",
            "floor": 0.5
            if family == "blimp"
            else FLOORS.get(task, None if family == "crows_pairs" else 0.25),
            "n_items": n,
            "identical_items": True,
        }
        for task, family, metric, n in seen.iter_rows()
    ]
    return pl.DataFrame(rows, schema=dict(TASKS.dtypes()))


IMPORTER = Importer(
    name="pythia_long",
    summary="Pythia's evaluations over training in one long CSV (suite v1); writes the ladder",
    source="EleutherAI/pythia, evals/; Biderman et al., arXiv 2304.01373",
    status="published",
    read=read,
)
