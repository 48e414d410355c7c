"""Small tables of attempts with a planted law, for the tests of time horizons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from tasklaws.spec.ladder import Rung
from tasklaws.spec.ladder_file import make_ladder

START = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass
class Tables:
    """Attempts and tasks as the verb takes them."""

    runs: pl.DataFrame
    tasks: pl.DataFrame


def attempt(  # noqa: PLR0917  read as a row
    model: str, task: str, number: int, score: float, outcome: str = "submitted", lasted: float | None = None
) -> dict[str, object]:
    """Return one attempt; the family of a task is what stands before its slash."""
    return {
        "model": model,
        "task_family": task.partition("/")[0],
        "task_id": task,
        "instance_id": task,
        "epoch": number,
        "metric": "exact",
        "score": score,
        "outcome": outcome,
        "started_at": START if lasted is not None else None,
        "completed_at": START + timedelta(minutes=lasted) if lasted is not None else None,
    }


TYPES = {
    "instance_id": pl.String,
    "started_at": pl.Datetime("us", "UTC"),
    "completed_at": pl.Datetime("us", "UTC"),
    "outcome": pl.String,
    "score": pl.Float64,
    "epoch": pl.Int64,
}


def tables(attempts: list[dict[str, object]], minutes: dict[str, float | None]) -> Tables:
    """Return tables of those attempts at tasks of those times."""
    tasks = pl.DataFrame(
        [
            {"task_id": task, "task_family": task.split("/")[0], "metric": "exact", "human_minutes": time,
             "human_source": "baseline"}
            for task, time in minutes.items()
        ]
    )  # fmt: skip
    return Tables(pl.DataFrame(attempts, schema_overrides=TYPES), tasks)


def times(families: int = 12, each: int = 3) -> dict[str, float]:
    """Return tasks from one minute to a day, spread over families."""
    places = np.linspace(0, np.log2(1440), families * each)
    order = [(i * 7) % len(places) for i in range(len(places))]
    return {f"f{i % families}/{i}": float(2 ** places[order[i]]) for i in range(len(places))}


def logistic(
    agents: dict[str, float], seed: int = 0, runs: int = 6, slope: float = 0.7, spread: float = 0.0
) -> Tables:
    """Return attempts of agents with those 50 % time horizons; tasks differ by `spread` logits."""
    rng = np.random.default_rng(seed)
    minutes = times()
    odd = dict(zip(minutes, rng.normal(0, spread, len(minutes)), strict=True))
    rows = []
    for agent, half in agents.items():
        for task, time in minutes.items():
            rate = 1 / (1 + np.exp(slope * (np.log2(time) - np.log2(half)) + odd[task]))
            rows += [attempt(agent, task, i, float(rng.random() < rate)) for i in range(runs)]
    return tables(rows, dict(minutes))


def every(agent: str, score: float, minutes: dict[str, float]) -> list[dict[str, object]]:
    """Return two attempts of an agent at each task, all with one score."""
    return [attempt(agent, task, i, score) for task in minutes for i in range(2)]


def dated(days: dict[str, date]) -> object:
    """Return a ladder of agents released on those days."""
    return make_ladder([Rung(name, "agents", released=day) for name, day in days.items()], "released")
