"""Score every baseline on the recipe's folds: ``python benchmarks/baselines.py OUT.json [SET ...]``."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from recipe_folds import SETS, RecipeCase, available, cases

from tasklaws.assess.baseline import BASELINES
from tasklaws.assess.scores import covered, score


def row(set_name: str, name: str, folds: list[RecipeCase]) -> dict[str, Any]:
    """Return mean log score, CRPS, MAE, bias and coverage of one baseline on one set."""
    rng = np.random.default_rng(0)
    start = time.process_time()
    forecasts = [BASELINES[name].forecast(c.ladder, c.target) for c in folds]
    seconds = time.process_time() - start
    scored = [score(f, c.target.n, c.observed_k, rng) for f, c in zip(forecasts, folds, strict=True)]
    column = {
        key: np.concatenate([getattr(s, key).ravel() for s in scored])
        for key in ("log_score", "crps", "error", "pit")
    }
    return {
        "set": set_name,
        "baseline": name,
        "cells": int(np.isfinite(column["crps"]).sum()),
        "log_score": float(np.nanmean(column["log_score"])),
        "crps": float(np.nanmean(column["crps"])),
        "mae": float(np.nanmean(np.abs(column["error"]))),
        "bias": float(np.nanmean(column["error"])),
        **{
            f"coverage{level}": float(np.nanmean(covered(column["pit"], level / 100)))
            for level in (50, 80, 90)
        },
        "seconds": seconds,
    }


def main(out: str, sets: list[str]) -> None:
    """Print the table set x baseline and write it to `out`."""
    if not available():
        sys.exit("../shared/data/folds is absent: nothing to score.")
    rows = [row(name, baseline, cases(name)) for name in sets for baseline in BASELINES]
    for r in rows:
        numbers = " ".join(f"{key} {value:7.3f}" for key, value in r.items() if isinstance(value, float))
        print(f"{r['set']:7s} {r['baseline']:16s} {numbers}")
    Path(out).write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:] or list(SETS))
