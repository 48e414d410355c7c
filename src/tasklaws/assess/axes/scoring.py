"""Rows and pairs: what axes score on held-out counts, against no axis and against each other.

Families are the blocks: their tasks share what is not known of them. Intervals resample families, tests flip
the signs of whole families' differences. They speak of other families of this kind and of these models; that
other models would do alike is not told by them.

Percentiles of few blocks lie too close together, so the level is raised by how much wider Student's law is
than the normal one.

Source: Hesterberg, The American Statistician 2015, doi:10.1080/00031305.2015.1089789 (expanded percentiles).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.special import ndtr, stdtrit
from scipy.stats import kendalltau

from tasklaws.assess.axes.values import REFERENCE
from tasklaws.assess.blocks import LEAST_BLOCKS, Interval, block_sums, bootstrap, sign_flip_test

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tasklaws.assess.axes.hold_out import Scored
    from tasklaws.assess.axes.values import Axis
    from tasklaws.assess.evidence import Counts
    from tasklaws.infer.arrays import Floats

Task = Literal["new_models", "new_tasks"]
LEVEL = 0.9
LEAST_RESAMPLED = 2
LEAST_AGREEING = 3
"""Tasks from which a rank agreement is told."""
NO_CELLS = "no held-out cell could be forecast"
NOTHING: dict[str, Any] = dict.fromkeys(
    ("log_score", "crps", "skill", "lower", "upper", "gain", "gain_lower", "gain_upper", "p")
) | {"n": 0, "cells": 0, "blocks": 0, "models": 0, "other_limits": None}


@dataclass(frozen=True, eq=False)
class Compared:
    """Two axes on the cells that both forecast; sums of each family, of shape (families, columns)."""

    sums: Floats
    """CRPS of the one and of the other, their log scores, cells and attempts."""
    models: int

    @classmethod
    def of(cls, counts: Counts, one: Scored, other: Scored) -> Compared:
        """Return two axes on their common cells."""
        both = one.there & other.there
        columns = [one.crps, other.crps, one.log_score, other.log_score, np.ones_like(counts.n), counts.n]
        family = np.broadcast_to(np.asarray(counts.families)[:, None], both.shape)[both]
        values = np.column_stack([column[both] for column in columns])
        return cls(block_sums(values, family), int(both.any(0).sum()))

    @property
    def blocks(self) -> int:
        """Return the number of families."""
        return len(self.sums)

    def interval(self, kind: Literal["skill", "crps", "gain"], rng: np.random.Generator) -> Interval:
        """Return skill, less CRPS (points), or more log score of an attempt (nats), of the one axis."""
        return bootstrap(self.sums, STATISTICS[kind], rng, expanded(self.blocks))

    def p(self, rng: np.random.Generator) -> tuple[float | None, str | None]:
        """Return p of the null that families go either way alike, and why there is none."""
        test = sign_flip_test(self.sums[:, 0] - self.sums[:, 1], rng)
        return test.p, test.reason


def expanded(blocks: int, level: float = LEVEL) -> float:
    """Return the level of percentiles that makes up for how few blocks are resampled."""
    if blocks < LEAST_RESAMPLED:
        return level
    wide = stdtrit(blocks - 1, (1 + level) / 2) * np.sqrt(blocks / (blocks - 1))
    return float(2 * ndtr(wide) - 1)


def _skill(total: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 - total[..., 0] / total[..., 1])


STATISTICS = {
    "skill": _skill,
    "crps": lambda total: (total[..., 0] - total[..., 1]) / total[..., 4],
    "gain": lambda total: (total[..., 2] - total[..., 3]) / total[..., 5],
}


def row(
    axis: Axis, task: Task, counts: Counts, scored: Mapping[str, Scored], rng: np.random.Generator
) -> dict[str, Any]:
    """Return what an axis scores, and its skill against no axis."""
    found = Compared.of(counts, scored[axis.name], scored[REFERENCE])
    if not found.blocks:
        return empty(axis, task, axis.reason or NO_CELLS)
    total = found.sums.sum(0)
    base = {
        "axis": axis.name,
        "task": task,
        "unit": axis.unit,
        "log_score": float(total[2] / total[5]),
        "crps": float(total[0] / total[4]),
        "n": int(total[5]),
        "cells": int(total[4]),
        "blocks": found.blocks,
        "models": found.models,
    }
    if axis.name == REFERENCE:
        return NOTHING | base | {"skill": 0.0, "status": "reference", "reason": None, "verdict": None}
    skill, gain = (found.interval(kind, rng) for kind in ("skill", "gain"))
    p, reason = found.p(rng)
    return (
        NOTHING
        | base
        | {
            "skill": skill.value,
            "lower": skill.lower,
            "upper": skill.upper,
            "gain": gain.value,
            "gain_lower": gain.lower,
            "gain_upper": gain.upper,
            "p": p,
            "status": "ok" if found.blocks >= LEAST_BLOCKS else "few_blocks",
            "reason": _joined(reason, skill.reason, axis.reason),
            "verdict": verdict(skill, found.blocks),
        }
    )


def _joined(*reasons: str | None) -> str | None:
    return "; ".join(dict.fromkeys(reason for reason in reasons if reason)) or None


def verdict(skill: Interval, blocks: int) -> str:
    """Return ``better``, ``worse`` or ``not told``, where above 0 is better."""
    if blocks < LEAST_BLOCKS or skill.lower is None or skill.upper is None:
        return "not told"
    return "better" if skill.lower > 0 else "worse" if skill.upper < 0 else "not told"


def empty(axis: Axis, task: Task, reason: str) -> dict[str, Any]:
    """Return the row of an axis that forecasts nothing."""
    named = {"axis": axis.name, "task": task, "unit": axis.unit}
    return named | NOTHING | {"status": "undefined", "reason": reason, "verdict": "not told"}


def pairs(
    task: Task, counts: Counts, scored: Mapping[str, Scored], rng: np.random.Generator
) -> Iterator[dict[str, Any]]:
    """Yield the differences of all pairs of axes on their common cells: below 0 points, `a` is better."""
    for (a, one), (b, other) in combinations(scored.items(), 2):
        found = Compared.of(counts, one, other)
        if not found.blocks:
            continue
        crps, gain = (found.interval(kind, rng) for kind in ("crps", "gain"))
        p, reason = found.p(rng)
        yield {
            "task": task,
            "a": a,
            "b": b,
            "crps_difference": crps.value,
            "lower": crps.lower,
            "upper": crps.upper,
            "log_difference": gain.value,
            "log_lower": gain.lower,
            "log_upper": gain.upper,
            "p": p,
            "n": int(found.sums[:, 5].sum()),
            "blocks": found.blocks,
            "reason": _joined(reason, crps.reason),
        }


def agreement(axes: Sequence[Axis]) -> Iterator[dict[str, Any]]:
    """Yield Kendall's tau_b of all pairs of axes, over the tasks that have a place on both."""
    placed = [axis for axis in axes if np.isfinite(axis.value).any()]
    for one, other in combinations(placed, 2):
        both = np.isfinite(one.value) & np.isfinite(other.value)
        named = {"a": one.name, "b": other.name, "tasks": int(both.sum())}
        enough = both.sum() >= LEAST_AGREEING
        tau = float(kendalltau(one.value[both], other.value[both]).statistic) if enough else float("nan")
        reason = None if np.isfinite(tau) else f"fewer than {LEAST_AGREEING} tasks, or one place for all"
        yield named | {"tau_b": tau if np.isfinite(tau) else None, "reason": reason}
