"""Sets beside the development folds: ObsScaling's model families, and GPQA with the counts of its source."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from benchmarks.recipe_folds import FOLDS, RecipeCase

from tasklaws.assess.backtesting import cases_of
from tasklaws.assess.selection import select
from tasklaws.run.imports import import_runs, read_results

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

DATA = FOLDS.parent
MAPS = Path(__file__).resolve().parents[1] / "examples" / "maps"


def obsscaling_cases() -> list[RecipeCase]:
    """Return the rolling-origin folds of ObsScaling's base models, a lineage per model family.

    The files come in through `tasklaws import table`; item counts are those of the public sets.
    """
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        for kind in ("benchmark", "emergent_capability"):
            name = "base" if kind == "benchmark" else "emergent"
            path = DATA / "obsscaling" / f"base_llm_{kind}_eval.csv"
            import_runs("table", path, study, column_map=MAPS / f"obsscaling_{name}.toml")
        cases, _ = cases_of(select(study))
    return [RecipeCase("obsscaling", c.block, c.ladder, c.target, c.k, c.label) for c in cases]


def gpqa_with_source_counts(folds: list[RecipeCase]) -> list[RecipeCase]:
    """Return the GPQA folds with the attempts that the source has: 16 for most models, 1 or 2 for some.

    The folds state 8 attempts everywhere, with rates rounded to eighths.
    """
    cells = read_results("table", DATA / "epoch_items" / "items.csv.gz", MAPS / "epoch_items.toml").cells
    if cells is None:
        return []
    cells = cells.with_columns(pl.col("model").str.split("/").list.last())
    return [_recounted(one, cells.filter(pl.col("task_family") == "GPQA diamond")) for one in folds]


def _recounted(fold: RecipeCase, cells: pl.DataFrame) -> RecipeCase:
    k, n = _counts(cells, fold.ladder.task_ids, fold.ladder.rungs)
    target_k, target_n = _counts(cells, fold.ladder.task_ids, fold.target.models)
    ladder, target = replace(fold.ladder, k=k, n=n), replace(fold.target, n=target_n.T.copy())
    return replace(fold, ladder=ladder, target=target, observed_k=target_k.T.copy())


def _counts(cells: pl.DataFrame, task_ids: tuple[str, ...], models: tuple[str, ...]) -> tuple[Floats, Floats]:
    added = cells.group_by("task_id", "model").agg(pl.col("k").sum(), pl.col("n").sum())
    grid = pl.DataFrame({"task_id": task_ids}).join(pl.DataFrame({"model": models}), how="cross")
    rows = grid.join(added, on=["task_id", "model"], how="left", maintain_order="left")
    shape = (len(task_ids), len(models))
    k, n = (rows[name].cast(pl.Float64).fill_null(0).to_numpy().reshape(shape) for name in ("k", "n"))
    return k, n
