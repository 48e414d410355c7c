"""One model of an embedded ladder, asked in a process of its own what a grid is missing of it.

echo '{"folder": "...", "model": "d8_s0", ...}' | python -m tasklaws.run.grid_worker
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
import polars as pl

from tasklaws.ladder.checkpoints import load, origin
from tasklaws.ladder.generate import Writer
from tasklaws.ladder.preset import preset_of
from tasklaws.ladder.size import size_of
from tasklaws.ladder.store import PRESET, read, read_asked
from tasklaws.run.grid import method_of
from tasklaws.run.local import LocalSolver, attempts_table
from tasklaws.run.workers import given_jobs, say

if TYPE_CHECKING:
    from tasklaws.spec.family import Instance

CACHE = "compiled"
"""Folder of compiled graphs within that of the models."""
APART = 1_000_003
"""Between the seeds of two epochs."""


def asked_of(
    solver: LocalSolver, model: str, questions: list[Instance], methods: list[Any], seed: int
) -> pl.DataFrame:
    """Return the attempts of a model at `questions`, in each harness, elicitation and epoch of `methods`."""
    tables = []
    for harness, label, epoch in methods:
        method, effort = method_of(label)
        draws = seed + APART * epoch
        table = attempts_table(model, solver, questions, method, effort, harness_id=harness, seed=draws)
        tables.append(table.with_columns(pl.lit(epoch, dtype=pl.Int64).alias("epoch")))
        say(stage=f"{label} {epoch}")
    return pl.concat(tables, how="diagonal_relaxed")


def _do(asked: dict[str, Any]) -> None:
    folder, model = Path(asked["folder"]), asked["model"]
    for name, value in {
        "jax_compilation_cache_dir": str(folder / CACHE),
        "jax_persistent_cache_min_compile_time_secs": 0.0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }.items():
        jax.config.update(name, value)  # type: ignore[no-untyped-call]
    wanted = set(asked["questions"])
    questions = [one for one in read_asked(folder).questions if one.instance_id in wanted]
    width, _, seed = model[1:].partition("_s")
    solver = LocalSolver(_writer(folder, int(width), int(seed)))
    asked_of(solver, model, questions, asked["methods"], int(seed)).write_parquet(asked["to"])
    say(written=asked["to"])


def _writer(folder: Path, width: int, seed: int) -> Writer:
    preset, size = preset_of(json.loads((folder / PRESET).read_text())), size_of(width)
    state = load(folder / f"d{width}.safetensors", origin(size, preset.seeds, read(folder)), size)
    place = preset.seeds.index(seed)
    return Writer(size, jax.tree.map(lambda leaf: np.asarray(leaf)[place], state.params))


if __name__ == "__main__":
    for job in given_jobs():
        _do(job)
