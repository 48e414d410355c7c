"""C10: whether more elicitation would move the law: its level by much, or its slope at all.

The law is fitted at one elicitation. Others that could be used without knowing the answers, and that take an
effort, are set beside it, each at its greatest: what they add on the largest models bounds the gap, and what
they add more or less of along the ladder biases the slope. A verifier who knows the right answers measures
something else, so such elicitations are told of by the verb `elicit` and do not decide here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.special import ndtr

from tasklaws.assess.check import ALPHA, Chart, Check, Column, Finding, does_not_apply, unknown
from tasklaws.assess.effort_trend import trend
from tasklaws.elicitations import ELICITATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasklaws.assess.effort_trend import Trend
    from tasklaws.assess.evidence import Evidence
    from tasklaws.infer.arrays import Floats

BOUND = 0.10
"""Gap, as a share, from which the scores at hand are not those that the models can reach."""
TOP = 2
"""Sizes at the top of the ladder over which the gap is taken."""
QUANTILE = 1.645
NAMED = re.compile(r"^(?P<name>.+?)(?:@(?P<effort>\d+))?$")


@dataclass(frozen=True)
class Other:
    """What another elicitation adds to the family's scores."""

    label: str
    gap: float
    """On the largest models."""
    error: float
    trend: Trend
    n: int
    rows: tuple[dict[str, Any], ...]

    def tests(self) -> Iterator[tuple[str, float]]:
        """Yield what is tested and its p."""
        yield "gap", float(ndtr(-(self.gap - BOUND) / self.error)) if self.error > 0 else 1.0
        if self.trend.p is not None:
            yield "trend", self.trend.p


def judge(evidence: Evidence, rng: np.random.Generator) -> Finding:  # noqa: ARG001
    """Return whether other elicitations would give another law."""
    labels = others(evidence)
    if not labels:
        return does_not_apply(
            f"No other elicitation than {evidence.suite.elicitation} was tried: the verdict is on that one."
        )
    found = [one for one in (_compared(evidence, label) for label in labels) if one is not None]
    if not found:
        return unknown(
            "attempts of other elicitations at the tasks of this one",
            f"{', '.join(labels)} were not tried on the tasks that {evidence.suite.elicitation} was.",
        )
    return _finding(evidence, found)


def others(evidence: Evidence) -> list[str]:
    """Return the other elicitations that know no answers, each at its greatest effort."""
    own = evidence.suite.elicitation
    efforts: dict[str, tuple[int, str]] = {}
    known = evidence.cells.filter(pl.col("metric") == evidence.suite.metric)["elicitation"].unique().sort()
    for label in known:
        parts = NAMED.match(label)
        name, effort = (parts["name"], int(parts["effort"] or 1)) if parts else (label, 1)
        if label != own and _counts(name) and effort >= efforts.get(name, (0, ""))[0]:
            efforts[name] = effort, label
    return sorted(label for _, label in efforts.values())


def _counts(name: str) -> bool:
    """Return whether an elicitation knows no answers and takes an effort; one of the user's own does."""
    if name not in ELICITATIONS:
        return True
    return ELICITATIONS[name].fair and len(ELICITATIONS[name].efforts) > 1


def _compared(evidence: Evidence, label: str) -> Other | None:
    """Return what the elicitation called `label` adds; None where it was tried on no common task."""
    models = list(evidence.counts.models)
    tables = [_table(evidence, one, models) for one in (evidence.suite.elicitation, label)]
    common = [task for task in tables[0] if task in tables[1]]
    if not common:
        return None
    low, n_low, high, n_high = (
        np.array([tables[at][task][which] for task in common]) for at in (0, 1) for which in (0, 1)
    )
    asked = ((n_low > 0) & (n_high > 0)).all(axis=0)
    if not asked.any():
        return None
    low, n_low, high, n_high = (table[:, asked] for table in (low, n_low, high, n_high))
    x, sizes = evidence.x[asked], [evidence.suite.sizes[i] for i in np.flatnonzero(asked)]
    added, variance = _added(low, n_low, high, n_high)
    top = np.isin(sizes, list(dict.fromkeys(sizes))[-TOP:])
    gap, error = float(added[top].mean()), sqrt(float(variance[top].sum())) / int(top.sum())
    rows = tuple(
        {
            "elicitation": label,
            "x": float(at),
            "added": float(a),
            "lower": float(a - QUANTILE * sqrt(v)),
            "upper": float(a + QUANTILE * sqrt(v)),
        }
        for at, a, v in zip(x, added, variance, strict=True)
    )
    return Other(label, gap, error, trend(x, low, high, n_low, n_high), int(n_high.sum()), rows)


def _table(evidence: Evidence, label: str, models: Sequence[str]) -> dict[str, tuple[Floats, Floats]]:
    """Return task -> successes and attempts of each model under one elicitation."""
    own = evidence.cells.filter(
        (pl.col("elicitation") == label)
        & (pl.col("metric") == evidence.suite.metric)
        & pl.col("k").is_not_null()
    )
    place = {model: i for i, model in enumerate(models)}
    found: dict[str, tuple[Floats, Floats]] = {}
    for task, model, k, n in own.select("task_id", "model", "k", "n").sort("task_id").iter_rows():
        if model in place:
            cells = found.setdefault(task, (np.zeros(len(models)), np.zeros(len(models))))
            cells[0][place[model]] += k
            cells[1][place[model]] += n
    return found


def _added(low: Floats, n_low: Floats, high: Floats, n_high: Floats) -> tuple[Floats, Floats]:
    """Return what high effort adds to the mean over tasks of each model, and its variance.

    Efforts count as independent; where they answer the same questions that is rather too much.
    """
    means, variances = [], []
    for k, n in ((low, n_low), (high, n_high)):
        smooth = (k + 0.5) / (n + 1)
        means.append((k / n).mean(axis=0))
        variances.append((smooth * (1 - smooth) / n).mean(axis=0) / len(k))
    return means[1] - means[0], variances[0] + variances[1]


def _finding(evidence: Evidence, found: Sequence[Other]) -> Finding:
    tests = sorted((p, what, one.label) for one in found for what, p in one.tests())
    least, what, label = tests[0]
    p = min(1.0, least * len(tests))
    worst = max(found, key=lambda one: one.gap + QUANTILE * one.error)
    upper = worst.gap + QUANTILE * worst.error
    ok = p > ALPHA
    text = _text(evidence, worst if ok else next(one for one in found if one.label == label), what, p, ok=ok)
    return Finding(
        ok=ok,
        text=text,
        statistic=worst.gap,
        lower=worst.gap - QUANTILE * worst.error,
        upper=upper,
        p=p,
        details={
            "bound": BOUND,
            "others": [
                {
                    "elicitation": one.label,
                    "gap": one.gap,
                    "error": one.error,
                    "attempts": one.n,
                    "trend": one.trend.slope,
                    "trend_p": one.trend.p,
                    "trend_reason": one.trend.reason,
                }
                for one in found
            ],
        },
        chart=_chart(text, evidence, found),
    )


def _text(evidence: Evidence, one: Other, what: str, p: float, *, ok: bool) -> str:
    own = evidence.suite.elicitation
    low, high = (one.gap + side * QUANTILE * one.error for side in (-1, 1))
    if ok:
        return (
            f"More elicitation than {own} would add at most {100 * max(0.0, high):.0f} points to the "
            f"largest models ({one.label}, upper end of 90 %), and no change of slope shows (p = {p:.2g})."
        )
    if what == "gap":
        return (
            f"{one.label} adds {100 * one.gap:.0f} points to the largest models over {own}, "
            f"{100 * low:.0f} or more at 95 %: the scores are not what the models can do."
        )
    return (
        f"What {one.label} adds to {own} changes along the ladder (its log ratio by {one.trend.slope:+.2f} "
        f"in a unit of {evidence.suite.unit}, p = {p:.2g}): the slope of the law is that of the elicitation."
    )


def _chart(title: str, evidence: Evidence, found: Sequence[Other]) -> Chart:
    return Chart(
        title,
        f"What other elicitations add to the family's score over {evidence.suite.elicitation}, model by "
        "model, with 90 % intervals.",
        tuple(row for one in found for row in one.rows),
        Column("x", f"{evidence.suite.axis}, {evidence.suite.unit}"),
        Column("added", "added to the score", share=True),
        colour=Column("elicitation", "elicitation"),
        interval=("lower", "upper"),
        reference=0.0,
    )


CHECK = Check(
    "elicitation",
    "D15",
    "C10",
    "would other elicitations, which know no answers, give another level or another slope",
    source="formal model P15 and D15",
    status="emerging",
    judge=judge,
)
