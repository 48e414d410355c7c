"""D2, C2: do the tasks of a family move together beyond the ability of models and the difficulty of tasks?

Abilities come from the whole suite, so a shock that a model carries through all families is no dependence.
The null is the fit's own parametric bootstrap, refitted in each draw: it holds for two families of two tasks
as for thirty, while exchanging tasks between families needs many of both. What scatters single cells beyond
their answers' luck is divided out of the statistic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.check import ALPHA, Chart, Check, Column, Finding, does_not_apply, unknown
from tasklaws.assess.co_movement import EDGE, Residuals, Together, residuals, suite_ratio, together
from tasklaws.infer.irt import rasch

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Counts, Evidence
    from tasklaws.infer.arrays import Floats

DRAWS = 199
FEWEST_TASKS = FEWEST_MODELS = 2
TO_90 = 1.645
"""Standard errors to either end of an interval of 90 %."""
FEWEST_INFORMATION = 0.3
"""Least information on a shift that is drawn, in 1 / logit^2."""


@dataclass(frozen=True)
class _Suite:
    """Residuals of all that was asked, as seen and as drawn from the fit."""

    counts: Counts
    seen: Residuals
    drawn: Residuals

    def of(self, family: str) -> tuple[Together, Together]:
        """Return how one family's tasks move together, as seen and as drawn."""
        own = np.array([name == family for name in self.counts.families])
        asked = self.counts.n[own] > 0
        one, many = (Residuals(*(part[..., own, :] for part in r)) for r in (self.seen, self.drawn))
        return together(one, asked), together(many, asked)


def judge(evidence: Evidence, rng: np.random.Generator) -> Finding:
    """Return whether the family's tasks count as separate evidence."""
    every, family = evidence.suite.counts, evidence.family
    if len(set(every.families)) < FEWEST_TASKS:
        return does_not_apply(
            f"{family} is the only family with scores of 0 and 1: nothing else tells what its models are "
            "able to do, so their shifts in it cannot be told from their abilities."
        )
    if not _tellable(evidence.counts):
        return unknown(
            "tasks",
            f"Whether tasks of {family} move together needs {FEWEST_TASKS} tasks that {FEWEST_MODELS} models "
            "were both asked.",
        )
    return _finding(evidence, _drawn(every, rng))


def _tellable(counts: Counts) -> bool:
    """Return whether enough models were asked more than one of these tasks."""
    return bool(((counts.n > 0).sum(axis=0) >= FEWEST_TASKS).sum() >= FEWEST_MODELS)


def _drawn(counts: Counts, rng: np.random.Generator) -> _Suite:
    """Return residuals under ability and difficulty, of the counts and of draws from their fit."""
    k, n, floor = counts.k, counts.n, counts.floor
    rate = rasch.fit(k, n, floor).rate(floor)
    again = rng.binomial(np.rint(n).astype(int), rate, size=(DRAWS, *n.shape)).astype(float)
    refitted = rasch.fit(again, n, floor).rate(floor)
    return _Suite(counts, residuals(k, n, rate, floor), residuals(again, n, refitted, floor))


def _finding(evidence: Evidence, suite: _Suite) -> Finding:
    """Return the finding on one family, beside that on all of its suite."""
    seen, null = suite.of(evidence.family)
    excess, tasks = float(seen.covariance - null.covariance.mean()), len(evidence.counts.tasks)
    icc = float(np.clip(excess / max(float(seen.variance), excess, EDGE), 0, 1))
    p, n_eff = _reached(seen.ratio, null.ratio), tasks / (1 + (tasks - 1) * icc)
    details = {
        "icc": icc,
        "covariance": excess,
        "n_eff": n_eff,
        "shock_sd": float(np.sqrt(max(0.0, float(seen.shock - null.shock.mean())))),
        "draws": DRAWS,
        **_whole(evidence, suite),
    }
    ok = p > ALPHA
    text = _text(evidence.family, tasks, icc, n_eff, p)
    return Finding(ok, text, icc, p=p, details=details, chart=_chart(evidence, suite, ok=ok))


def _reached(seen: Floats, null: Floats) -> float:
    return float((1 + (null >= seen - 1e-9).sum()) / (len(null) + 1))


def _whole(evidence: Evidence, suite: _Suite) -> dict[str, float | int]:
    """Return the mean covariance of families, and how often draws without any reach their mean ratio."""
    every = evidence.suite.counts
    names = [name for name in sorted(set(every.families)) if _tellable(every.of(name))]
    seen, null = zip(*(suite.of(name) for name in names), strict=True)
    excess = [s.covariance - n.covariance.mean() for s, n in zip(seen, null, strict=True)]
    return {
        "suite_icc": float(
            np.mean([max(0.0, e) / max(s.variance, e, EDGE) for e, s in zip(excess, seen, strict=True)])
        ),
        "suite_covariance": float(np.mean(excess)),
        "suite_p": _reached(suite_ratio(seen), suite_ratio(null)),
        "suite_families": len(names),
    }


def _text(family: str, tasks: int, icc: float, n_eff: float, p: float) -> str:
    if p > ALPHA:
        return (
            f"No sign that tasks of {family} move together: {100 * icc:.0f} % of what ability and difficulty "
            f"leave unsaid is common to its {tasks} tasks (p = {p:.2g})."
        )
    return (
        f"Tasks of {family} move together: {100 * icc:.0f} % of what ability and difficulty leave unsaid is "
        f"common to them (p = {p:.2g}), so {tasks} tasks tell as much as {n_eff:.1f} separate ones; a law "
        "needs a shift of its own for each model in this family."
    )


def _chart(evidence: Evidence, suite: _Suite, *, ok: bool) -> Chart:
    """Return how far each model stands above or below its ability in this family."""
    own = np.array([name == evidence.family for name in suite.counts.families])
    score, known = suite.seen.score[own].sum(0), suite.seen.information[own].sum(0)
    rows = [
        {"model": model, "place": float(x), "shift": s / w, "low": (s - TO_90 * w**0.5) / w,
         "high": (s + TO_90 * w**0.5) / w}
        for model, x, s, w in zip(suite.counts.models, evidence.x, score, known, strict=True)
        if w > FEWEST_INFORMATION
    ]  # fmt: skip
    return Chart(
        f"Models {'do not stray' if ok else 'stray'} from their abilities in {evidence.family}",
        "How far each model stands above or below what its ability over all families says; intervals of 90 % "
        "are those of the answers' luck.",
        tuple(rows),
        Column("place", f"{evidence.suite.axis} ({evidence.suite.unit})"),
        Column("shift", "shift in this family (logits)"),
        interval=("low", "high"),
        reference=0.0,
    )


CHECK = Check(
    "residual_dependence",
    "D2",
    "C2",
    "whether the family's tasks move together beyond ability and difficulty",
    "formal model, D2; Yen 1984",
    "emerging",
    judge,
)
