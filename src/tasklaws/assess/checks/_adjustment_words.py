"""What the finding on adjusted tasks says and shows."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.assess.check import Chart, Column

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.assess.evidence import Evidence


TITLES = {
    "stale": "Tasks were adjusted and not timed anew",
    "heap": "Accepted pilots crowd below the longest of them",
    "fresh": "Fresh people need other times than pilots did",
    "sound": "Nothing shows that tasks were fitted to their pilots",
}


def sentence(reason: str, found: Mapping[str, Any]) -> str:
    """Return what decided: ``stale``, ``heap``, ``fresh``, ``not-stated`` or ``sound``."""
    of = f"{found['without_fresh']} of {_tasks(found['n_tasks'])}"
    if reason == "stale":
        return (
            f"{of} ({found['share']:.0%}; {found['suite_share']:.0%} in all families) were adjusted and not "
            "timed anew: their human times are not those of the tasks as they are."
        )
    if reason == "heap":
        heap = found["heap"]
        return (
            f"{heap['close']} of {heap['pilots']} accepted pilots took {heap['from_minutes']:.3g} to "
            f"{heap['threshold_minutes']:.3g} minutes, close below the longest: more than chance lets crowd."
        )
    if reason == "fresh":
        fresh = found["fresh"]
        low, middle, high = (exp(fresh[key]) for key in ("lower", "statistic", "upper"))
        return (
            f"Fresh people need {middle:.2f} times as long as the pilots of the same {fresh['tasks']} tasks "
            f"did (95 % interval {low:.2f} to {high:.2f})."
        )
    most = found["without_fresh_at_most"]
    if reason == "not-stated":
        return (
            f"The study does not state versions: {most} of {_tasks(found['n_tasks'])} may have been adjusted "
            "and not timed anew."
        )
    sure = "" if most == found["without_fresh"] else "At most "
    few = f"{sure}{_tasks(most)}" if most else "No task"
    return f"{few} {'were' if most > 1 else 'was'} adjusted and not timed anew{_tested(found)}."


def _tasks(n: int) -> str:
    return f"{n} task" if n == 1 else f"{n} tasks"


def _tested(found: Mapping[str, Any]) -> str:
    """Return what the tests that could be made did not find."""
    heap, fresh = found["heap"], found["fresh"]
    crowd = "" if heap["p"] is None else f", pilots do not crowd below a limit (p {heap['p']:.2f})"
    anew = (
        "" if fresh["p"] is None else f", fresh people need no other times than pilots (p {fresh['p']:.2f})"
    )
    return crowd + anew


def drawn(evidence: Evidence, table: pl.DataFrame, reason: str) -> Chart | None:
    """Return the times of people at each task, by who they were; None where there are none."""
    changed = table.select("task_id", "version")
    times = (
        evidence.human.filter(pl.col("minutes") > 0)
        .join(changed, on="task_id", how="left")
        .select("task_id", "minutes", pl.col("source").fill_null("not stated"), "version")
        .sort("minutes", "task_id")
    )
    if not times.height:
        return None
    return Chart(
        title=TITLES[reason],
        description="Each point is the time of one person at one task.",
        rows=tuple(times.to_dicts()),
        x=Column("task_id", "task, by its shortest time"),
        y=Column("minutes", "human time (minutes)", log=True),
        colour=Column("source", "who was timed"),
    )
