"""A census of sub-tasks: what kinds of steps tasks are made of, how many, and whose time they take.

Of families the plan says it; of transcripts the trace of calls does. A plan's time is that of a person who
does everything by hand but what a tool runs; where a plan states no times, operations are counted instead.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from tasklaws.assess.evidence import refuse_nothing, suites
from tasklaws.assess.loop_share import loop_share
from tasklaws.assess.step_hazards import StepHazards, step_hazards
from tasklaws.core.errors import BadPlan
from tasklaws.families import FAMILIES
from tasklaws.importers._inspect_trace import trace
from tasklaws.spec.plan import OneOf, Repeat, children
from tasklaws.spec.source import expand
from tasklaws.spec.step import Step
from tasklaws.spec.structure import work
from tasklaws.study.folder import LOG_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasklaws.assess.evidence import Suite
    from tasklaws.spec.family import Family
    from tasklaws.spec.plan import Plan

Kind = Literal["skill", "tool", "loop"]

COLUMNS = {
    "task_family": pl.String,
    "task_id": pl.String,
    "kind": pl.String,
    "steps": pl.Int64,
    "operations": pl.Int64,
    "minutes": pl.Float64,
    "time_share": pl.Float64,
    "padding": pl.Float64,
}


@dataclass(frozen=True)
class _Seen:
    """One step as a plan has it: what kind it is of, and how often it is done."""

    step: Step
    kind: Kind
    times: int


def family_census(family: Family, sizes: Sequence[int] | None = None) -> pl.DataFrame:
    """Return the kinds of steps of a family's tasks, a row for each task and kind.

    Columns:
        task_family, task_id, kind: ``skill`` of what is done without a tool, ``tool`` of a call, ``loop`` of
            what a tool repeats.
        steps: as often as they are written down, of the longest of several ways.
        operations: as often as they are done.
        minutes: of a person, the median of each step; null where the plan states none.
        time_share: share of the task's minutes; of its operations where no minutes are stated.
        padding: share of the task's operations that add length and nothing new to get right.

    Args:
        family: the family.
        sizes: of the tasks; None for those that the family tries by default.
    """
    rows = [row for size in sizes or family.sizes for row in _of_plan(family, size)]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def suite_census(suite: Suite) -> pl.DataFrame:
    """Return the census of those tasks of a suite whose plans are known, with what people needed for them.

    Columns are those of `family_census` and
        human_minutes: of the task, as the study states it.
    """
    made = [_of_plan(FAMILIES[family], size) for family, size in _known(suite)]
    table = pl.DataFrame([row for rows in made for row in rows], schema=COLUMNS, orient="row")
    if not suite.tasks.height:
        return table.with_columns(pl.lit(None, pl.Float64).alias("human_minutes"))
    told = suite.tasks.group_by("task_id").agg(pl.col("human_minutes").drop_nulls().first())
    return table.join(told, on="task_id", how="left", maintain_order="left")


def _known(suite: Suite) -> Iterator[tuple[str, int]]:
    named = [*zip(suite.counts.families, suite.counts.tasks, strict=True), *suite.graded]
    for family, task in sorted({*named}):
        size = task.rpartition("/")[2]
        if family in FAMILIES and task == f"{family}/{size}" and size.isdigit() and int(size) > 0:
            yield family, int(size)


def _of_plan(family: Family, size: int) -> list[tuple[object, ...]]:
    try:
        plan = family.plan(size)
    except BadPlan:
        return []
    seen = list(_steps(plan))
    timed = any(one.step.human is not None for one in seen)
    written, done, spent = Counter[str](), Counter[str](), defaultdict[str, float](float)
    for one in seen:
        written[one.kind] += 1
        done[one.kind] += one.times
        spent[one.kind] += _minutes(one) if timed else one.times
    total, padding = sum(spent.values()), loop_share(plan)
    return [
        (family.name, f"{family.name}/{size}", kind, written[kind], done[kind],
         spent[kind] if timed else None, spent[kind] / total if total else None, padding)
        for kind in sorted(written)
    ]  # fmt: skip


def _steps(plan: Plan, times: int = 1, *, looped: bool = False) -> Iterator[_Seen]:
    """Yield every step of the longest way through a plan, with how often it is done."""
    match plan:
        case Step():
            yield _Seen(plan, "loop" if looped else "skill" if plan.tool is None else "tool", times)
        case OneOf():
            yield from _steps(max((way.plan for way in plan.ways), key=work), times, looped=looped)
        case Repeat():
            by_tool = plan.by == "tool" and plan.times > 1
            yield from _steps(plan.part, times * plan.times, looped=looped or by_tool)
        case _:
            for part in children(plan):
                yield from _steps(part, times, looped=looped)


def _minutes(one: _Seen) -> float:
    """Return the minutes of a person at a step: a loop is written once, all else is done each time."""
    each = one.step.human.median_minutes if one.step.human is not None else 0.0
    return each if one.kind == "loop" else each * one.times


def described(plan: Plan) -> str:
    """Return the census of a plan in a line, such as ``3 steps: 1 skill, 2 tool; 40 % padding``."""
    kinds = Counter(one.kind for one in _steps(plan))
    told = ", ".join(f"{kinds[kind]} {kind}" for kind in sorted(kinds))
    written = kinds.total()
    return f"{written} step{'s' if written != 1 else ''}: {told}; {100 * loop_share(plan):.0f} % padding"


def traced(trace: pl.DataFrame) -> pl.DataFrame:
    """Return the census of transcripts: a row for each function that was called, and one for the model.

    Columns:
        kind, function: ``model`` and null, or ``tool`` and the function called.
        calls, failed: calls, and those that ended in an error.
        samples: attempts with such a call.
        seconds: of all calls whose time is known; null where none is.
        time_share: of all known seconds.

    Args:
        trace: as `tasklaws.importers._inspect_trace.trace` returns it.
    """
    seconds = pl.col("seconds")
    return (
        trace.group_by("kind", "function", maintain_order=True)
        .agg(
            pl.len().alias("calls"),
            pl.col("failed").sum().alias("failed"),
            pl.struct("file", "sample_id", "epoch").n_unique().alias("samples"),
            pl.when(seconds.count() > 0).then(seconds.sum()).alias("seconds"),
        )
        .with_columns((pl.col("seconds") / pl.col("seconds").sum()).alias("time_share"))
        .sort("kind", "function", nulls_last=False)
    )


@dataclass(frozen=True)
class Census:
    """What the tasks of a study, or the transcripts of logs, are made of."""

    tasks: pl.DataFrame
    """As `suite_census` returns it; no rows for logs."""
    calls: pl.DataFrame
    """As `traced` returns it; no rows for a study."""
    logs: int = 0
    hazards: tuple[StepHazards, ...] = ()
    """Of families with milestones: does one error of a run make the next more likely?"""

    def document(self) -> dict[str, Any]:
        """Return the JSON keys of `census`."""
        hazards = [row.document() for row in self.hazards]
        rows = {"tasks": self.tasks.to_dicts(), "calls": self.calls.to_dicts()}
        return {**rows, "logs": self.logs, "hazards": hazards}


def census(*paths: str | Path) -> Census:
    """Return what tasks are made of: of a study by the plans of its tasks, of Inspect logs by their calls.

    Args:
        paths: one study, or logs (``.eval``, ``.json``) and folders of them.

    Raises:
        BadInput: a path is neither, or there is no log in a folder.
        NoAnswer: the study has no results.
    """
    places = [Path(path) for path in paths]
    nothing = pl.DataFrame(schema=COLUMNS)
    if len(places) == 1 and (places[0] / LOG_FILE).exists():
        found = suites(places[0])
        refuse_nothing(found)
        hazards = tuple(row for suite in found for row in step_hazards(suite))
        tasks = pl.concat([suite_census(suite) for suite in found])
        return Census(tasks, traced(trace([])), hazards=hazards)
    logs = expand(places, ("*.eval", "*.json"))
    return Census(nothing, traced(trace(logs)), len(logs))
