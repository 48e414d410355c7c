"""D11, C6: does the target move on enough sizes to show a law, and over which link is that law a line?"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import binom

from tasklaws.assess.check import ALPHA, Chart, Check, Column, Finding, does_not_apply, unknown
from tasklaws.assess.link_weights import link_weights
from tasklaws.core.proportions import clopper_pearson
from tasklaws.theory.resolution import best, informative_range, rate_of, samples

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Evidence
    from tasklaws.infer.arrays import Floats

NEEDED = 3
"""Informative sizes: fewer show no curvature."""
LEAST = 10
"""Attempts without which a size is not counted."""
ERROR = 0.2
"""Standard error of log hazard that a price is stated for."""


@dataclass(frozen=True)
class Sizes:
    """A family's answers by size, seeds pooled."""

    x: Floats
    k: Floats
    n: Floats
    floor: float
    span: tuple[float, float]
    """Lowest and highest rate at which an answer tells a quarter of the most it can."""

    @property
    def informative(self) -> np.ndarray:
        """Return at which sizes answers tell something: inside the span, and off chance."""
        rate = self.k / self.n
        inside = (rate >= self.span[0]) & (rate <= self.span[1]) & (self.n >= LEAST)
        return np.asarray(inside & (binom.sf(self.k - 1, self.n, self.floor) <= ALPHA))

    @property
    def inside(self) -> Floats:
        """Return p of each size: that its rate lies within the span."""
        low, high = self.span
        rate = self.k / self.n
        below, above = binom.cdf(np.floor(self.k), self.n, low), binom.sf(np.ceil(self.k) - 1, self.n, high)
        return np.where(rate < low, below, np.where(rate > high, above, 1.0))


def sizes_of(evidence: Evidence, x: Floats | None = None) -> Sizes | None:
    """Return a family's answers by size, in the order of `x`; None where there are none."""
    counts, names = evidence.counts, np.asarray(evidence.suite.sizes)
    place = evidence.x if x is None else x
    asked = counts.n.sum(axis=0) > 0
    if not asked.any():
        return None
    told = sorted({str(one) for one in names[asked]}, key=lambda one: float(place[names == one].mean()))
    member = np.array([names == one for one in told], dtype=float)
    k, n = member @ counts.k.sum(axis=0), member @ counts.n.sum(axis=0)
    floor = float((counts.floor * counts.n.sum(axis=1)).sum() / counts.n.sum())
    where = np.array([float(place[(names == one) & asked].mean()) for one in told])
    return Sizes(where, np.rint(k), np.rint(n), floor, informative_range(floor))


def judge(evidence: Evidence, rng: np.random.Generator) -> Finding:  # noqa: ARG001  nothing is drawn
    """Return whether the target is informative at three sizes or more."""
    if not evidence.counts.tasks:
        return does_not_apply("The target is graded, so rates of right answers do not say what it tells.")
    sizes = sizes_of(evidence)
    if sizes is None:
        return unknown("attempts", f"No model was asked a task of {evidence.family}.")
    count = int(sizes.informative.sum())
    third = np.sort(sizes.inside)[-NEEDED] if len(sizes.x) >= NEEDED else None
    p = float(1 - (1 - third) ** NEEDED) if third is not None else None
    ok = True if count >= NEEDED else (False if p is not None and p <= ALPHA else None)
    lower, upper = float(count), float((sizes.inside > ALPHA / NEEDED).sum())
    return Finding(
        ok,
        _text(evidence.family, sizes, ok),
        float(count),
        min(lower, upper),
        max(lower, upper),
        p=1.0 if ok and p is None else p,
        reason=_missing(sizes, count) if ok is None else None,
        details=_details(evidence, sizes),
        chart=_chart(evidence, sizes, ok),
    )


def price(sizes: Sizes) -> tuple[float, int]:
    """Return a rate and its price: the attempts that give log hazard a standard error of `ERROR` there.

    The rate is that of the last informative size; where there is none, where an answer tells most.
    """
    told = np.flatnonzero(sizes.informative)
    low = sizes.floor + 1e-6
    rate = (
        float(sizes.k[told[-1]] / sizes.n[told[-1]])
        if len(told)
        else rate_of(best(sizes.floor).hazard, sizes.floor)
    )
    return rate, ceil(samples(min(max(rate, low), 1 - 1e-6), ERROR, sizes.floor))


def _missing(sizes: Sizes, count: int) -> str:
    few = int((sizes.n < LEAST).sum())
    more = (
        f"{NEEDED - count} more sizes at which between {sizes.span[0]:.2g} and {sizes.span[1]:.2g} are right"
    )
    return f"{LEAST} attempts at {few} sizes, or {more}" if few else more


def _text(family: str, sizes: Sizes, ok: bool | None) -> str:
    rate, cost = price(sizes)
    low, high = sizes.span
    says = {True: "enough", False: f"too few, {NEEDED} are needed", None: f"{NEEDED} are needed"}[ok]
    return (
        f"Right or wrong tells something of {family} at {int(sizes.informative.sum())} of {len(sizes.x)} "
        f"sizes, {says} (rates from {100 * low:.2g} to {100 * high:.0f} %); at {100 * rate:.2g} % right, "
        f"{cost} attempts give log hazard a standard error of {ERROR:g}."
    )


def _details(evidence: Evidence, sizes: Sizes) -> dict[str, Any]:
    counts = evidence.counts
    weights = link_weights(counts.k.sum(axis=0), counts.n.sum(axis=0), evidence.x, sizes.floor)
    rate, cost = price(sizes)
    return {
        "sizes": len(sizes.x),
        "informative": int(sizes.informative.sum()),
        "range": list(sizes.span),
        "link_weights": weights,
        "curvature": None if weights is None else 1 - weights["identity"],
        "samples_needed": cost,
        "samples_at_rate": rate,
    }


def _chart(evidence: Evidence, sizes: Sizes, ok: bool | None) -> Chart:
    tells = sizes.informative
    rows = []
    for at, k, n, told in zip(sizes.x, sizes.k, sizes.n, tells, strict=True):
        low, high = clopper_pearson(int(k), int(n), 0.9)
        rows.append({"place": float(at), "rate": float(k / n), "low": low, "high": high,
                     "tells": "tells something" if told else "tells little"})  # fmt: skip
    enough = "enough" if ok else "too few" if ok is False else "perhaps too few"
    return Chart(
        f"{evidence.family} is informative at {int(tells.sum())} of {len(tells)} sizes, {enough}",
        "Share of right answers at each size with its 90 % interval; the line is where answers begin to say "
        "little because nearly all are right.",
        tuple(rows),
        Column("place", f"{evidence.suite.axis} ({evidence.suite.unit})"),
        Column("rate", "right answers", share=True),
        colour=Column("tells", "answers"),
        interval=("low", "high"),
        reference=sizes.span[1],
    )


CHECK = Check(
    "linearity",
    "D11",
    "C6",
    "whether the target tells something at three sizes or more, and which link makes it a line",
    "formal model, D11, P9 and 0b.5",
    "emerging",
    judge,
)
