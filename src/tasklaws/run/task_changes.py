"""The verbs `tasks log`, `adjust`, `freeze` and `retire`: the life cycle of a study's tasks.

Nothing is overwritten: every change is one entry in the log, and what it leaves behind stays, marked by the
version that it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from tasklaws.core.display import shown
from tasklaws.core.errors import BadInput, UnknownName, VerificationFailed
from tasklaws.core.tables import TASKS, validate
from tasklaws.spec.life_cycle import (
    Standing,
    check_adjust,
    check_freeze,
    check_retire,
    next_version,
    same_version,
)
from tasklaws.study.files import changing
from tasklaws.study.folder import LOG_FILE, Study
from tasklaws.study.log import Log
from tasklaws.study.task_history import (
    ADJUST,
    ADJUSTABLE,
    FREEZE,
    RETIRE,
    Adjustment,
    TaskHistory,
    content_hash,
    task_histories,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from tasklaws.study.files import Changes
    from tasklaws.study.log import Kind

PILOT = "pilot"
NO_ATTEMPTS = ("estimate",)
"""Sources of human times that nobody worked for."""
DIRECTIONS = ("higher", "lower")


@dataclass(frozen=True)
class StudyTask:
    """One task of a study, at the version that is in force."""

    rows: tuple[Mapping[str, Any], ...]
    """Its records, one per metric."""
    history: TaskHistory
    times: tuple[Mapping[str, Any], ...]
    """People's times at it, each with the `version` that it was taken at."""

    @property
    def task_id(self) -> str:
        """Return its name."""
        return str(self.rows[0]["task_id"])

    @property
    def version(self) -> str | None:
        """Return the version in force; None where none was ever stated."""
        return cast("str | None", self.rows[0]["version"])

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of the task as the study has it now."""
        return content_hash(self.rows, self.history.fields(self.version))

    @cached_property
    def standing(self) -> Standing:
        """Return what is known of the version in force."""
        now = [one for one in self.times if same_version(one["version"], self.version)]
        pilots = sum(one["source"] == PILOT for one in now)
        return Standing(
            pilots,
            len(now) - pilots,
            frozen=self.history.frozen(self.version) is not None,
            retired=self.history.retirement is not None,
        )

    @property
    def older_times(self) -> int:
        """Return how many human times belong to another version."""
        return sum(not same_version(one["version"], self.version) for one in self.times)

    @property
    def as_frozen(self) -> bool:
        """Return whether the content is what was frozen; True of a version that is not frozen."""
        frozen = self.history.frozen(self.version)
        return frozen is None or frozen.content_hash == self.content_hash

    def document(self) -> dict[str, Any]:
        """Return the JSON of the task."""
        retired = self.history.retirement
        return {
            "task_id": self.task_id,
            "family": self.rows[0]["task_family"],
            "version": self.version,
            "state": self.standing.state,
            "content_hash": self.content_hash,
            "pilots": self.standing.pilots,
            "baselines": self.standing.baselines,
            "older_times": self.older_times,
            "adjustments": [one.document() for one in self.history.adjustments],
            "freezes": [one.document() for one in self.history.freezes],
            "retirement": retired.document() if retired else None,
        }


@dataclass(frozen=True)
class TasksResult:
    """Tasks of a study, after what was done to them."""

    tasks: tuple[StudyTask, ...]
    warnings: tuple[str, ...] = field(default=())

    def document(self) -> dict[str, Any]:
        """Return the key `tasks` of `interfaces.md`, with more of each task."""
        return {"tasks": [one.document() for one in self.tasks]}


def study_tasks(study: Study | str | Path) -> dict[str, StudyTask]:
    """Return every task that the study has a record of, in the order of their names."""
    opened = study if isinstance(study, Study) else Study(study)
    histories = task_histories(opened.log.entries())
    times = _times(opened.human())
    found = {}
    for (task_id,), own in opened.tasks().sort("task_id", "metric").group_by("task_id", maintain_order=True):
        name, rows = str(task_id), tuple(own.to_dicts())
        history, now = histories.get(name, TaskHistory()), rows[0]["version"]
        marked = tuple(
            one | {"version": history.version_of_time(one["run_id"], one["stated"], now)}
            for one in times.get(name, ())
        )
        found[name] = StudyTask(rows, history, marked)
    return found


def _times(human: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return run_id, source, minutes, whether it was done, and stated version of timed attempts, by task."""
    stated = pl.col("task_version") if "task_version" in human.columns else pl.lit(None, pl.String)
    source = pl.col("source").fill_null("baseline").str.to_lowercase()
    told = human.filter(pl.col("minutes").is_not_null() & ~source.is_in(NO_ATTEMPTS))
    done = pl.col("score").fill_null(1.0) > 0
    rows = told.select(
        "task_id", "run_id", "minutes", source.alias("source"), stated.alias("stated"), done.alias("done")
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows.sort("task_id", "run_id").iter_rows(named=True):
        found.setdefault(row.pop("task_id"), []).append(row)
    return found


def tasks_log(study: Study | str | Path, tasks: Sequence[str] = ()) -> TasksResult:
    """Return the history of the tasks called `tasks`; of all without names.

    Raises:
        UnknownName: the study has no such task.
    """
    known = study_tasks(study)
    return TasksResult(tuple(_named(known, tasks) if tasks else known.values()))


def _named(known: Mapping[str, StudyTask], tasks: Collection[str]) -> list[StudyTask]:
    for name in tasks:
        if name not in known:
            raise UnknownName("task", name, known)
    return [known[name] for name in dict.fromkeys(tasks)]


def tasks_adjust(
    study: Study | str | Path, task: str, *, reason: str, field: str, value: str, new_version: bool = False
) -> TasksResult:
    """Make a new version of `task` in which `field` is `value`.

    Human times and models' runs stay, as those of the version before.

    Args:
        study: the study.
        task: the task.
        reason: why it is adjusted, such as what pilots got stuck at.
        field: ``floor``, ``ceiling``, ``direction``, or a name of your own such as ``hint``.
        value: what it is from now on.
        new_version: adjust although the version in force is frozen.

    Raises:
        UnknownName: the study has no such task.
        BadInput: the task is frozen or retired, or the field cannot be set to that value.
    """
    opened = study if isinstance(study, Study) else Study(study)
    with changing(opened.path) as changes:
        (one,) = _named(study_tasks(opened), [task])
        check_adjust(task, one.standing, new_version=new_version)
        _enter(changes, ADJUST, _adjustment(one, reason.strip(), field.strip(), value).payload())
    return tasks_log(opened, [task])


def _adjustment(one: StudyTask, reason: str, name: str, value: str) -> Adjustment:
    if not reason:
        raise BadInput("the reason is empty.", "An adjustment needs one.", "Say what made it necessary.")
    after = _value(name, value)
    fields = dict(one.history.fields(one.version))
    before = _common(one, name) if name in ADJUSTABLE else fields.get(name)
    if after == before:
        raise BadInput(
            f"{name} of task {shown(one.task_id)!r} is {shown(value)} already.",
            "An adjustment changes something.",
            "Give another value.",
        )
    rows = [{**row, name: after} if name in ADJUSTABLE else row for row in one.rows]
    fields |= {} if name in ADJUSTABLE else {name: after}
    now = [time for time in one.times if same_version(time["version"], one.version)]
    return Adjustment(
        task_id=one.task_id,
        seq=0,
        at="",
        version_before=one.version,
        version_after=next_version(
            one.version, one.history.versions() | {time["version"] for time in one.times}
        ),
        hash_before=one.content_hash,
        hash_after=content_hash(rows, fields),
        field=name,
        before=before,
        after=after,
        reason=reason,
        pilots=tuple(time["run_id"] for time in now if time["source"] == PILOT),
        baselines=tuple(time["run_id"] for time in now if time["source"] != PILOT),
        fields=fields,
    )


def _value(name: str, value: str) -> Any:  # noqa: ANN401  of the type of the field
    """Return `value` as the field has it: of the schema's type for a column, as it was typed else."""
    if not name:
        raise BadInput("the field has no name.", "An adjustment changes one field.", "Name it with --field.")
    if name in TASKS.names and name not in ADJUSTABLE:
        raise BadInput(
            f"the column {name!r} is no part of a task that can be adjusted.",
            f"Columns that can are {', '.join(ADJUSTABLE)}; any other name is a field of your own.",
            "Import what was measured anew; it does not make a new version.",
        )
    if name not in ADJUSTABLE:
        return value
    if name == "direction" and value not in DIRECTIONS:
        raise BadInput(
            f"the direction is {shown(value)!r}.", f"It is {' or '.join(DIRECTIONS)}.", "Correct it."
        )
    row = pl.DataFrame({"task_id": ["-"], "task_family": ["-"], "metric": ["-"], name: [value]})
    return validate(row, TASKS, "--value")[name][0]


def _common(one: StudyTask, name: str) -> Any:  # noqa: ANN401
    """Return what the column `name` is under every metric of the task."""
    values = {row["metric"]: row[name] for row in one.rows}
    if len(set(values.values())) > 1:
        raise BadInput(
            f"the {name} of task {shown(one.task_id)!r} differs between its metrics: "
            + ", ".join(f"{metric} {value}" for metric, value in values.items())
            + ".",
            "An adjustment sets one value for the task.",
            "Import its records under a new version.",
        )
    return next(iter(values.values()))


def tasks_freeze(
    study: Study | str | Path, tasks: Sequence[str] = (), *, without_pilot: bool = False
) -> TasksResult:
    """Freeze the tasks called `tasks`, or all that are not retired: their content hashes go into the log.

    Args:
        study: the study.
        tasks: names of tasks; all where there are none.
        without_pilot: freeze drafts too, which nobody has tried; the log keeps which.

    Raises:
        UnknownName: the study has no such task.
        BadInput: a task is a draft or, being named, retired.
        VerificationFailed: a task was frozen with another content; nothing is frozen then.
    """
    opened = study if isinstance(study, Study) else Study(study)
    with changing(opened.path) as changes:
        known = study_tasks(opened)
        asked = _named(known, tasks) if tasks else [one for one in known.values() if not one.standing.retired]
        new = [one for one in asked if _to_freeze(one, without_pilot=without_pilot)]
        if new:
            frozen = {one.task_id: {"version": one.version, "content_hash": one.content_hash} for one in new}
            drafts = [one.task_id for one in new if one.standing.state == "draft"]
            _enter(changes, FREEZE, {"tasks": frozen, "without_pilot": drafts})
    names = [one.task_id for one in asked]
    old = len(asked) - len(new)
    notes = (f"{old} of {len(asked)} tasks were frozen already, with the same content",) if old else ()
    return TasksResult(tasks_log(opened, names).tasks if names else (), notes)


def _to_freeze(one: StudyTask, *, without_pilot: bool) -> bool:
    """Return whether the task is still to be frozen.

    Raises:
        BadInput: it may not be.
        VerificationFailed: it is frozen, and its content is another.
    """
    check_freeze(one.task_id, one.standing, without_pilot=without_pilot)
    frozen = one.history.frozen(one.version)
    if frozen is not None and not one.as_frozen:
        raise VerificationFailed(
            f"task {shown(one.task_id)!r}, version {one.version or '(none)'}, was frozen with content hash "
            f"{frozen.content_hash[:12]} and has {one.content_hash[:12]}.",
            "A frozen version stays as it is.",
            "Import its record as it was, or adjust it with --new-version.",
        )
    return frozen is None


def tasks_retire(study: Study | str | Path, task: str, *, reason: str) -> TasksResult:
    """Retire `task` for good; what was measured with it stays.

    Raises:
        UnknownName: the study has no such task.
        BadInput: it is retired already, or there is no reason.
    """
    opened = study if isinstance(study, Study) else Study(study)
    with changing(opened.path) as changes:
        (one,) = _named(study_tasks(opened), [task])
        check_retire(task, one.standing)
        if not reason.strip():
            raise BadInput("the reason is empty.", "A retirement needs one.", "Say why.")
        _enter(changes, RETIRE, {"task_id": task, "version": one.version, "reason": reason.strip()})
    return tasks_log(opened, [task])


def _enter(changes: Changes, kind: Kind, payload: dict[str, Any]) -> None:
    Log(changes.touch(LOG_FILE)).append(kind, payload)
