"""The axes that are compared, and the place of each task on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from tasklaws.assess.axes.difficulty import by_answers
from tasklaws.assess.axes.training import Told, Trained, train
from tasklaws.assess.features import candidates, has_place, places
from tasklaws.assess.task_times import task_times
from tasklaws.core.errors import BadPlan
from tasklaws.families import FAMILIES
from tasklaws.spec.structure import least_work, span, work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tasklaws.assess.axes.training import Mask
    from tasklaws.assess.evidence import Suite
    from tasklaws.infer.arrays import Floats
    from tasklaws.spec.plan import Plan

Kind = Literal["stated", "answers", "placed", "family", "alike"]
REFERENCE = "none"
NO_TIMES = "the study has no human times"
ONLY_ERRORS = "human times differ by no more than their errors"
NO_PLANS = "no task is of a family of the catalogue, whose plans state their work"
ONE_VALUE = "all tasks have the same place on it"


@dataclass(frozen=True, eq=False)
class Axis:
    """One way of saying how hard tasks are."""

    name: str
    unit: str
    kind: Kind
    """stated: known before any run; answers: learnt from answers; placed: learnt, with models on a line over
    the ladder; family: the mean of the task's family; alike: all tasks have the same place."""
    value: Floats
    """Place of each task, growing with hardness, NaN where it has none; learnt ones from all models."""
    left: Floats | None = None
    """Variance that errors of the places leave open, of each task."""
    reason: str | None = None
    """Why there is no such axis, or what is to be known of it."""

    @property
    def there(self) -> bool:
        """Return whether any task has a place, or the axis needs none."""
        return self.kind in {"family", "alike"} or bool(np.isfinite(self.value).any())


def axes_of(suite: Suite, told: Told, stated: Mapping[str, Mapping[str, float]] | None = None) -> list[Axis]:
    """Return the axes of a suite, those without a task too, with the reason.

    Args:
        suite: the suite.
        told: what its counts tell.
        stated: further axes: name -> task -> place.
    """
    nothing = np.full(len(suite.counts.tasks), np.nan)
    return [
        Axis(REFERENCE, "mean of the family", "family", nothing),
        Axis("level_only", "level of the model", "alike", nothing),
        *_human(suite, nothing),
        *_learnt(suite, told),
        *_planned(suite),
        *(_stated(suite, name, places) for name, places in (stated or {}).items()),
    ]


def _stated(suite: Suite, name: str, given: Mapping[str, float]) -> Axis:
    value = np.array([given.get(task, np.nan) for task in suite.counts.tasks], dtype=float)
    return checked(Axis(name, "as stated", "stated", value))


def checked(axis: Axis) -> Axis:
    """Return the axis, empty where all its tasks have the same place."""
    known = axis.value[np.isfinite(axis.value)]
    if known.size and np.ptp(known) > 0:
        return axis
    reason = axis.reason or ONE_VALUE
    return Axis(axis.name, axis.unit, axis.kind, np.full(axis.value.size, np.nan), reason=reason)


def _human(suite: Suite, nothing: Floats) -> tuple[Axis, Axis]:
    """Return human time, and the same with what its errors leave open: noisy times count for less."""
    times, unit = task_times(suite), "log minutes"
    names = "human_time", "human_time_corrected"
    log, known = times.log_minutes, np.isfinite(times.log_minutes)
    if known.sum() < 2:  # noqa: PLR2004
        first, second = (Axis(name, unit, "stated", nothing, reason=NO_TIMES) for name in names)
        return first, second
    plain = checked(Axis(names[0], unit, "stated", log))
    variance = float(log[known].var(ddof=1) - (times.se[known] ** 2).mean())
    if variance <= 0:
        return plain, Axis(names[1], unit, "stated", nothing, reason=ONLY_ERRORS)
    noise = np.where(known, times.se, 0.0) ** 2
    share = variance / (variance + noise)
    value = log[known].mean() + share * (log - log[known].mean())
    assumed = int(times.assumed[known].sum())
    reason = f"the errors of {assumed} of {int(known.sum())} times are assumed" if assumed else None
    return plain, Axis(names[1], unit, "stated", value, variance * noise / (variance + noise), reason)


def _learnt(suite: Suite, told: Told) -> tuple[Axis, Axis]:
    """Return empirical difficulty and the place on the ladder where half succeed, from all models."""
    trained = train(told, *_asked(suite.counts.n))
    means = _means(trained)
    x, unit, reason = ladder_place(suite)
    line = line_of(trained, x)
    if line is None:
        nothing = np.full(means.size, np.nan)
        reason = "abilities do not grow along the ladder"
        return Axis("empirical_difficulty", "logits", "answers", means), Axis(
            "compute_equivalent", unit, "placed", nothing, reason=reason
        )
    intercept, slope = line
    at = (_means(trained.pinned(intercept + slope * x)) - intercept) / slope
    return (
        Axis("empirical_difficulty", "logits", "answers", means),
        Axis("compute_equivalent", unit, "placed", at, reason=reason),
    )


def _asked(n: Floats) -> tuple[Mask, Mask]:
    """Return which tasks and which models have attempts."""
    return np.asarray((n > 0).any(axis=1)), np.asarray((n > 0).any(axis=0))


def _means(trained: Trained) -> Floats:
    made = by_answers(trained) @ trained.curves.grid
    return np.where(trained.tasks, made, np.nan)


def ladder_place(suite: Suite) -> tuple[Floats, str, str | None]:
    """Return the place of each model in decades of compute, or where that is not known, on the ladder's axis.

    Returns:
        places, their unit, and why they are no compute.
    """
    if suite.axis != "flops" and suite.rungs and all(has_place(rung, "flops") for rung in suite.rungs):
        return places(candidates("flops")[:1], suite.rungs)[:, 0], "log10 flops", None
    if suite.axis == "flops":
        return suite.x, "log10 flops", None
    return (
        suite.x,
        f"{suite.unit} ({suite.axis})",
        f"compute is not known: places are in {suite.unit} of {suite.axis}",
    )


def line_of(trained: Trained, x: Floats) -> tuple[float, float] | None:
    """Return intercept and slope of ability over the ladder; None where it does not grow."""
    own = np.flatnonzero(trained.models)
    if np.ptp(x[own]) == 0:
        return None
    weight = 1 / np.maximum(trained.ability_se[own], trained.step)
    slope, intercept = np.polyfit(x[own], trained.ability[own], 1, w=weight)
    return (float(intercept), float(slope)) if slope > 0 else None


PLANNED: Mapping[str, Callable[[Plan], int]] = {"work": work, "span": span, "least_work": least_work}


def _planned(suite: Suite) -> list[Axis]:
    """Return the operations that plans state, and the order of the tasks of a family by size."""
    counts = suite.counts
    sizes = [_size(family, task) for family, task in zip(counts.families, counts.tasks, strict=True)]
    plans = [_plan(family, size) for family, size in zip(counts.families, sizes, strict=True)]
    made = [
        Axis(name, "log operations", "stated", np.array([_log(measure(p)) if p else np.nan for p in plans]))
        for name, measure in PLANNED.items()
    ]
    order = Axis("order", "place among the sizes of the family", "stated", _order(counts.families, sizes))
    some = any(plan is not None for plan in plans)
    return [checked(one if some else _without(one)) for one in (*made, order)]


def _without(axis: Axis) -> Axis:
    return Axis(axis.name, axis.unit, axis.kind, np.full(axis.value.size, np.nan), reason=NO_PLANS)


def _log(operations: int) -> float:
    # somebody who may leave everything out has nothing to do, which is no more than one operation
    return float(np.log(max(operations, 1)))


def _size(family: str, task: str) -> int | None:
    size = task.rpartition("/")[2]
    own = family in FAMILIES and task == f"{family}/{size}" and size.isdigit() and int(size) > 0
    return int(size) if own else None


def _plan(family: str, size: int | None) -> Plan | None:
    try:
        return None if size is None else FAMILIES[family].plan(size)
    except BadPlan:
        return None


def _order(families: Sequence[str], sizes: Sequence[int | None]) -> Floats:
    """Return the place of each task among those of its family, from 0 (smallest) to 1."""
    made = np.full(len(sizes), np.nan)
    for family in set(families):
        own = [i for i, name in enumerate(families) if name == family and sizes[i] is not None]
        ordered = sorted(own, key=lambda i: sizes[i] or 0)
        made[ordered] = np.linspace(0, 1, len(ordered)) if len(ordered) > 1 else 0.5
    return made
