"""`tasklaws tasks`: the life cycle of a study's tasks, by the word that follows it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import number, table, text
from tasklaws.cli.verb import Result, study_argument, verb, with_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress

HASH = 12
COLUMNS = ("task", "version", "state", "pilots", "fresh", "older times", "adjusted")
MARKS = {True: "ok", False: "FAILS", None: "unknown"}

tasks_argument = click.argument("tasks", nargs=-1, metavar="[TASK]...")
reason_option = click.option("--reason", required=True, metavar="TEXT", help="Why; the log keeps it.")


def _row(task: dict[str, Any]) -> dict[str, Any]:
    return {
        "task": task["task_id"],
        "version": task["version"],
        "state": task["state"],
        "pilots": task["pilots"],
        "fresh": task["baselines"],
        "older times": task["older_times"],
        "adjusted": len(task["adjustments"]),
    }


def _wording(document: dict[str, Any]) -> Iterator[str]:
    """Yield a table of the tasks, and the events of a task that is asked for alone."""
    yield from table([_row(one) for one in document["tasks"]], COLUMNS)
    if len(document["tasks"]) == 1:
        yield from _events(document["tasks"][0])


def _events(task: dict[str, Any]) -> Iterator[str]:
    told = [
        *((one["at"], _adjusted(one)) for one in task["adjustments"]),
        *(
            (one["at"], f"frozen as version {_version(one['version'])}, content {one['content_hash'][:HASH]}")
            for one in task["freezes"]
        ),
        *((one["at"], f"retired: {one['reason']}") for one in [task["retirement"]] if one),
    ]
    for at, words in sorted(told):
        yield f"{at[:19]}  {words}"


def _adjusted(one: dict[str, Any]) -> str:
    versions = f"{_version(one['version_before'])} to {_version(one['version_after'])}"
    change = f"{one['field']} from {text(one['before'])} to {text(one['after'])}"
    left = f"rests on {len(one['pilots'])} pilots, leaves {len(one['baselines'])} other times behind"
    return f"adjusted, version {versions}: {change} ({left}): {one['reason']}"


def _version(version: str | None) -> str:
    return version or "(none stated)"


def _checked(document: dict[str, Any]) -> Iterator[str]:
    """Yield the tasks in which something is stale, how many stand in which state, and D10 in short."""
    stale = [one for one in document["tasks"] if one["flags"]]
    for one in stale:
        what = "; ".join(one["flags"].values())
        yield f"{one['task_id']}, version {_version(one['version'])}, {one['state']}: {what}"
    counted = (f"{n} {state}" for state, n in document["states"].items() if n)
    yield f"{len(document['tasks'])} tasks: {', '.join(counted) or 'none'}; {len(stale)} with something stale"
    for one in document["adjustment"]:
        if not one["ok"] and one["applies"]:
            yield f"{MARKS[one['ok']]:8}D10 {one['family']}: {one['text']}"
            yield from _factor(one["horizon"])
    if passed := sum(bool(one["ok"]) for one in document["adjustment"]):
        yield f"{MARKS[True]:8}D10 {passed} of {len(document['adjustment'])} families"
    if document["pilots"]["factor"] is not None:
        low, middle, high = (number(document["pilots"][key]) for key in ("lower", "factor", "upper"))
        yield (
            f"by the pilots alone, fresh people need {middle} times as long as accepted pilots "
            f"(90 % interval {low} to {high}, {document['pilots']['tasks']} tasks)"
        )
    if document["adjustment_reason"]:
        yield f"D10: {document['adjustment_reason']}"


def _factor(horizon: dict[str, Any]) -> Iterator[str]:
    if horizon["factor"] is None:
        return
    ends = [horizon["lower"], horizon["upper"]]
    interval = "interval open" if None in ends else f"95 % interval {number(ends[0])} to {number(ends[1])}"
    yield (
        f"        time horizon of {horizon['model']} with adjusted tasks over that without: "
        f"{number(horizon['factor'])} ({interval})"
    )


@verb(
    "tasks log",
    brief="Tell what became of tasks.",
    wording=_wording,
    example="tasklaws tasks log study/ sha_chain/10",
)
@study_argument
@tasks_argument
def log(_progress: Progress, study: Path, tasks: tuple[str, ...]) -> Result:
    """Tell version, state and history of the tasks of STUDY; with one TASK also every event.

    A version is a draft, then piloted (a person has tried it), frozen (its content is fixed by a hash),
    baselined (fresh people were timed), retired. The log of the study holds every event.
    """
    from tasklaws.run.task_changes import tasks_log

    return tasks_log(study, tasks)


@verb(
    "tasks adjust",
    brief="Make a new version of a task.",
    wording=_wording,
    example="tasklaws tasks adjust study/ maze/9 --reason 'stuck at step 4' --field hint --value 'turn left'",
)
@study_argument
@click.argument("task")
@reason_option
@click.option("--field", required=True, metavar="NAME", help="floor, ceiling, direction, or any other name.")
@click.option("--value", required=True, metavar="V", help="What the field is from now on.")
@click.option("--new-version", is_flag=True, help="Also where the version in force is frozen.")
def adjust(_progress: Progress, study: Path, task: str, **options: Any) -> Result:  # noqa: ANN401
    """Adjust TASK of STUDY: the log gets an event, and the task a new version, which is a draft.

    Human times and models' runs stay, marked as those of the version before: people are to be timed anew.
    """
    from tasklaws.run.task_changes import tasks_adjust

    return tasks_adjust(study, task, **options)


@verb(
    "tasks freeze",
    brief="Fix the content of tasks by a hash.",
    wording=_wording,
    example="tasklaws tasks freeze study/",
)
@study_argument
@tasks_argument
@click.option("--without-pilot", is_flag=True, help="Freeze also drafts, which nobody has tried.")
def freeze(_progress: Progress, study: Path, tasks: tuple[str, ...], without_pilot: bool) -> Result:
    """Freeze each TASK of STUDY, or all: content hashes go into the log, and adjusting is refused."""
    from tasklaws.run.task_changes import tasks_freeze

    return tasks_freeze(study, tasks, without_pilot=without_pilot)


@verb(
    "tasks retire",
    brief="Take a task out of use, for good.",
    wording=_wording,
    example="tasklaws tasks retire study/ maze/9 --reason 'its solution was published'",
)
@study_argument
@click.argument("task")
@reason_option
def retire(_progress: Progress, study: Path, task: str, reason: str) -> Result:
    """Retire TASK of STUDY; what was measured with it stays."""
    from tasklaws.run.task_changes import tasks_retire

    return tasks_retire(study, task, reason=reason)


@verb(
    "tasks check",
    brief="Tell which times and runs are stale.",
    wording=_checked,
    example="tasklaws tasks check study/",
)
@study_argument
def check(progress: Progress, study: Path) -> Result:
    """Check the tasks of STUDY: human times and runs of older versions, and tasks not timed anew.

    Content is held to what was frozen, and D10 is told in short: were tasks fitted to their pilots, and what
    do adjusted tasks do to a time horizon. The exit code is 4 where something is stale.
    """
    from tasklaws.assess.task_check import tasks_check

    return tasks_check(study, progress=progress)


@verb(
    "tasks",
    brief="Log, adjust, freeze or check tasks.",
    wording=_wording,
    example="tasklaws tasks check study/",
)
@click.argument("study", type=click.Path(path_type=Path))
def _overview(_progress: Progress, study: Path) -> Result:
    """Tell version and state of every task of STUDY, or do what a word before STUDY says.

    \b
    tasklaws tasks log STUDY [TASK]...       the history of tasks
    tasklaws tasks adjust STUDY TASK ...     a new version of a task, with the reason
    tasklaws tasks freeze STUDY [TASK]...    fix the content of tasks by a hash
    tasklaws tasks retire STUDY TASK ...     take a task out of use
    tasklaws tasks check STUDY               what is stale; exit code 4 where something is

    Each has a --help of its own.
    """  # noqa: D301  the backspace tells click to leave the lines as they are
    from tasklaws.run.task_changes import tasks_log

    return tasks_log(study)


command = with_words(_overview, log=log, adjust=adjust, freeze=freeze, retire=retire, check=check)
