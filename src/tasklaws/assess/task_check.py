"""The verb `tasks check`: which human times and runs are of older versions, and what adjusting did (D10)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasklaws.assess.certificate import generator
from tasklaws.assess.check import CHECKS
from tasklaws.assess.evidence import suites
from tasklaws.core.errors import NoAnswer
from tasklaws.core.progress import SILENT
from tasklaws.infer.human_times.pilots import PilotTimes, fit_pilots
from tasklaws.run.task_changes import PILOT, study_tasks
from tasklaws.spec.life_cycle import FIRST, STATES, numbers_of, same_version
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tasklaws.assess.evidence import Suite
    from tasklaws.core.progress import Progress
    from tasklaws.run.task_changes import StudyTask
    from tasklaws.study.task_history import Adjustment

THE_ANSWER_IS_NO = 4
CHECK = "hardness_adjustment"
LEAST_TASKS = 6
"""Tasks with a pilot without which pilots tell nothing of how they were picked."""

OLD_TIMES = "times-of-an-older-version"
NOT_TIMED_ANEW = "adjusted-and-not-timed-anew"
OLD_RUNS = "runs-of-another-version"
OTHER_RUNS = "runs-of-another-content"
NOT_AS_FROZEN = "content-is-not-what-was-frozen"
REPLACED = "frozen-version-was-replaced"


@dataclass(frozen=True)
class CheckedTask:
    """One task, and what is stale in it."""

    task: StudyTask
    flags: Mapping[str, str]
    """Stable word -> sentence."""
    runs: Mapping[str | None, int]
    """Attempts of models by the version they were made at."""

    def document(self) -> dict[str, Any]:
        """Return the JSON of the task."""
        runs = [{"version": version, "runs": n} for version, n in self.runs.items()]
        return self.task.document() | {"flags": dict(self.flags), "runs": runs}


@dataclass(frozen=True)
class TasksCheck:
    """The tasks of a study, and what D10 says of its families."""

    tasks: tuple[CheckedTask, ...]
    adjustment: tuple[dict[str, Any], ...]
    adjustment_reason: str | None
    """Why D10 says nothing."""
    pilots: dict[str, Any]
    """What accepted pilots understate, by the pilots alone."""
    warnings: tuple[str, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        """Return 4 where something is stale."""
        return THE_ANSWER_IS_NO if any(one.flags for one in self.tasks) else 0

    def document(self) -> dict[str, Any]:
        """Return the key `tasks` of `interfaces.md`, with `states` and what D10 says."""
        counted = Counter(one.task.standing.state for one in self.tasks)
        return {
            "tasks": [one.document() for one in self.tasks],
            "states": {state: counted[state] for state in STATES},
            "adjustment": list(self.adjustment),
            "adjustment_reason": self.adjustment_reason,
            "pilots": self.pilots,
        }


def tasks_check(study: Study | str | Path, *, progress: Progress = SILENT) -> TasksCheck:
    """Return what of a study belongs to another version of its task than the one in force.

    Human times of an older version are stale where nobody was timed anew; models' runs of another version
    or content are stale always, as cells would mix them with others.
    """
    opened = study if isinstance(study, Study) else Study(study)
    known = study_tasks(opened)
    attempts = _attempts(opened, known)
    checked = tuple(
        CheckedTask(one, dict(_flags(one, attempts.get(name, {}))), _by_version(attempts.get(name, {})))
        for name, one in known.items()
    )
    adjustment, reason = _adjustment(opened, progress)
    mixed = [one.task.task_id for one in checked if OLD_RUNS in one.flags or OTHER_RUNS in one.flags]
    pilots = from_pilots([one for one in known.values() if not one.standing.retired])
    return TasksCheck(checked, adjustment, reason, pilots, tuple(_mixed(mixed)))


def _mixed(tasks: list[str]) -> Iterator[str]:
    """Yield a warning where cells count runs that are not of the task as it is."""
    if tasks:
        yield f"scores of {len(tasks)} tasks count runs of another version or content, such as {tasks[0]}"


Made = tuple[str | None, str | None]
"""Version and content hash of a run, each None where nothing tells it."""


def _flags(one: StudyTask, attempts: Mapping[Made, int]) -> Iterator[tuple[str, str]]:
    """Yield what is stale in a task: a stable word, and a sentence."""
    if one.standing.retired:
        return
    if one.older_times and not one.standing.baselines:
        yield OLD_TIMES, f"{one.older_times} human times are of an older version, and nobody was timed anew"
    if _adjusted(one) and not one.standing.baselines:
        yield NOT_TIMED_ANEW, "it was adjusted, and no fresh baseline is of this version"
    older = sum(n for (version, _), n in attempts.items() if not same_version(version, one.version))
    if older:
        yield OLD_RUNS, f"{older} runs of models are of another version"
    other = sum(n for made, n in attempts.items() if _of_other_content(one, *made))
    if other:
        yield OTHER_RUNS, f"{other} runs of models carry another content hash than the task"
    if not one.as_frozen:
        yield NOT_AS_FROZEN, "its content is not what was frozen"
    frozen = [event.version for event in one.history.freezes]
    if frozen and one.version not in frozen and not one.history.made(one.version):
        yield REPLACED, f"version {frozen[-1]} was frozen, and an import replaced it"


def _adjusted(one: StudyTask) -> bool:
    """Return whether this version came of an adjustment, or states a number above 1 and people were timed."""
    later = (numbers_of(one.version) or (1,)) > (1,)
    return one.history.made(one.version) is not None or (later and bool(one.times))


def _of_other_content(one: StudyTask, version: str | None, content: str | None) -> bool:
    """Return whether a run says that it is of this version, and carries another content hash."""
    own = {one.content_hash, *(row["content_hash"] for row in one.rows)}
    return content is not None and content not in own and same_version(version, one.version)


def _by_version(attempts: Mapping[Made, int]) -> dict[str | None, int]:
    found: Counter[str | None] = Counter()
    for (version, _), n in attempts.items():
        found[version] += n
    return dict(sorted(found.items(), key=lambda pair: pair[0] or ""))


def _attempts(study: Study, known: Mapping[str, StudyTask]) -> dict[str, Counter[Made]]:
    """Return how many attempts of models there are at each task, by version and content hash.

    An attempt with several metrics is one; it is counted under the metric that has most.
    A run that states no `task_version` was made at the version that was in force when its part came into the
    log, or earlier where the run was completed before an adjustment.
    """
    logged = _logged(study)
    adjusted = [name for name, one in known.items() if one.history.adjustments]
    by_metric: Counter[tuple[str, Made, str]] = Counter()
    for part in (*study.live_parts("runs"), *study.live_parts("cells")):
        for task, metric, stated, content, at, n in _counted(study.path / part, adjusted):
            one = known.get(task)
            if one is not None:
                made = stated or _version_then(one, logged[part], at), content
                by_metric[task, made, metric] += n
    found: dict[str, Counter[Made]] = {}
    for (task, made, _), n in by_metric.items():
        own = found.setdefault(task, Counter())
        own[made] = max(own[made], n)
    return found


def _logged(study: Study) -> dict[str, int]:
    """Return the place in the log at which each part came in."""
    entries = [entry for entry in study.log.entries() if entry.kind in {"import", "run_part"}]
    return {part: entry.seq for entry in entries for part in entry.payload["parts"]}


def _counted(
    path: Path, adjusted: Sequence[str]
) -> Iterator[tuple[str, str, str | None, str | None, str | None, int]]:
    """Yield task, metric, stated version, content hash, time of completion, and attempts of a part.

    When an attempt was completed matters for the tasks in `adjusted` alone, and is null for others.
    """
    rows = pl.read_parquet(path)
    optional = {name: pl.col(name) for name in rows.columns}
    nothing = pl.lit(None, pl.String)
    at = optional.get("completed_at", nothing).cast(pl.Datetime("us", "UTC")).dt.strftime("%Y-%m-%dT%H:%M:%S")
    told = rows.select(
        "task_id",
        "metric",
        optional.get("task_version", nothing).cast(pl.String).alias("stated"),
        optional.get("content_hash", nothing).cast(pl.String).alias("content"),
        pl.when(pl.col("task_id").is_in(adjusted)).then(at).alias("at"),
        optional.get("n", pl.lit(1)).alias("attempts"),
    )
    names = ("task_id", "metric", "stated", "content", "at")
    yield from told.group_by(names).agg(pl.col("attempts").sum()).sort(names).iter_rows()


def _version_then(one: StudyTask, logged: int, at: str | None) -> str | None:
    """Return the version in force when a run was logged or, where that was earlier, completed."""
    before = [event for event in one.history.adjustments if not _after(event, logged, at)]
    return before[0].version_before or FIRST if before else one.version


def _after(event: Adjustment, logged: int, at: str | None) -> bool:
    """Return whether a run that came into the log at `logged`, and was completed at `at`, is of after it."""
    return logged > event.seq and (at is None or at >= event.at[: len(at)])


def _adjustment(study: Study, progress: Progress) -> tuple[tuple[dict[str, Any], ...], str | None]:
    """Return what D10 says of each family, or why it says nothing."""
    try:
        found = suites(study)
    except NoAnswer as error:
        return (), str(error)
    pairs = [(suite, family) for suite in found for family in suite.families]
    rows = []
    with progress.stage("check adjustments", total=len(pairs)) as advance:
        for suite, family in pairs:
            rows.append(_judged(suite, family))
            advance(1)
    return tuple(rows), None if rows else "no model of the ladder has results."


def _judged(suite: Suite, family: str) -> dict[str, Any]:
    evidence = suite.evidence(family)
    finding = CHECKS[CHECK].judge(evidence, generator(evidence, CHECK))
    nothing = {"model": None, "factor": None, "lower": None, "upper": None, "reason": "no-human-times"}
    return {
        "lineage": suite.lineage,
        "family": family,
        "ok": finding.ok,
        "applies": finding.applies,
        "text": finding.text,
        "reason": finding.reason,
        "p": finding.p,
        "horizon": finding.details.get("horizon", nothing),
    }


def from_pilots(tasks: Sequence[StudyTask]) -> dict[str, Any]:
    """Return by what factor fresh people need longer than accepted pilots, told by the pilots alone.

    Of each task the shortest pilot of the version in force was accepted; the longest of these is taken for
    the limit, above which a pilot led to an adjustment. Intervals are of 90 %.
    """
    seen = [(one, times) for one in tasks if (times := _pilots(one)) is not None]
    cuts = np.array([len(before) for _, (_, before) in seen], dtype=int)
    told: dict[str, Any] = {"tasks": len(seen), "adjusted": int((cuts > 0).sum()), **_NO_PILOTS}
    if len(seen) < LEAST_TASKS or not cuts.any():
        few = "no-task-was-adjusted" if len(seen) >= LEAST_TASKS else "too-few-pilots"
        return told | {"reason": few}
    accepted = np.log([last for _, (last, _) in seen])
    rejected = np.full((len(seen), int(cuts.max())), np.nan)
    for row, (_, (_, before)) in zip(rejected, seen, strict=True):
        row[: len(before)] = np.log(before)
    found = fit_pilots(PilotTimes(accepted, cuts, float(accepted.max()), rejected))
    factor, fresh = found.understatement(), found.fresh()
    by_task = zip((one.task_id for one, _ in seen), *map(np.exp, (accepted, *fresh)), strict=True)
    names = ("task_id", "pilot_minutes", "minutes", "lower", "upper")
    return told | {
        "limit_minutes": float(np.exp(accepted.max())),
        **{name: float(np.exp(one[0])) for name, one in zip(_FACTOR, factor, strict=True)},
        "by_task": [dict(zip(names, (name, *map(float, row)), strict=True)) for name, *row in by_task],
        "reason": None,
    }


_FACTOR = ("factor", "lower", "upper")
_NO_PILOTS: dict[str, Any] = {"limit_minutes": None, **dict.fromkeys(_FACTOR), "by_task": []}


def _pilots(one: StudyTask) -> tuple[float, list[float]] | None:
    """Return the accepted pilot of a task and those before it, NaN where none is known; None without one."""
    versions = _versions(one)
    if versions is None:
        return None
    times = [time for time in one.times if time["source"] == PILOT and time["done"] and time["minutes"] > 0]
    own = [[t["minutes"] for t in times if same_version(t["version"], version)] for version in versions]
    if not own[-1]:
        return None
    return min(own[-1]), [max(each, default=float("nan")) for each in own[:-1]]


def _versions(one: StudyTask) -> list[str | None] | None:
    """Return the versions of a task up to the one in force; None where its version does not tell how many."""
    made = one.history.made(one.version)
    if made is not None:
        before = [event for event in one.history.adjustments if event.seq <= made.seq]
        return [before[0].version_before or FIRST, *(event.version_after for event in before)]
    numbers = numbers_of(one.version) or (1,)
    return [*map(str, range(1, numbers[0])), one.version] if len(numbers) == 1 else None
