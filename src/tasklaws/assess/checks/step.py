"""D14, C9: does a family's curve climb in one step, faster than any smooth curve would between two rungs?

Judged on the mean over tasks, for that is what a law of the family forecasts: tasks that each step at a place
of their own make a smooth curve. What single tasks do stands in the details and does not decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.check import ALPHA, Check, Finding, unknown
from tasklaws.assess.checks._step_words import chart, flat_text, text
from tasklaws.assess.smooth_curves import LINKS, SmoothCurves, fit
from tasklaws.infer.irt.shock import rung_shock

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Counts, Evidence
    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.irt.shock import Shock

CAP = {"decades": 5.0, "years": 1.5}
"""Steepest slope that counts as smooth, in logits: 1.5 for each doubling of compute, 5 for each decade. Years
say little about compute, so it is 1.5 for each rung there."""
FEWEST_SIZES = 4
FAR_LESS = 3.0
"""Log likelihood by which a link must trail the best one to be left out: a weight below a twentieth."""
DRAWS = 399
PARTS = 8
"""Draws are made in so many parts, to hold less at once."""
ASKED_OF = 0.5
"""Share of the tasks that a model must have been asked to count as a rung of the family."""


@dataclass(frozen=True)
class _Ladder:
    """The part of a family's counts that makes a curve: every task asked at every place."""

    counts: Counts
    x: Floats
    """Place of each model on which slopes are measured."""
    shown: Floats
    """Place of each size as the ladder states it."""
    member: Floats
    """1 where a model is of a size, of shape (models, sizes)."""

    def curves(self, k: Floats) -> Floats:
        """Return the rate of each task at each size, seeds taken together, of shape (..., tasks, sizes)."""
        return np.asarray(k @ self.member / (self.counts.n @ self.member))


def judge(evidence: Evidence, rng: np.random.Generator) -> Finding:
    """Return whether the family's curve is smooth."""
    ladder = _ladder(evidence)
    if ladder is None:
        return unknown("counts", f"No task of {evidence.family} was asked on the whole ladder.")
    if len(ladder.shown) < FEWEST_SIZES:
        return unknown(
            "sizes",
            f"{len(ladder.shown)} sizes of models are too few to tell a step from a curve; "
            f"{FEWEST_SIZES} are needed.",
        )
    cap = CAP.get(evidence.suite.unit, CAP["decades"])
    own = ladder.counts
    smooth, shock = fit(own.k, own.n, own.floor, ladder.x, cap), _shock(evidence)
    links = _plausible(own.n, smooth, shock)
    return _finding(evidence, ladder, _drawn(ladder, smooth, shock, rng), links, _facts(smooth, shock, cap))


def _ladder(evidence: Evidence) -> _Ladder | None:
    """Return the models that were asked most of the tasks, and the tasks that all their sizes were asked."""
    counts, x = evidence.counts, evidence.x
    models = (
        np.flatnonzero((counts.n > 0).mean(axis=0) >= ASKED_OF) if len(counts.tasks) else np.empty(0, int)
    )
    if not len(models):
        return None
    shown, size = np.unique(x[models], return_inverse=True)
    member = np.eye(len(shown))[size]
    tasks = np.flatnonzero((counts.n[:, models] @ member > 0).all(axis=1))
    if not len(tasks):
        return None
    places = size.astype(float) if evidence.suite.unit == "years" else x[models]
    return _Ladder(counts.models_at(models).tasks_at(tasks), places, shown, member)


def _shock(evidence: Evidence) -> Shock:
    suite = evidence.suite
    every = suite.counts
    return rung_shock(every.k, every.n, suite.x, every.families, every.floor, without=evidence.family)


def _plausible(n: Floats, smooth: SmoothCurves, shock: Shock) -> list[int]:
    """Return the links not far less likely than the best one, models' shocks allowed for.

    A shock moves all answers of a model, so that these tell less apart than as many separate ones.
    """
    height = smooth.height[:-1]
    p = smooth.rates()[0, height.argmax()]
    swollen = 1 + shock.sd**2 * (n * p * (1 - p)).sum(axis=0).mean()
    return [int(link) for link in np.flatnonzero((height.max() - height) / swollen < FAR_LESS)]


def _drawn(ladder: _Ladder, smooth: SmoothCurves, shock: Shock, rng: np.random.Generator) -> Floats:
    """Return rates of each size that smooth curves give, each model with a shock of its own."""
    n = np.rint(ladder.counts.n).astype(int)
    shocks = shock.draws(rng, DRAWS)[:, None] * rng.standard_normal((DRAWS, n.shape[1]))
    parts = (rng.binomial(n, smooth.rates(part)) for part in np.array_split(shocks, PARTS))
    return np.concatenate([ladder.curves(part.astype(float)) for part in parts])


def _largest_jump(curve: Floats) -> Floats:
    """Return the largest rise from one size to the next as a share of the range; 0 for a flat curve."""
    height = np.ptp(curve, axis=-1)
    return np.asarray(np.diff(curve).max(-1) / np.where(height > 0, height, 1.0))


def breakthroughness(curve: Floats) -> Floats:
    """Return BIG-bench's B: the signed range over the root of the median squared step between sizes."""
    sign = np.sign(curve.argmax(-1) - curve.argmin(-1))
    usual = np.sqrt(np.median(np.diff(curve) ** 2, axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.ptp(curve, axis=-1) > 0, sign * np.ptp(curve, axis=-1) / usual, 0.0)


def _above(seen: Floats | float, drawn: Floats) -> Floats:
    """Return, for each link, how often draws reach what was seen."""
    return np.asarray((1 + (drawn >= np.asarray(seen) - 1e-9).sum(axis=0)) / (len(drawn) + 1))


def _finding(
    evidence: Evidence, ladder: _Ladder, drawn: Floats, links: list[int], facts: dict[str, Any]
) -> Finding:
    """Return the finding, by draws of shape (draws, links, tasks, sizes); `links` are the plausible ones."""
    tasks, family, smooth = ladder.curves(ladder.counts.k), evidence.family, drawn[:, links]
    curve, null, alike = tasks.mean(0), smooth.mean(-2), drawn[:, -1].mean(-2)
    jump, chances = float(_largest_jump(curve)), _largest_jump(null)
    by_link = _above(jump, chances)
    p, flat = float(by_link.max()), float(_above(np.ptp(curve), np.ptp(alike, axis=-1)))
    details = {
        **facts,
        "p_by_link": {LINKS[link]: float(value) for link, value in zip(links, by_link, strict=True)},
        "range": float(np.ptp(curve)),
        "range_p": flat,
        **_single_tasks(tasks, smooth),
        **_big_bench(curve, null),
    }
    if flat > ALPHA:
        return unknown("range", flat_text(family, details["range"], flat), **details)
    blind = p > ALPHA and _above(1.0, chances).max() > ALPHA
    ok, best = None if blind else p > ALPHA, by_link.argmax()
    axis = f"{evidence.suite.axis} ({evidence.suite.unit})"
    return Finding(
        ok,
        text(family, ok, curve, jump, chances[:, best], p),
        jump,
        p=p,
        reason="resolution" if blind else None,
        details=details,
        chart=chart(family, ok, axis, ladder.shown, curve, null[:, best]),
    )


def _facts(smooth: SmoothCurves, shock: Shock, cap: float) -> dict[str, Any]:
    return {
        "slope_cap": cap,
        "slopes": dict(zip(LINKS, smooth.slope.tolist(), strict=True)),
        "shock_sd": shock.sd,
        "draws": DRAWS,
    }


def _single_tasks(tasks: Floats, drawn: Floats) -> dict[str, float]:
    """Return the mean over tasks of their largest jump, and how often smooth curves reach it."""
    seen = np.diff(tasks).max(-1).mean()
    return {"task_jump": float(seen), "task_p": float(_above(seen, np.diff(drawn).max(-1).mean(-1)).max())}


def _big_bench(curve: Floats, null: Floats) -> dict[str, float | None]:
    """Return BIG-bench's B, None where it is not finite, and how often smooth curves reach it."""
    seen = float(breakthroughness(curve))
    return {
        "breakthroughness": seen if np.isfinite(seen) else None,
        "breakthroughness_p": float(_above(seen, breakthroughness(null)).max()),
    }


CHECK = Check(
    "step",
    "D14",
    "C9",
    "whether the family's curve climbs in one step instead of smoothly",
    "formal model, D14 and 0b.2",
    "emerging",
    judge,
)
