"""People of worlds: who they are, and tables of their baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasklaws.core.tables import HUMAN_TIMES
from tasklaws.spec.agent import Agent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.worlds._drawing import Floats, WorldTask

PERSON = Agent("person", {})
"""Somebody who knows no shortcut; people work until they succeed, so that they have no error."""


def baselines(
    minutes: Mapping[WorldTask, Floats], give_up: float = np.inf, source: str = "baseline"
) -> pl.DataFrame:
    """Return a table of the schema ``human_times``: one row per person and task.

    Args:
        minutes: task -> time that each person needs, of shape (people,).
        give_up: minutes after which people stop; their score is 0 and their time that of stopping.
        source: what the times are.
    """
    rows = [_rows(task, needed, give_up, source) for task, needed in minutes.items()]
    return pl.concat(rows).select(HUMAN_TIMES.names)


def _rows(task: WorldTask, needed: Floats, give_up: float, source: str) -> pl.DataFrame:
    done = needed <= give_up
    return pl.DataFrame(
        {
            "task_family": task.family,
            "task_id": task.task_id,
            "run_id": [f"{task.task_id}-{source}-{person}" for person in range(needed.size)],
            "minutes": np.minimum(needed, give_up),
            "score": done.astype(float),
            "outcome": ["submitted" if one else "limit_time" for one in done],
            "source": source,
        },
        schema=dict(HUMAN_TIMES.dtypes()),
    )
