"""Reads the recipe's cells and folds into the arrays that forecasters take.

The data lies beside the project (``../shared/data/folds``) and is never copied into it.
A block is one lineage x size: targets of one block share their training rungs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasklaws.infer.arrays import LadderArrays, TargetArrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDS = Path(__file__).resolve().parents[2] / "shared" / "data" / "folds"

SETS = ("pythia", "olmo", "gadre", "metr", "gpqa")
RELEASES = ("metr", "gpqa")


@dataclass(frozen=True)
class RecipeCase:
    """One block: training arrays, targets and what was observed."""

    set_name: str
    block: str
    ladder: LadderArrays
    target: TargetArrays
    observed_k: NDArray[np.float64]
    """Successes, of shape (targets, tasks)."""
    label: str = "forecast"


def available() -> bool:
    """Return whether the folds are there."""
    return (FOLDS / "cells.csv.gz").exists()


def cases(set_name: str, features: str = "compute") -> list[RecipeCase]:
    """Return the blocks of one set.

    Args:
        set_name: one of SETS.
        features: ``compute`` ([log10 6ND, log10 D/N], or log10 N on single-budget ladders) or
            ``loss`` ([-32 log10 loss, log10 N], the conditional features of OLMo).
    """
    cells = pl.read_csv(FOLDS / "cells.csv.gz", infer_schema_length=None).filter(pl.col("set") == set_name)
    folds = pl.read_csv(FOLDS / "folds.csv").filter(pl.col("set") == set_name)
    return [
        _case(set_name, block, group, cells.filter(pl.col("lineage") == group["lineage"][0]), features)
        for (block,), group in folds.group_by("lineage_size", maintain_order=True)
    ]


def _case(set_name: str, block: str, group: pl.DataFrame, cells: pl.DataFrame, features: str) -> RecipeCase:
    rungs = cells.unique("rung", maintain_order=True)
    x_of, walk_of = _features(set_name, rungs, features)
    train = sorted(group["train"][0].split(";"), key=lambda rung: walk_of[rung])
    targets = group["target"].to_list()
    tasks = sorted(cells["task_id"].unique().to_list())
    rate, n = (_wide(cells, value, tasks) for value in ("rate", "n"))
    floor = dict(cells.select("task_id", "floor").unique("task_id").iter_rows())
    train_n = np.stack([n[r] for r in train], axis=1)
    seen = train_n.sum(axis=1) > 0
    tasks = [task for task, keep in zip(tasks, seen, strict=True) if keep]
    size_of = dict(zip(rungs["rung"], _sizes(set_name, rungs), strict=True))
    ladder = LadderArrays(
        task_ids=tuple(tasks),
        families=tuple(_family(task) for task in tasks),
        rungs=tuple(train),
        k=np.stack([(rate[r] * n[r])[seen] for r in train], axis=1),
        n=train_n[seen],
        floor=np.array([floor[task] for task in tasks]),
        ceiling=np.ones(len(tasks)),
        x=np.array([x_of[r] for r in train]),
        walk=np.array([walk_of[r] for r in train]),
        sizes=tuple(size_of[r] for r in train),
        kind="release" if set_name in RELEASES else "size",
    )
    target = TargetArrays(
        tuple(targets),
        np.array([x_of[r] for r in targets]),
        np.array([walk_of[r] for r in targets]),
        np.stack([n[r][seen] for r in targets]),
    )
    label = "conditional" if features == "loss" else "forecast"
    return RecipeCase(
        set_name, block, ladder, target, np.stack([(rate[r] * n[r])[seen] for r in targets]), label
    )


def _wide(cells: pl.DataFrame, value: str, tasks: list[str]) -> dict[str, NDArray[np.float64]]:
    table = cells.pivot("rung", index="task_id", values=value).sort("task_id")
    order = pl.DataFrame({"task_id": tasks}).join(table, on="task_id", how="left")
    return {
        name: order[name].cast(pl.Float64).fill_null(0).to_numpy()
        for name in order.columns
        if name != "task_id"
    }


def _features(
    set_name: str, rungs: pl.DataFrame, features: str
) -> tuple[dict[str, list[float]], dict[str, float]]:
    x: dict[str, list[float]] = {}
    for row in rungs.iter_rows(named=True):
        if set_name in RELEASES:
            x[row["rung"]] = [row["years"]]
        elif set_name == "pythia":
            x[row["rung"]] = [float(np.log10(row["n_params"]))]
        elif features == "loss":
            x[row["rung"]] = [-32 * float(np.log10(row["loss_nats"])), float(np.log10(row["n_params"]))]
        else:
            flops = float(np.log10(6 * row["n_params"] * row["n_tokens"]))
            x[row["rung"]] = [flops, float(np.log10(row["n_tokens"] / row["n_params"]))]
    return x, {rung: values[0] for rung, values in x.items()}


def _sizes(set_name: str, rungs: pl.DataFrame) -> list[str]:
    if set_name in RELEASES:
        return rungs["rung"].to_list()
    return [f"{value:.3g}" for value in rungs["n_params"]]


def _family(task: str) -> str:
    if "/" in task:
        return task.split("/", maxsplit=1)[0]
    return "mmlu" if "hendrycks" in task.lower() or "mmlu" in task.lower() else task
