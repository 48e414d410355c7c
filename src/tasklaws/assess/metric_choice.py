"""The verb `metrics`: what each metric of a study says of each family, over each axis of its ladder.

The target is the metric that the study names. No other one replaces it: a surrogate is a way to forecast it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.certificate import generator
from tasklaws.assess.check import CHECKS, Finding
from tasklaws.assess.checks._surrogates import candidate
from tasklaws.assess.checks.linearity import ERROR, NEEDED, price, sizes_of
from tasklaws.assess.checks.surrogate import RECORD, candidates_of
from tasklaws.assess.evidence import refuse_nothing, suites
from tasklaws.assess.features import candidates as features_of
from tasklaws.assess.features import has_place, places
from tasklaws.assess.link_weights import link_weights, loss_weights
from tasklaws.assess.metric_table import measured
from tasklaws.core.errors import UnknownName
from tasklaws.core.progress import SILENT
from tasklaws.spec.ladder import AXES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from tasklaws.assess.evidence import Evidence, Suite
    from tasklaws.assess.metric_table import Measured
    from tasklaws.core.progress import Progress
    from tasklaws.infer.arrays import Floats
    from tasklaws.study.folder import Study


@dataclass(frozen=True)
class MetricChoice:
    """What the metrics of a study say."""

    rows: tuple[dict[str, Any], ...]
    families: tuple[dict[str, Any], ...]
    """One sentence for each family, and the metric that may stand in for its target."""
    warnings: tuple[str, ...] = field(default=())

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`."""
        return {"rows": list(self.rows), "families": list(self.families), "samples_error": ERROR}


def metrics(
    study: Study | str | Path, *, families: Collection[str] | None = None, progress: Progress = SILENT
) -> MetricChoice:
    """Return how the metrics of a study compare on the same attempts.

    Args:
        study: the study.
        families: only these; None for all.
        progress: who hears how far it is.

    Raises:
        NoAnswer: no model with results stands on the ladder.
        UnknownName: the study has no such family.
    """
    found = suites(study)
    refuse_nothing(found)
    known = {family for suite in found for family in suite.families}
    for family in families or ():
        if family not in known:
            raise UnknownName("family", family, known)
    wanted = [(suite, name) for suite in found for name in suite.families if not families or name in families]
    rows: list[dict[str, Any]] = []
    said: list[dict[str, Any]] = []
    with progress.stage("metrics", total=len(wanted)) as advance:
        for suite, name in wanted:
            evidence = suite.evidence(name)
            judged = _judged(evidence)
            rows += _rows(evidence, judged)
            said.append(_sentence(evidence, judged))
            advance(1)
    return MetricChoice(
        tuple(rows), tuple(said), tuple(dict.fromkeys(note for suite in found for note in suite.notes))
    )


def axes_of(suite: Suite) -> dict[str, Floats]:
    """Return the place of each model on each axis that all have and that grows, the ladder's own first."""
    there = [axis for axis in AXES if all(has_place(rung, axis) for rung in suite.rungs)]
    found = {axis: places(features_of(axis)[:1], suite.rungs)[:, 0] for axis in there}
    growing = {axis: x for axis, x in found.items() if axis != suite.axis and len(x) and np.ptp(x) > 0}
    return {suite.axis: suite.x} | growing


def _judged(evidence: Evidence) -> dict[str, Finding]:
    names = ("linearity", "binarity", "surrogate")
    return {name: CHECKS[name].judge(evidence, generator(evidence, name)) for name in names}


def _rows(evidence: Evidence, judged: Mapping[str, Finding]) -> Iterator[dict[str, Any]]:
    """Yield a row for each metric and axis, the target first."""
    others = candidates_of(evidence)
    for axis, x in axes_of(evidence.suite).items():
        frame = {"lineage": evidence.suite.lineage, "family": evidence.family, "axis": axis}
        yield frame | _target_row(evidence, x)
        for one in others:
            yield frame | _other_row(evidence, one, x, judged["binarity"])


def _target_row(evidence: Evidence, x: Floats) -> dict[str, Any]:
    sizes, counts = sizes_of(evidence, x), evidence.counts
    own = measured(evidence).get(evidence.suite.metric)
    weights, cost, at = None, None, None
    if sizes is not None:
        weights = link_weights(counts.k.sum(axis=0), counts.n.sum(axis=0), x, sizes.floor)
        at, cost = price(sizes)
    elif own is not None:
        weights, (cost, at) = _weights(own, x), _price(own)
    return {
        "metric": evidence.suite.metric,
        "role": "target",
        **_linearity(weights),
        "binarity": None,
        "binarity_reason": "right or wrong has two values by itself" if sizes else "the target is graded",
        "informative_rungs": int(sizes.informative.sum()) if sizes else None,
        "samples_needed": cost,
        "samples_at": at,
        "samples_reason": None if cost else "no attempts that differ",
        "surrogate_for": None,
        "sufficient": None,
        "sufficient_reason": "it is the target",
    }


def _other_row(evidence: Evidence, one: Measured, x: Floats, binarity: Finding) -> dict[str, Any]:
    asked = candidate(evidence, one, x) if evidence.counts.tasks else None
    held = dict(binarity.details.get("metrics", {})).get(one.name)
    reason = "it looks at the process" if one.kind == "process" else binarity.reason or binarity.text
    cost, share = _price(one)
    return {
        "metric": one.name,
        "role": one.kind,
        **_linearity(_weights(one, x)),
        "binarity": held["binarity"] if held else None,
        "binarity_reason": None if held else reason,
        "informative_rungs": asked.informative if asked else None,
        "samples_needed": cost,
        "samples_at": share,
        "samples_reason": None if cost else "two or more attempts that differ are needed",
        "surrogate_for": evidence.suite.metric,
        "sufficient": asked.sufficient if asked else None,
        "sufficient_reason": None
        if asked and asked.sufficient is not None
        else "too few models solve some of the tasks, or too few tasks to learn a link from",
        "surrogate": asked.facts() if asked else None,
    }


def _linearity(weights: Mapping[str, float] | None) -> dict[str, Any]:
    """Return the weight of a straight line, and which link has most."""
    return {
        "linearity": weights["identity"] if weights else None,
        "linearity_reason": None if weights else "fewer than three places with attempts",
        "link": max(weights, key=lambda name: weights[name]) if weights else None,
        "link_weights": dict(weights) if weights else None,
    }


def _weights(one: Measured, x: Floats) -> dict[str, float] | None:
    if not one.unbounded:
        return link_weights((one.n * one.share).sum(axis=0), one.n.sum(axis=0), x)
    n = one.n.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return loss_weights(np.where(n > 0, (one.n * one.mean).sum(axis=0) / n, np.nan), x)


def _price(one: Measured) -> tuple[int | None, float | None]:
    """Return the attempts that give log hazard a standard error of `ERROR`, and the mean score they are for.

    Of the last model at which the metric is not yet at its best; by the delta method. Attempts differ by
    their task, too, as right and wrong answers do.
    """
    n = one.n.sum(axis=0)
    told = np.maximum(n, 1)

    def mixed(mean: Floats, var: Floats) -> tuple[Floats, Floats]:
        middle = (one.n * mean).sum(0) / told
        return middle, np.maximum((one.n * (var + mean**2)).sum(0) / told - middle**2, 0.0)

    (share, spread), (mean, var) = mixed(one.share, one.share_var), mixed(one.mean, one.var)
    if one.unbounded:
        relative = var / np.maximum(mean, 1e-9) ** 2
    else:
        inside = np.clip(share, 1e-6, 1 - 1e-6)
        relative = spread / (inside * np.log(inside)) ** 2
    telling = np.flatnonzero((n > 0) & (var > 0) & (share < SATURATED))
    if not len(telling):
        return None, None
    return max(1, ceil(relative[telling[-1]] / ERROR**2)), float(mean[telling[-1]])


SATURATED = 0.98
"""Share above which a metric has nothing left to show."""


def _sizes(line: Finding) -> str:
    count = round(line.statistic or 0)
    return "1 size" if count == 1 else f"{count} sizes"


def _sentence(evidence: Evidence, judged: Mapping[str, Finding]) -> dict[str, Any]:
    """Return what to do about the metric of one family, in one sentence."""
    target, line, pieces, other = evidence.suite.metric, *judged.values()
    offered = other.details.get("offered")
    if not line.applies:
        says = f"{target} is graded, so no other metric is looked for."
    elif line.ok and pieces.ok is not False:
        says = f"{target} carries a law by itself, informative at {_sizes(line)}"
        says += f"; {offered} tells it as well." if offered else "."
    elif offered:
        says = f"forecast {target} through {offered}, which tells it where {target} does not show."
    else:
        fault = "answers are all or nothing" if pieces.ok is False else (
            f"{target} is informative at {_sizes(line)} and {NEEDED} are needed"
        )  # fmt: skip
        lack = (
            "no recorded metric stands in for it" if other.ok is False else f"record {other.reason or RECORD}"
        )
        says = f"{fault}; {lack}."
    return {
        "lineage": evidence.suite.lineage,
        "family": evidence.family,
        "target": target,
        "carries": None if not line.applies or line.ok is None else bool(line.ok and pieces.ok is not False),
        "offered": offered,
        "text": says,
    }
