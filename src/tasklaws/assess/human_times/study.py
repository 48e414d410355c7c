"""Human times of a study: every attempt kept, give-ups as "longer than this", intervals everywhere.

Source: formal model, P14, P14b, P14c and D13.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.human_times import summary
from tasklaws.assess.human_times.laws import LAWS, LawName, fitted
from tasklaws.assess.human_times.plans import plan_rows
from tasklaws.assess.human_times.rows import task_rows
from tasklaws.assess.human_times.timed import timed
from tasklaws.core.errors import NoAnswer, UnknownName
from tasklaws.infer.human_times.pooled import LEVEL
from tasklaws.spec.bounds import inner_rate
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from tasklaws.core.progress import Progress


@dataclass(frozen=True)
class HumanTimes:
    """What is known of the times of tasks."""

    law: str
    level: float
    tasks: tuple[dict[str, Any], ...]
    about: dict[str, Any]
    """What is said of all tasks together."""
    warnings: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the JSON keys of `human-times`."""
        return {"law": self.law, "level": self.level, "tasks": list(self.tasks), **self.about}


def human_times(
    study: Study | str | Path,
    *,
    law: LawName = "auto",
    population: str | None = None,
    level: float = LEVEL,
    seed: int | None = None,
    progress: Progress | None = None,
) -> HumanTimes:
    """Return how long each task of a study takes people, with intervals.

    Args:
        study: the study.
        law: of people's times: `auto` lets tests decide between the others.
        population: only these people; None for all.
        level: of the intervals.
        seed: of everything random; that of the study where it is None.
        progress: nobody hears of a verb this short.

    Raises:
        NoAnswer: the study has no time of anybody.
        UnknownName: there is no such law or population.
    """
    del progress
    study = study if isinstance(study, Study) else Study(study)
    seed = study.settings.seed if seed is None else seed
    return of_tables(study.human(), study.tasks(), law=law, population=population, level=level, seed=seed)


def of_tables(
    human: pl.DataFrame,
    tasks: pl.DataFrame,
    *,
    law: LawName = "auto",
    population: str | None = None,
    level: float = LEVEL,
    seed: int = 0,
) -> HumanTimes:
    """Return the same of tables of the schemas ``human_times`` and ``tasks``."""
    if law not in LAWS:
        raise UnknownName("law of human times", law, LAWS)
    inner_rate(level, "the level")
    counted = timed(human, tasks, population)
    if not counted.attempts.done.any():
        raise NoAnswer(
            "nobody-finished",
            f"of {counted.attempts.done.size} attempts none was finished.",
            "A time needs somebody who finishes.",
            "Give people longer, or keep the attempts that were finished.",
        )
    rng = np.random.default_rng(seed)
    found = fitted(counted, law, rng)
    medians = found.fit.estimates("median", level)
    about = {
        "spread": summary.spread(found, level),
        "given_up": summary.given_up(found, level),
        "success_only": summary.success_only(found, medians, level, rng),
        "left_out": summary.left_out(found),
        "two_modes": summary.modes(found),
        "blow_ups": summary.blow_ups(found, level),
        "populations": summary.populations(found, counted.populations, level),
        "axis": summary.axis(found, medians, level, rng),
        "plans": plan_rows(found.timed, medians),
    }
    rows = tuple(task_rows(found, level))
    return HumanTimes(found.fit.law.name, level, rows, about, counted.warnings)
