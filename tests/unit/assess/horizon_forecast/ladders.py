"""A small METR-like study: attempts of models released one after another at tasks with human times."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.run.imports import import_runs
from tasklaws.spec.ladder import Rung
from tasklaws.spec.ladder_file import make_ladder, read_ladder, write_ladder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FAMILIES, TASKS, RUNS = 14, 4, 4
LEVELS = {f"m{i}": 1.0 + 0.9 * i for i in range(9)}
"""log2 minutes of each model's time horizon; half a year lies between two of them."""


def released(model: str) -> date:
    return date(2022, 1, 1) + timedelta(days=182 * int(model[1:]))


def lines(levels: Mapping[str, float], seed: int = 1) -> list[str]:
    """Return the rows of a `runs.jsonl`; tasks are the same for every seed."""
    rng = np.random.default_rng(seed)
    doublings = np.random.default_rng(0).uniform(0, 10, (FAMILIES, TASKS))
    ease = np.random.default_rng(0).normal(0, 0.7, (FAMILIES, 1))
    rows = []
    for model, level in levels.items():
        rate = 1 / (1 + np.exp(doublings - level - ease))
        for (f, t), p in np.ndenumerate(rate):
            for run in range(RUNS):
                row = {
                    "run_id": f"{model}/{f}/{t}/{run}",
                    "task_id": f"f{f}/t{t}",
                    "task_family": f"f{f}",
                    "alias": model,
                    "score_binarized": int(rng.random() < p),
                    "human_minutes": float(2.0 ** doublings[f, t]),
                    "human_source": "baseline",
                }
                row["score_cont"] = row["score_binarized"]
                rows.append(json.dumps(row))
    return rows


def make(folder: Path, levels: Mapping[str, float], models: Iterable[str] = LEVELS) -> Path:
    """Import the runs of `levels` into a study whose ladder holds `models`."""
    dates = "".join(f"  {model}: {released(model)}\n" for model in levels)
    (folder / "release_dates.yaml").write_text(f"date:\n{dates}")
    study = take_in(folder, levels, [folder / "release_dates.yaml"])
    known = read_ladder(study / "ladder.toml")
    ahead = (Rung(model, "metr", released=released(model)) for model in models if model not in levels)
    write_ladder(study / "ladder.toml", make_ladder((*known, *ahead), known.axis))
    return study


def take_in(folder: Path, levels: Mapping[str, float], more: Iterable[Path] = (), seed: int = 1) -> Path:
    """Import the runs of `levels` into the study of `folder`."""
    runs = folder / f"{'-'.join(levels)}.jsonl"
    runs.write_text("\n".join(lines(levels, seed)) + "\n")
    import_runs("metr", [runs, *more], folder / "study")
    return folder / "study"


def first(count: int) -> dict[str, float]:
    """Return the levels of the first models."""
    return dict(list(LEVELS.items())[:count])
