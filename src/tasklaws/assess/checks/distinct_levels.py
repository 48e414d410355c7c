"""C1: whether the tasks of a family differ in difficulty by more than the rungs do.

Copies of one task are solved by the same models, however many there are: one threshold, which no law leads
up to. What counts is the standard deviation of these tasks' own difficulties, chance of answers taken out,
against the distance of neighbouring sizes. The verdict is a test at the margin of half a step, from families
of the same design at that margin; its interval takes the ratio of the observed variance to its expectation to
be spread elsewhere as it is at the margin. Strata and correlations stand beside it.

Chance alone makes one family in twenty look too alike. Where it would make copies look so hardly more often,
nothing is condemned.

Source: formal model, 0b.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.check import Chart, Check, Column, Finding
from tasklaws.assess.checks._rungs import DRAWS, Rungs, alike, rungs_of
from tasklaws.assess.correlation import correlations, homogeneity, strata

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Evidence
    from tasklaws.infer.arrays import Floats

MARGIN = 0.5
"""Least standard deviation of difficulty, in rung steps."""
LEVEL = 0.05
QUANTILE = 1.645
LEAST_POWER = 0.25
"""Least share of copies that the test has to find at this design."""
LEAST_STEP = 1e-6
MOST_FACTOR = 1000


@dataclass(frozen=True)
class Spread:
    """Standard deviation of difficulty in rung steps, and what it was compared with."""

    sd: float
    lower: float
    upper: float
    narrow: float
    """p of the null that the tasks are spread by the margin or more; 1 where copies would not be told."""
    wide: float
    """p of the null that they are not."""
    noise: float
    """Variance of a difficulty by chance of answers, in squared steps."""


def judge(evidence: Evidence, rng: np.random.Generator) -> Finding:
    """Return whether the family's tasks are spread by at least half a rung step."""
    rungs = rungs_of(evidence)
    if isinstance(rungs, Finding):
        return rungs
    found = spread(rungs, rng)
    ok = True if found.wide <= LEVEL else False if found.narrow <= LEVEL else None
    text = _text(ok, found, rungs)
    return Finding(
        ok,
        text,
        statistic=found.sd,
        lower=found.lower,
        upper=found.upper if np.isfinite(found.upper) else None,
        p=found.narrow,
        reason=missing(found, rungs) if ok is None else None,
        details=_details(found, rungs) | correlations(rungs.counts, evidence, rng),
        chart=_chart(text, rungs),
    )


def spread(rungs: Rungs, rng: np.random.Generator) -> Spread:
    """Return how far the difficulties are spread, in rung steps, against families spread by the margin."""
    shape = rng.standard_normal((DRAWS, len(rungs.counts.tasks)))
    shape = (shape - shape.mean(axis=1, keepdims=True)) / shape.std(axis=1, ddof=1, keepdims=True)
    margin = MARGIN * rungs.step
    at_margin, slopes = variances(rungs, margin * shape, rng)
    copies = _steps(*variances(rungs, 0 * shape, rng), rungs)
    noise = max(0.0, float(at_margin.mean()) - margin**2) / rungs.step**2
    null = _steps(at_margin, slopes, rungs)
    seen = float(rungs.fit.difficulty.var(ddof=1)) / rungs.step**2
    edge = round(LEVEL * (DRAWS + 1))
    ranks = ((DRAWS + 1) // 2, DRAWS + 1 - edge, edge)
    sd, lower, upper = (_end(seen, float(null[rank - 1]), noise) for rank in ranks)
    able = bool((copies < null[edge - 1]).mean() >= LEAST_POWER)
    narrow, wide = _tail(null <= seen), _tail(null >= seen)
    return Spread(sd, lower, upper if able else np.inf, narrow if able else 1.0, wide, noise)


def variances(rungs: Rungs, off: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the variance of the estimated difficulties, and the slopes, of families spread by `off`."""
    fit, slopes = alike(rungs, rungs.middle + off, rng)
    return fit.difficulty.var(axis=1, ddof=1), slopes


def _steps(variance: Floats, slopes: Floats, rungs: Rungs) -> Floats:
    return np.sort(variance / np.maximum(slopes * rungs.spacing, LEAST_STEP) ** 2)


def _tail(beyond: np.ndarray) -> float:
    return float(beyond.sum() + 1) / (DRAWS + 1)


def _end(seen: float, at_margin: float, noise: float) -> float:
    """Return the spread at which `seen` would lie where `at_margin` lies when the spread is the margin."""
    if at_margin <= 0:
        return np.inf
    return sqrt(max(0.0, seen * (MARGIN**2 + noise) / at_margin - noise))


def missing(found: Spread, rungs: Rungs) -> str:
    """Return what would tell: attempts, while chance of answers is what hides the spread; else sizes.

    The observed variance strays by sqrt(2 / (tasks - 1)) sqrt(e^2 + 2 e s^2), with e the noise of a
    difficulty and s^2 its spread; e falls as attempts grow. It has to stray less than s^2 is off the margin.
    """
    s2 = found.sd**2
    off = abs(s2 - MARGIN**2) / QUANTILE
    allowed = sqrt(s2**2 + (len(rungs.counts.tasks) - 1) / 2 * off**2) - s2
    factor = found.noise / allowed if allowed > 0 else np.inf
    if factor > MOST_FACTOR:
        return "the spread is too near to half a rung step to be told from it: tasks of other difficulty"
    if factor <= 1:
        return "how far apart the rungs are is not known: more sizes of models, or more seeds of each"
    n = float(np.median(rungs.counts.n[rungs.counts.n > 0]))
    return f"about {ceil(n * factor):,} attempts of each model at each task, where {n:g} are at hand"


def _text(ok: bool | None, found: Spread, rungs: Rungs) -> str:
    tasks = len(rungs.counts.tasks)
    upper = f"{found.upper:.2f}" if np.isfinite(found.upper) else "any"
    figures = f"standard deviation {found.sd:.2f} rung steps, 90 % interval {found.lower:.2f} to {upper}"
    if ok is None:
        return f"Whether the {tasks} tasks differ by half a rung step cannot be told ({figures})."
    if ok:
        return f"The {tasks} tasks differ in difficulty by at least half a rung step ({figures})."
    return f"The {tasks} tasks are nearly of one difficulty, so they are solved together ({figures})."


def _details(found: Spread, rungs: Rungs) -> dict[str, Any]:
    g, h = strata(rungs.fit.difficulty, rungs.fit.difficulty_se)
    return {
        "rung_step_logits": rungs.step,
        "margin_steps": MARGIN,
        "p_spread_below_margin": found.wide,
        "tasks": len(rungs.counts.tasks),
        "tasks_decided_by_limits": rungs.left_out,
        "separation": float(g),
        "strata": float(h),
        "homogeneity": homogeneity(rungs.counts.k, rungs.counts.n),
        "shock_sd": rungs.shock.sd,
    }


def _chart(title: str, rungs: Rungs) -> Chart:
    order = np.argsort(rungs.fit.difficulty, kind="stable")
    steps = (rungs.fit.difficulty - rungs.middle) / rungs.step
    half = QUANTILE * rungs.fit.difficulty_se / rungs.step
    return Chart(
        title,
        "Difficulty of each task in rung steps, from the family's mean, with its 90 % interval.",
        tuple(_row(rungs, i, at, steps, half) for at, i in enumerate(order, start=1)),
        Column("place", "task, easiest first"),
        Column("difficulty", "difficulty, rung steps"),
        interval=("lower", "upper"),
        reference=0.0,
    )


def _row(rungs: Rungs, i: int, place: int, steps: Floats, half: Floats) -> dict[str, Any]:
    ends = {"lower": float(steps[i] - half[i]), "upper": float(steps[i] + half[i])}
    return {"place": place, "task": rungs.counts.tasks[i], "difficulty": float(steps[i]), **ends}


CHECK = Check(
    "distinct_levels",
    diagnostic="D1",
    letter="C1",
    summary="do the tasks differ in difficulty by more than half a rung, or are they copies of one task",
    source="formal model, D1 as corrected in 0b.1",
    status="emerging",
    judge=judge,
)
