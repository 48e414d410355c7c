"""The allowance for elicitation: by what factor more effort would raise a score, y_inf / y."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tasklaws.assess.effort import NEEDED, gaps, points
from tasklaws.assess.elicit import AT
from tasklaws.assess.elicited_laws import FIRST
from tasklaws.study.attempts import one_per_task

if TYPE_CHECKING:
    from collections.abc import Collection

    from tasklaws.assess.effort import Gap
    from tasklaws.assess.red_lines.bounds import Observed

DOUBTFUL = 0.01
"""Probability below which the efforts do not follow the law, and nothing is said."""


@dataclass(frozen=True)
class Allowance:
    """The factor with its interval of 90 %, never below 1; null with a reason."""

    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    gap: float | None = None
    """Score without any limit of effort less the score of the line: what more effort would add."""
    elicitation: str | None = None
    reason: str | None = None

    @property
    def factor(self) -> float:
        """Return the factor; 1 where it is not known."""
        return 1.0 if self.value is None else self.value


def allowance(
    cells: pl.DataFrame, metric: str | None, seen: Observed, families: Collection[str], elicitation: str
) -> Allowance:
    """Return what more effort would make of a score.

    Args:
        cells: of all elicitations of the study, of the schema ``cells``.
        metric: of the line.
        seen: the score of the line.
        families: of the line.
        elicitation: of the line; where it names no effort, the one that is tried with most care is taken.
    """
    own = cells.filter(
        (pl.col("model") == seen.model)
        & (pl.col("metric") == metric)
        & pl.col("task_family").is_in(list(families))
        & pl.col("elicitation").map_elements(_has_effort, pl.Boolean)
    )
    if not own.height:
        return Allowance(reason="no elicitation was tried at several efforts")
    found: dict[str, set[str]] = {}
    for label in own["elicitation"].unique():
        found.setdefault(label.rsplit("@", 1)[0], set()).add(label)
    name = _chosen({one for one, labels in found.items() if len(labels) >= NEEDED}, elicitation)
    if name is None:
        return Allowance(reason=f"no elicitation was tried at {NEEDED} efforts, which its law needs")
    return _ratio(_limit(own, found[name]), seen, name)


def _has_effort(label: str) -> bool:
    return AT.fullmatch(label) is not None


def _chosen(names: set[str], elicitation: str) -> str | None:
    """Return the elicitation of the line where it has efforts, else the one with a verifier, else any."""
    wanted = (elicitation.rsplit("@", 1)[0], FIRST, *sorted(names))
    return next((name for name in wanted if name in names), None)


def _limit(cells: pl.DataFrame, labels: Collection[str]) -> Gap | None:
    """Return the gap of all tasks together, on those that were tried at every effort."""
    own = cells.filter(pl.col("elicitation").is_in(list(labels)))
    efforts = sorted(labels, key=lambda label: int(label.rsplit("@", 1)[1]))
    parts = [one_per_task(own, None, label)[0].sort("task_id") for label in efforts]
    common = set.intersection(*(set(part["task_id"]) for part in parts))
    parts = [part.filter(pl.col("task_id").is_in(common)) for part in parts]
    whole = pl.concat(parts).with_columns(
        pl.coalesce("k", "sum").cast(pl.Float64).alias("total"),
        pl.coalesce("k", "sum_sq").cast(pl.Float64).alias("squares"),
    )
    if not common or not whole["total"].sum():
        return None
    shape = len(efforts), -1
    n, total, squares = (
        whole[name].cast(pl.Float64).to_numpy().reshape(shape) for name in ("n", "total", "squares")
    )
    return gaps([points([float(label.rsplit("@", 1)[1]) for label in efforts], n, total, squares)])[0]


def _ratio(found: Gap | None, seen: Observed, name: str) -> Allowance:
    """Return the limit over the score; its interval puts together those of the two (in logarithms)."""
    if found is None:
        return Allowance(elicitation=name, reason="no success at any effort")
    if not seen.score:
        return Allowance(elicitation=name, reason="the score is 0, of which no multiple can be taken")
    if found.p < DOUBTFUL:
        return Allowance(elicitation=name, reason=f"the efforts do not follow the law (p = {found.p:.2g})")
    limit, low, high = (min(1.0, found.top + gap) for gap in (found.gap, found.lower, found.upper))
    value = limit / seen.score
    down = math.hypot(math.log(limit / low), math.log(seen.upper / seen.score))
    up = math.hypot(math.log(high / limit), math.log(seen.score / max(seen.lower, 1e-9)))
    ends = (value, value * math.exp(-down), value * math.exp(up))
    most = 1 / seen.score
    value, lower, upper = (min(most, max(1.0, one)) for one in ends)
    return Allowance(value, lower, upper, max(0.0, limit - seen.score), name)
