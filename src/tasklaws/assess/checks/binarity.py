"""D7, C6: are a family's answers all or nothing, so that no score of them says more than right or wrong?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.check import Chart, Check, Column, Finding, does_not_apply, unknown
from tasklaws.assess.checks._all_or_nothing import BAR, DRAWS, Binarity, binarity
from tasklaws.assess.metric_table import measured
from tasklaws.infer.irt import rasch

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Evidence
    from tasklaws.assess.metric_table import Measured
    from tasklaws.infer.arrays import Floats

MIDDLE = 0.1, 0.9
"""Share of what is not chance that a model gets right of a task that tells."""
SURELY = 1.645
"""Standard errors beyond which the smallest models do not only guess."""


def judge(evidence: Evidence, rng: np.random.Generator) -> Finding:
    """Return whether some score of the answers is partial where the target is in its middle."""
    if not evidence.counts.tasks:
        return does_not_apply("The target is graded, so its answers are partly right already.")
    known = {name: one for name, one in measured(evidence).items() if one.kind == "output" and one.graded}
    if not known:
        return does_not_apply("Only scores of right or wrong are recorded, which cannot tell.")
    if not middling(evidence).any():
        return unknown(
            "tasks that a model solves some of the time",
            f"No task of {evidence.family} is solved between 10 and 90 % of the time by any model.",
        )
    judged = {name: binarity_of(evidence, one, rng) for name, one in known.items()}
    told = {name: found for name, found in judged.items() if found is not None}
    if not told:
        return unknown(
            "two or more attempts of each model at each task, one by one",
            f"How far partial scores of {evidence.family} vary between attempts is not known.",
        )
    return _finding(evidence.family, told)


def _earned(evidence: Evidence) -> Floats:
    """Return the share of what is not chance that each model gets right of each task; NaN if not asked."""
    floor = evidence.counts.floor[:, None]
    return np.asarray((evidence.counts.rate - floor) / (1 - floor))


def middling(evidence: Evidence) -> np.ndarray:
    """Return whether a task is solved some of the time by a model, of shape (tasks, models).

    By the rate that abilities and difficulties give it: a rate of its own few attempts would choose the cells
    that vary by luck.
    """
    counts = evidence.counts
    fitted = rasch.fit(counts.k, counts.n, counts.floor).rate(counts.floor)
    earned = (fitted - counts.floor[:, None]) / (1 - counts.floor[:, None])
    return np.asarray((counts.n > 0) & (earned >= MIDDLE[0]) & (earned <= MIDDLE[1]))


def _guessers(evidence: Evidence) -> np.ndarray:
    """Return the places of the models of the smallest size, unless they surely solve a tenth."""
    counts, sizes = evidence.counts, evidence.suite.sizes
    asked = np.flatnonzero(counts.n.sum(axis=0) > 0)
    first = [i for i in asked if sizes[i] == sizes[asked[0]]]
    n, floor = counts.n[:, first], counts.floor[:, None]
    solved = (np.nan_to_num(_earned(evidence)[:, first]) - MIDDLE[0]) * n
    tenth = floor + (1 - floor) * MIDDLE[0]
    error = np.sqrt((n * tenth * (1 - tenth) / (1 - floor) ** 2).sum())
    return np.array(first if solved.sum() < SURELY * error else [], dtype=int)


def binarity_of(evidence: Evidence, one: Measured, rng: np.random.Generator) -> Binarity | None:
    """Return the binarity of one metric; None where nothing tells it."""
    at = {task: i for i, task in enumerate(evidence.counts.tasks)}
    middle, own = np.zeros(one.n.shape, dtype=bool), middling(evidence)
    for row, task in enumerate(one.tasks):
        middle[row] = own[at[task]] if task in at else False
    guessers = _guessers(evidence) if middle.any() else np.empty(0, int)
    middle[:, guessers] = False
    return (
        binarity(one.attempts, middle, guessers, rng) if one.attempts is not None and middle.any() else None
    )


def _finding(family: str, told: dict[str, Binarity]) -> Finding:
    """Return the finding by the metric that is least all-or-nothing, the smallest upper end first."""
    name = min(told, key=lambda one: told[one].upper)
    best = told[name]
    all_fail = all(one.lower > BAR for one in told.values())
    ok = True if best.upper < BAR else (False if all_fail else None)
    says = {True: "are partly right", False: "are all or nothing", None: "may be all or nothing"}[ok]
    text = (
        f"Answers of {family} {says}: by {name} they vary {100 * best.value:.0f} % as much as answers that "
        f"are right or guessed ({100 * best.lower:.0f} to {100 * best.upper:.0f} %); "
        f"above {100 * BAR:.0f} % no score of answers foretells accuracy."
    )
    return Finding(
        ok,
        text,
        best.value,
        best.lower,
        best.upper,
        p=max(one.p for one in told.values()),
        reason="more attempts at tasks of middling accuracy" if ok is None else None,
        details={"bar": BAR, "draws": DRAWS, "metrics": {key: _facts(one) for key, one in told.items()}},
        chart=_chart(family, says, told),
    )


def _facts(one: Binarity) -> dict[str, Any]:
    return {"binarity": one.value, "lower": one.lower, "upper": one.upper, "p": one.p, "cells": one.cells}


def _chart(family: str, says: str, told: dict[str, Binarity]) -> Chart:
    rows = [
        {"metric": name, "binarity": b.value, "low": b.lower, "high": b.upper} for name, b in told.items()
    ]
    return Chart(
        f"Answers of {family} {says}",
        f"Variance of scores as a share of the most there can be, with 90 % intervals; the line is {BAR:g}.",
        tuple(rows),
        Column("metric", "metric"),
        Column("binarity", "binarity", share=True),
        interval=("low", "high"),
        reference=BAR,
    )


CHECK = Check(
    "binarity",
    "D7",
    "C6",
    "whether answers are all or nothing, so that no score of them can replace right or wrong",
    "formal model, D7 and P6",
    "emerging",
    judge,
)
