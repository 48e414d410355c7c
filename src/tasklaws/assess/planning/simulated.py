"""Worlds of a user's own design, and how often the whole certificate is right about them.

Sound families follow the design's lines. Copies are one task under many names. A step lifts all tasks of a
family from nearly nothing to nearly all between two middle sizes. Each stands among sound families, and every
model carries a rung shock of its own in each family.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from scipy.special import expit, logit
from scipy.stats import binomtest

from tasklaws.assess.checks.distinct_levels import CHECK
from tasklaws.assess.evidence import Counts, suite_from_counts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.assess.evidence import Evidence
    from tasklaws.assess.planning.design import Design
    from tasklaws.infer.arrays import Floats

Kind = Literal["sound", "copies", "step"]
KINDS: tuple[Kind, ...] = ("sound", "copies", "step")
JUDGED = "judged"
BEFORE, AFTER = 0.05, 0.9
"""Rates on both sides of a step."""


class Share(NamedTuple):
    """A share of worlds with its Clopper-Pearson interval of 95 %."""

    value: float
    lower: float
    upper: float


def share(hits: int, worlds: int) -> Share:
    """Return the share of hits."""
    ends = binomtest(hits, worlds).proportion_ci(0.95, "exact")
    return Share(hits / worlds, float(ends.low), float(ends.high))


def drawn(design: Design, kind: Kind, rng: np.random.Generator) -> Evidence:
    """Return the evidence on a family of that kind, drawn among sound families."""
    x = design.x
    names = [JUDGED, *(f"sound-{i:02d}" for i in range(1, design.families))]
    shocked = [
        expit(logit(_right(design, kind if i == 0 else "sound", rng)) + rng.normal(0, design.shock, len(x)))
        for i in range(design.families)
    ]
    right = np.concatenate(shocked)
    families = tuple(np.repeat(names, design.tasks).tolist())
    counts = _counts(design, right, families, rng)
    suite = suite_from_counts(counts, x, seed=int(rng.integers(2**31)))
    sizes = tuple(f"size-{round(place / design.spacing):02d}" for place in x)
    return replace(suite, sizes=sizes).evidence(JUDGED)


def _right(design: Design, kind: Kind, rng: np.random.Generator) -> Floats:
    """Return the rates above chance, without shocks, of shape (tasks, models)."""
    if kind == "step":
        after = design.x >= design.x[len(design.x) // 2]
        return np.tile(np.where(after, AFTER, BEFORE), (design.tasks, 1))
    line = design.line
    if kind == "copies":
        place = rng.uniform(0, design.x.max())
        level = line.level + design.slope * (place - design.thresholds)
        line = replace(line, level=level)
    hazard = np.exp(np.clip(line.log_hazard(design.x), -20.0, 3.5))
    return np.asarray(np.exp(-hazard))


def _counts(design: Design, right: Floats, families: tuple[str, ...], rng: np.random.Generator) -> Counts:
    rate = design.floor + (1 - design.floor) * right
    nothing = np.zeros(rate.shape)
    tasks, models = rate.shape
    return Counts(
        tuple(f"{family}-{i:03d}" for i, family in enumerate(families)),
        families,
        tuple(f"model-{j:02d}" for j in range(models)),
        rng.binomial(design.samples, rate).astype(float),
        np.full(rate.shape, float(design.samples)),
        nothing,
        nothing,
        np.full(tasks, design.floor),
        np.ones(tasks),
    )


def told_apart(design: Design, worlds: int, seed: int) -> Iterator[tuple[Kind, Share]]:
    """Yield how often C1 is right: passes sound families, and fails copies of one task."""
    asked: tuple[tuple[Kind, bool], ...] = (("sound", True), ("copies", False))
    for number, (kind, right) in enumerate(asked):
        rngs = [np.random.default_rng([seed, number, world]) for world in range(worlds)]
        found = [CHECK.judge(drawn(design, kind, rng), rng).ok for rng in rngs]
        yield kind, share(found.count(right), worlds)
