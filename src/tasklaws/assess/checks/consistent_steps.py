"""C3: whether difficulty grows in even steps, or a cliff parts the tasks.

Difficulties are put on the axis of the ladder, where each has a place at which it is solved half of the time.
A gap wider than a rung hides what comes next: nothing below it moves before the rung that crosses it. The gap
index counts the equal gaps that would be as uneven; it is compared with families of the same design whose
difficulties are uniform at random, estimated from as many answers. A family counts as even where no gap, less
its standard error, is wider than a rung step, however uneven they are. A tenth of the tasks at either end is
set aside: difficulties that thin out, as normal ones do, are no cliff.

Where the paths of the attempts turn over as tasks grow, they name one place, and a cliff is asked for there
too: that has power over few tasks. It counts where the drop, less its standard error, is wider than a step.

The bare index of all gaps stands beside the verdict; its null is Dirichlet's distribution.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.check import Chart, Check, Column, Finding, unknown
from tasklaws.assess.checks._cliff_words import cliff_chart, cliff_details, cliff_text
from tasklaws.assess.checks._declared_cliff import declared_cliff
from tasklaws.assess.checks._rungs import DRAWS, Rungs, alike, rungs_of
from tasklaws.theory.thresholds import gap_index, just_ahead

if TYPE_CHECKING:
    from tasklaws.assess.checks._declared_cliff import Drop
    from tasklaws.assess.evidence import Evidence
    from tasklaws.infer.arrays import Floats

LEVEL = 0.05
QUANTILE = 1.645
LEAST_TASKS = 5
"""With fewer gaps than four, none but the sheerest cliff differs from chance."""
LEAST_RANGE = 3.0
"""Range of the difficulties in units of their mean error, below which there are no steps to speak of."""
AHEAD = 10
"""Tasks within the next step that a forecast of the next rung asks for."""
ENDS = 10
"""One task in so many is set aside at either end."""
NAMED = 0.8
"""Share of the level that goes to the place that paths name, where there is one: it has the power."""
LEAST = 1e-9


@dataclass(frozen=True)
class Gaps:
    """How even the steps are."""

    index: float
    number: int
    widest: float
    """In rung steps."""
    between: tuple[int, int]
    """Places of the two tasks beside the widest gap."""
    p: float
    fifth: float
    """5 % quantile of the index under the null."""


def judge(evidence: Evidence, rng: np.random.Generator) -> Finding:
    """Return whether the family's difficulties grow in steps without a cliff."""
    rungs = rungs_of(evidence)
    if isinstance(rungs, Finding):
        return rungs
    drop = declared_cliff(rungs, evidence, rng)
    if drop is None:
        return by_gaps(rungs, evidence, rng)
    return both(by_gaps(rungs, evidence, rng, 1 - NAMED), drop, rungs)


def both(anywhere: Finding, drop: Drop, rungs: Rungs) -> Finding:
    """Return the finding of a cliff anywhere and of one where paths turn; either fails the family."""
    p = drop.p if anywhere.p is None else min(1.0, drop.p / NAMED)
    details = {**anywhere.details, "declared": cliff_details(drop, rungs)}
    if p > LEVEL or (anywhere.p is not None and anywhere.p < p):
        return replace(anywhere, p=anywhere.p and min(anywhere.p, p), details=details)
    text, half = cliff_text(drop, rungs, p), QUANTILE * drop.error
    return Finding(
        ok=False, text=text, statistic=drop.size, lower=drop.size - half, upper=drop.size + half, p=p,
        details=details, chart=cliff_chart(text, drop, rungs),
    )  # fmt: skip


def by_gaps(rungs: Rungs, evidence: Evidence, rng: np.random.Generator, share: float = 1.0) -> Finding:
    """Return whether a cliff parts the tasks, wherever it is, at this `share` of the level (Bonferroni)."""
    on = on_ladder(rungs)
    if len(on) < LEAST_TASKS:
        text = f"Only {len(on)} tasks have a difficulty between those of the weakest and the best model."
        return unknown(f"{LEAST_TASKS - len(on)} more tasks on the ladder", text, **_ahead(rungs))
    extent = true_range(rungs, on)
    if extent < LEAST_RANGE * rungs.fit.difficulty_se[on].mean():
        text = f"The {len(on)} tasks are too alike to have steps; whether they are copies is asked by C1."
        return unknown("steps: tasks of other difficulty, or more attempts", text, **_ahead(rungs))
    found = gaps(rungs, on, extent, rng)
    p = min(1.0, found.p / share)
    ok = p > LEVEL
    text = _text(ok, found)
    every = {"index_of_all_gaps": gap_index(rungs.fit.difficulty[on]), "all_gaps": len(on) - 1}
    details = _details(found, rungs) | every | _ahead(rungs)
    return Finding(
        ok, text, statistic=found.index, p=p, details=details, chart=_chart(text, rungs, evidence)
    )  # fmt: skip


def on_ladder(rungs: Rungs) -> Floats:
    """Return the tasks with a difficulty between those of the weakest and the best model, easiest first."""
    b, ability = rungs.fit.difficulty, rungs.fit.ability
    order = np.argsort(b, kind="stable")
    return np.asarray(order[(b[order] >= ability.min()) & (b[order] <= ability.max())])


def true_range(rungs: Rungs, on: Floats) -> float:
    """Return the range of the difficulties, less what chance of answers adds to it, in logits."""
    b, se = rungs.fit.difficulty[on], rungs.fit.difficulty_se[on]
    share = 1 - (se**2).mean() / max(b.var(ddof=1), LEAST)
    return float(np.ptp(b) * np.sqrt(max(0.0, share)))


def gaps(rungs: Rungs, on: Floats, extent: float, rng: np.random.Generator) -> Gaps:
    """Return how even the gaps are, against difficulties that are uniform at random over `extent` logits."""
    b = rungs.fit.difficulty
    lowest = (b[on].max() + b[on].min() - extent) / 2
    drawn = np.tile(b, (DRAWS, 1))
    inner = rng.uniform(size=(DRAWS, len(on) - 2))
    drawn[:, on] = lowest + extent * np.column_stack([np.zeros(DRAWS), inner, np.ones(DRAWS)])
    fit, slopes = alike(rungs, drawn, rng)
    null, _ = evenness(fit.difficulty[:, on], fit.difficulty_se[:, on], slopes * rungs.spacing)
    statistic, widths = evenness(b[on], rungs.fit.difficulty_se[on], np.asarray(rungs.step))
    at = int(widths.argmax())
    core = on[len(on) // ENDS :]
    return Gaps(
        float(index_of(widths)),
        len(widths),
        float(widths[at]),
        (int(core[at]), int(core[at + 1])),
        float(((null <= statistic).sum() + 1) / (DRAWS + 1)),
        float(np.quantile(null, LEVEL)),
    )


def evenness(difficulty: Floats, error: Floats, step: Floats) -> tuple[Floats, Floats]:
    """Return the gap index and the gaps in steps, ends set aside; all gaps where none is surely above a step.

    Args:
        difficulty: in logits, of shape (..., tasks).
        error: standard error of each, of the same shape.
        step: logits from one rung to the next, of shape (...).
    """
    ends = difficulty.shape[-1] // ENDS
    order = np.argsort(difficulty, axis=-1)[..., ends : difficulty.shape[-1] - ends]
    core, noise = (np.take_along_axis(of, order, axis=-1) for of in (difficulty, error))
    widths = np.diff(core, axis=-1)
    surely = widths - np.hypot(noise[..., 1:], noise[..., :-1])
    wide = surely.max(-1) > step
    return np.where(wide, index_of(widths), widths.shape[-1]), widths / np.maximum(step, LEAST)[..., None]


def index_of(widths: Floats) -> Floats:
    """Return (sum g)^2 / sum g^2 of gaps, over the last axis."""
    return np.asarray(widths.sum(-1) ** 2 / np.maximum((widths**2).sum(-1), LEAST))


def _text(ok: bool, found: Gaps) -> str:
    equal = f"{found.number} gaps as uneven as {found.index:.1f} equal ones"
    figures = f"{equal}, the widest of {found.widest:.1f} rung steps"
    if not ok:
        return f"A cliff parts the tasks, and what lies above it shows no sign before ({figures})."
    if found.widest > 1:
        return f"The steps between tasks are as even as chance makes them ({figures})."
    return f"The steps between tasks are narrower than a rung ({figures})."


def _details(found: Gaps, rungs: Rungs) -> dict[str, Any]:
    low, high = found.between
    error = QUANTILE * float(np.hypot(*rungs.fit.difficulty_se[[low, high]])) / rungs.step
    return {
        "gaps": found.number,
        "consistency": found.index / found.number,
        "index_5_percent": found.fifth,
        "widest_gap_steps": found.widest,
        "widest_gap_error": error,
        "widest_gap_between": [rungs.counts.tasks[low], rungs.counts.tasks[high]],
        "shock_sd": rungs.shock.sd,
    }


def _ahead(rungs: Rungs) -> dict[str, Any]:
    """Return how many tasks the next rung would begin to solve, as far as their difficulty is known."""
    return {
        "rung_step": rungs.spacing,
        "just_ahead": just_ahead(rungs.place, float(rungs.x.max()), rungs.spacing),
        "just_ahead_asked": AHEAD,
        "never_solved": int((rungs.counts.k.sum(axis=1) == 0).sum()),
    }


def _chart(title: str, rungs: Rungs, evidence: Evidence) -> Chart:
    order = np.argsort(rungs.place, kind="stable")
    half = QUANTILE * rungs.fit.difficulty_se / rungs.slope
    return Chart(
        title,
        "Place on the ladder where each task is solved half of the time, with its 90 % interval; the line is"
        " the best model.",
        tuple(_row(rungs, i, at, half) for at, i in enumerate(order, start=1)),
        Column("place", "task, easiest first"),
        Column("threshold", f"{evidence.suite.axis}, {evidence.suite.unit}"),
        interval=("lower", "upper"),
        reference=float(rungs.x.max()),
    )


def _row(rungs: Rungs, i: int, place: int, half: Floats) -> dict[str, Any]:
    at = float(rungs.place[i])
    ends = {"lower": at - float(half[i]), "upper": at + float(half[i])}
    return {"place": place, "task": rungs.counts.tasks[i], "threshold": at, **ends}


CHECK = Check(
    "consistent_steps",
    diagnostic="D3",
    letter="C3",
    summary="does difficulty grow in even steps along the ladder, or does a cliff part the tasks",
    source="formal model, D3, P17 and P20",
    status="emerging",
    judge=judge,
)
