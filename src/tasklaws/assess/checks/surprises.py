"""D12: tasks of the last models that came out otherwise than the rungs below them foretold."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.check import Chart, Check, Column, Finding, unknown
from tasklaws.assess.selection import LEAST_RUNGS, LEAST_SIZES
from tasklaws.assess.surprises import RATE, find_surprises
from tasklaws.infer.arrays import LadderArrays, TargetArrays
from tasklaws.infer.law import default_law

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Evidence, Suite
    from tasklaws.assess.surprises import Surprises

KEPT = 4
"""Suites whose forecast of the last rung is remembered."""


@lru_cache(maxsize=KEPT)
def last_rung(suite: Suite) -> dict[str, Surprises] | None:
    """Return the surprises of each model of the last size, forecast from all below; None on a short ladder.

    The forecasts are retrodictions: they are made anew from the counts of the smaller models.
    """
    last = suite.sizes[-1] if suite.sizes else None
    targets = [i for i, size in enumerate(suite.sizes) if size == last]
    below = [i for i, size in enumerate(suite.sizes) if size != last]
    if len(below) < LEAST_RUNGS or len({suite.sizes[i] for i in below}) < LEAST_SIZES:
        return None
    counts, x = suite.counts, suite.x[:, None]
    if not counts.tasks:
        return None
    learnt = counts.models_at(below)
    identical = bool(suite.tasks.height and suite.tasks["identical_items"].fill_null(value=False).all())
    ladder = LadderArrays(
        counts.tasks,
        counts.families,
        learnt.models,
        learnt.k,
        learnt.n,
        counts.floor,
        counts.ceiling,
        x[below],
        suite.x[below],
        tuple(suite.sizes[i] for i in below),
        "release" if suite.unit == "years" else "size",
        identical,
    )
    asked = counts.models_at(targets)
    forecast = default_law(ladder, TargetArrays(asked.models, x[targets], suite.x[targets], asked.n.T))
    rng = np.random.default_rng([suite.seed, len(below)])
    return {
        model: find_surprises(forecast, at, counts.tasks, asked.n[:, at], asked.k[:, at], rng)
        for at, model in enumerate(asked.models)
    }


def judge(evidence: Evidence, rng: np.random.Generator) -> Finding:  # noqa: ARG001
    """Return which of the family's tasks surprised when the last models were forecast from the others."""
    found = last_rung(evidence.suite)
    if found is None:
        return unknown(
            f"{LEAST_RUNGS} models of {LEAST_SIZES} sizes below the last",
            "Surprises were not looked for: the ladder is too short to forecast its last rung.",
        )
    own = set(evidence.counts.tasks)
    rows = [
        {"model": model, **row}
        for model, one in found.items()
        for row in one.rows.to_dicts()
        if row["task_id"] in own and row["p"] is not None
    ]
    if not rows:
        return unknown("results of the last models at this family", "No task of the last models has scores.")
    return _finding(evidence, rows, found)


def _finding(evidence: Evidence, rows: list[dict[str, Any]], found: dict[str, Surprises]) -> Finding:
    odd = [row for row in rows if row["surprise"]]
    models = ", ".join(found)
    told = "; ".join(f"{row['task_id']} of {row['model']} {row['direction']}" for row in odd[:3])
    which = f": {told}{', ...' if len(odd) > 3 else ''}" if odd else ""  # noqa: PLR2004
    text = (
        f"Forecast from the rungs below, {len(odd)} of {len(rows)} scores of {models} surprised at a false "
        f"discovery rate of {RATE:.0%}{which}."
    )
    shocks = {
        model: {"points": one.shock.points, "p": one.shock.p, "reason": one.shock.reason}
        for model, one in found.items()
    }
    return Finding(
        ok=not odd,
        text=text,
        statistic=float(len(odd)),
        p=min(1.0, min(row["p"] for row in rows) * len(rows)),
        details={
            "surprises": [
                {name: row[name] for name in ("model", "task_id", "direction", "p", "q")} for row in odd
            ],
            "rung_shock": shocks,
        },
        chart=Chart(
            f"{len(odd)} of {len(rows)} scores of the last rung surprise in {evidence.family}",
            "Where each score fell in its forecast from the rungs below, the shift that all tasks of a model "
            "share taken out; what is close to 0 or to 1 surprises.",
            tuple({name: row[name] for name in ("task_id", "model", "pit", "q")} for row in rows),
            Column("task_id", "task"),
            Column("pit", "place in its forecast"),
            colour=Column("model", "model"),
            reference=0.5,
        ),
    )


CHECK = Check(
    "surprises",
    "D12",
    None,
    "tasks of the last models that the rungs below did not foretell, what all tasks share apart",
    source="formal model D12 and 0b.2; Benjamini & Hochberg 1995",
    status="emerging",
    judge=judge,
)
