"""Skill of the default law on the recipe's folds, against all baselines: the figures of issue and log.

``python -m benchmarks.recipe_skill [OUT.json]`` needs ``../shared/data``. Development figures: the law was
tuned on these very folds. ObsScaling's families were kept aside and played no part in any choice.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks import recipe_folds
from benchmarks.kept_aside import gpqa_with_source_counts, obsscaling_cases

from tasklaws.assess.aggregates import mean_draws, score_mean
from tasklaws.assess.backtest import BacktestTable, Case, run_backtest
from tasklaws.assess.baseline import BASELINES, LAW
from tasklaws.assess.scores import covered
from tasklaws.assess.skill import EARLIER, Skill, best_with_hindsight, coverage, pooled_test, skills
from tasklaws.infer.law import default_law

ASKED = {"pythia": 2.05, "olmo, loss": 0.75, "olmo": 0.91, "gadre": 1.41, "metr": 9.8, "gpqa": 15.0}
"""CRPS in points that the law must not exceed."""


def sets() -> dict[str, list[recipe_folds.RecipeCase]]:
    """Return the sets by name: development folds first, then what was kept aside."""
    found = {name: recipe_folds.cases(name) for name in recipe_folds.SETS}
    found["olmo, loss"] = recipe_folds.cases("olmo", "loss")
    found["gpqa, source n"] = gpqa_with_source_counts(found["gpqa"])
    found["obsscaling (aside)"] = obsscaling_cases()
    return found


def judged(name: str, folds: list[recipe_folds.RecipeCase]) -> BacktestTable:
    """Return the backtest of one set; blocks of one lineage are ordered as they come."""
    order: dict[str, int] = defaultdict(int)
    cases = []
    for one in folds:
        lineage = one.block.split("|")[0]
        cases.append(
            Case(name, lineage, one.block, order[lineage], one.ladder, one.target, one.observed_k, one.label)
        )
        order[lineage] += 1
    rivals = {rival: baseline.forecast for rival, baseline in BASELINES.items()}
    return run_backtest(cases, default_law, rivals, np.random.default_rng(0))


def summary(name: str, table: BacktestTable, folds: list[recipe_folds.RecipeCase]) -> dict[str, Any]:
    """Return every figure of one set."""
    rng = np.random.default_rng(0)
    law = table.of(LAW)
    best = best_with_hindsight(table, folds[0].label)
    held = coverage(law, rng)
    found = {one.reference: one for one in skills(table, rng)}
    off = {one.reference: one for one in skills(table, rng, off_floor_only=True)}
    return {
        "set": name,
        "label": folds[0].label,
        "blocks": len(folds),
        "cells": law["crps"].count(),
        "crps": law["crps"].mean(),
        "asked": ASKED.get(name),
        "log_score": law["log_score"].mean(),
        "mae": law["absolute_error"].mean(),
        "bias": law["error"].mean(),
        "coverage": {str(level): [one.value, one.lower, one.upper] for level, one in held.items()},
        "best": best,
        "crps_best": table.of(best or LAW)["crps"].mean(),
        "skill_earlier": _figures(found.get(EARLIER)),
        "skill_best": _figures(found.get(best or "")),
        "off_floor_best": _figures(off.get(best or "")),
        "suite": suite(table, folds),
    }


def _figures(one: Skill | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "skill": [one.skill.value, one.skill.lower, one.skill.upper],
        "noise_adjusted": [one.noise_adjusted.value, one.noise_adjusted.lower, one.noise_adjusted.upper],
        "reason": one.noise_adjusted.reason,
        "blocks": one.n_blocks,
        "cells": one.n_cells,
        "p": one.sign_flip.p,
    }


def suite(table: BacktestTable, folds: list[recipe_folds.RecipeCase]) -> dict[str, float]:
    """Return the error of the mean over tasks (points) and the coverage of its 90 % interval."""
    scores = []
    for one in folds:
        forecast_noise = default_law(one.ladder, one.target).noise
        for at, model in enumerate(one.target.models):
            use = one.target.n[at] > 0
            n = one.target.n[at, use]
            rng = np.random.default_rng(at)
            draws = mean_draws(table.joints[model][:, use], n, forecast_noise[use], rng)
            scores.append(score_mean(draws, float((one.observed_k[at, use] / n).mean()), rng))
    return {
        "targets": len(scores),
        "mae": float(np.mean([abs(one.error) for one in scores])),
        "covered_90": float(np.mean(covered(np.array([one.pit for one in scores]), 0.90))),
    }


def main(out: str | None) -> None:
    """Print the figures of every set and the pooled ones."""
    if not recipe_folds.available():
        sys.exit("../shared/data/folds is absent: nothing to score.")
    tables, rows = {}, []
    for name, folds in sets().items():
        tables[name] = judged(name, folds)
        rows.append(summary(name, tables[name], folds))
        sys.stdout.write(line(rows[-1]) + "\n")
        sys.stdout.flush()
    development = ["pythia", "olmo", "gadre", "metr", "gpqa"]
    pools = {
        "development sets": development,
        "development sets, gpqa with source n": [*development[:-1], "gpqa, source n"],
        "kept aside": ["obsscaling (aside)"],
    }
    for title, names in pools.items():
        pool = BacktestTable(pl.concat([tables[name].rows for name in names]))
        test = pooled_test(pool, "forecast", np.random.default_rng(0))
        held = coverage(pool.of(LAW), np.random.default_rng(0))[90]
        rows.append(
            {
                "pool": title,
                "blocks": test.n_blocks,
                "skill_earlier": [test.skill.value, test.skill.lower, test.skill.upper],
                "p_sign_flip": test.sign_flip.p,
                "coverage_90": [held.value, held.lower, held.upper],
            }
        )
        sys.stdout.write(json.dumps(rows[-1]) + "\n")
    if out:
        Path(out).write_text(json.dumps(rows, indent=1) + "\n")


def line(row: dict[str, Any]) -> str:
    """Return one set as a line of text."""
    held, best, earlier = row["coverage"]["90"], row["skill_best"], row["skill_earlier"]
    return (
        f"{row['set']:20s} {row['label']:11s} blocks {row['blocks']:2d} "
        f"crps {row['crps']:.3f} asked {row['asked']} "
        f"ls {row['log_score']:.3f} mae {row['mae']:.2f} bias {row['bias']:+.2f} "
        f"cov {row['coverage']['50'][0]:.2f} {row['coverage']['80'][0]:.2f} {_range(held)} "
        f"| {row['best']} {row['crps_best']:.3f} skill {_range(best['skill'])} "
        f"noise-adjusted {_range(best['noise_adjusted'])} "
        f"off floor {_range((row['off_floor_best'] or {}).get('skill'))} "
        f"| earlier folds {_range(earlier['skill'])} p {earlier['p']} | suite {row['suite']}"
    )


def _range(values: list[float | None] | None) -> str:
    if values is None or values[0] is None:
        return "not defined"
    if values[1] is None or values[2] is None:
        return f"{values[0]:.3f}"
    return f"{values[0]:.3f} [{values[1]:.3f}, {values[2]:.3f}]"


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
