"""The verb `axes`: which way of ordering tasks by hardness forecasts best what was held out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tasklaws.assess.axes.hold_out import LEAST_FAMILIES, groups, held_out_models, new_models, new_tasks
from tasklaws.assess.axes.normalising import normalisation
from tasklaws.assess.axes.scoring import NO_CELLS, Task, agreement, empty, pairs, row
from tasklaws.assess.axes.training import Told
from tasklaws.assess.axes.values import REFERENCE, Axis, axes_of
from tasklaws.assess.evidence import refuse_nothing, suites
from tasklaws.core.progress import SILENT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tasklaws.assess.axes.hold_out import Advance, Scored
    from tasklaws.assess.evidence import Suite
    from tasklaws.core.progress import Progress
    from tasklaws.study.folder import Study

Limits = Literal["failure", "drop"]
NEEDS_ANSWERS = "it is learnt from answers to the very task, which a new task has not"
SAME = "a new task's family is not seen, so that this is the axis 'none'"
FEW_FAMILIES = f"fewer than {LEAST_FAMILIES} families: none can be left out"
FEW_SIZES = "no model comes after two sizes that solve something"
CONDITIONS = {
    "new_models": (
        "conditional: difficulties, the line over the axis and the spread around it come from smaller "
        "models; the level of the new one comes from its own counts at all families but the one that is "
        "forecast; the axis 'none' takes a task for one of its family, of which smaller models have told"
    ),
    "new_tasks": (
        "families are left out: the line and the level of every model come from the other families, and of a "
        "new task only its place on the axis is known; the axis 'none' takes a task for one of the suite"
    ),
    "scores": (
        "log score: log probability of a count, in nats for an attempt; CRPS in points; skill: 1 - CRPS / "
        "CRPS of 'none'; intervals are of 90 %, from families drawn anew, and speak of these models"
    ),
}
LIMITS: dict[Limits, str] = {
    "failure": "attempts that a limit ended count as they were scored",
    "drop": "attempts that a limit ended are left out",
}


@dataclass(frozen=True)
class AxesResult:
    """How the axes of a study compare."""

    rows: tuple[dict[str, Any], ...]
    pairs: tuple[dict[str, Any], ...]
    agreement: tuple[dict[str, Any], ...]
    normalisation: tuple[dict[str, Any], ...] | None
    limits: Limits = "failure"
    warnings: tuple[str, ...] = field(default=())

    def document(self) -> dict[str, Any]:
        """Return the keys of the verb's JSON document."""
        told = self.normalisation
        return {
            "rows": list(self.rows),
            "pairs": list(self.pairs),
            "agreement": list(self.agreement),
            "normalisation": None if told is None else list(told),
            "conditions": CONDITIONS | {"limits": LIMITS[self.limits]},
        }


def axes(
    study: Study | str | Path,
    *,
    normalise: bool = False,
    limits: Limits = "failure",
    stated: Mapping[str, Mapping[str, float]] | None = None,
    seed: int = 0,
    progress: Progress = SILENT,
) -> AxesResult:
    """Return how well each axis of task hardness forecasts models and families that were held out.

    Where a limit ended attempts, each row has beside it what it is if they count in the other way.

    Args:
        study: the study.
        normalise: tell also what normalising does to how even the steps are.
        limits: whether attempts that a limit ended count as they were scored, or are left out.
        stated: further axes: name -> task -> place, growing with hardness.
        seed: of the intervals.
        progress: who hears how far it is.

    Raises:
        NoAnswer: no model with results stands on the ladder.
    """
    found = suites(study)
    refuse_nothing(found)
    made = []
    for suite in found:
        told = shoot_out(suite, limits=limits, stated=stated, seed=seed, progress=progress)
        if suite.counts.n_limit.any():
            other: Limits = "drop" if limits == "failure" else "failure"
            again = shoot_out(suite, limits=other, stated=stated, seed=seed, progress=progress)
            told["rows"] = _beside(told["rows"], again["rows"], other)
        made.append(told)

    def joined(name: str) -> tuple[dict[str, Any], ...]:
        each = zip(found, made, strict=True)
        return tuple({"lineage": suite.lineage} | one for suite, told in each for one in told[name])

    counted = [one for one in found if one.counts.n.any()]
    steps = tuple({"lineage": one.lineage} | normalisation(one) for one in counted) if normalise else None
    notes = dict.fromkeys(note for one in found for note in (*one.notes, *_graded(one)))
    return AxesResult(joined("rows"), joined("pairs"), joined("agreement"), steps, limits, tuple(notes))


def _beside(rows: list[dict[str, Any]], others: list[dict[str, Any]], limits: Limits) -> list[dict[str, Any]]:
    """Return rows with what they are where attempts that a limit ended count in the other way, or null."""
    keys = ("skill", "lower", "upper", "p", "n", "blocks", "verdict")
    named = {(one["axis"], one["task"]): {key: one[key] for key in keys} for one in others}
    said = [(one, named.get((one["axis"], one["task"]))) for one in rows]
    return [one | {"other_limits": {"limits": limits} | told if told else None} for one, told in said]


def _graded(suite: Suite) -> tuple[str, ...]:
    """Return a warning where scores are graded, so that there are no counts."""
    if not suite.graded:
        return ()
    return (
        f"{suite.lineage}: {len(suite.graded)} tasks have graded scores and no counts; they are left out",
    )


def shoot_out(
    suite: Suite,
    *,
    limits: Limits = "failure",
    stated: Mapping[str, Mapping[str, float]] | None = None,
    seed: int = 0,
    progress: Progress = SILENT,
) -> dict[str, list[dict[str, Any]]]:
    """Return rows, pairs and rank agreement of the axes of one suite; arguments as those of `axes`."""
    suite = suite if limits == "failure" else replace(suite, counts=suite.counts.unlimited())
    if not suite.counts.n.any():
        return {"rows": [], "pairs": [], "agreement": []}
    told, rng = Told.of(suite.counts), np.random.default_rng([seed, suite.seed])
    every = axes_of(suite, told, stated)
    folds = {"new_models": _sizes(suite), "new_tasks": int(groups(suite.counts).max()) + 1}
    made: dict[str, list[dict[str, Any]]] = {"rows": [], "pairs": [], "agreement": list(agreement(every))}
    with progress.stage("axes", total=sum(folds.values())) as advance:
        for task, score in SCORES.items():
            lacks = {axis.name: lack(axis, task, suite) for axis in every}
            able = [_seen(axis, task) for axis in every if lacks[axis.name] is None]
            scored = score(suite, told, able, advance) if able else {}
            for axis in every:
                tried = axis.name in scored
                made["rows"].append(
                    row(axis, task, suite.counts, scored, rng)
                    if tried
                    else empty(axis, task, lacks[axis.name] or NO_CELLS)
                )
            made["pairs"] += pairs(task, suite.counts, scored, rng)
    return made


SCORES: dict[Task, Callable[[Suite, Told, Sequence[Axis], Advance], dict[str, Scored]]] = {
    "new_models": new_models,
    "new_tasks": new_tasks,
}


def _sizes(suite: Suite) -> int:
    return sum(1 for _ in held_out_models(suite, suite.counts))


def _seen(axis: Axis, task: Task) -> Axis:
    """Return the axis as it can be had for the task: of a new one the family is not seen."""
    return replace(axis, kind="alike") if axis.name == REFERENCE and task == "new_tasks" else axis


def lack(axis: Axis, task: Task, suite: Suite) -> str | None:
    """Return why an axis cannot be tried, None where it can."""
    if not axis.there:
        return axis.reason
    if task == "new_models":
        return None if _sizes(suite) else FEW_SIZES
    if axis.kind in {"answers", "placed"}:
        return NEEDS_ANSWERS
    if len(set(suite.counts.families)) < LEAST_FAMILIES:
        return FEW_FAMILIES
    return SAME if axis.kind == "alike" else None
