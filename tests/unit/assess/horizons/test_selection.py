"""Attempts become counts by how they ended; a cut attempt tells what longer runs tell."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.unit.assess.horizons.agents import Tables, attempt, tables

from tasklaws.assess.horizons.budget import redistributed
from tasklaws.assess.horizons.selection import Asked, Counting, asked
from tasklaws.assess.horizons.sources import source_of
from tasklaws.core.errors import BadInput, NoAnswer


def of(made: Tables, human: pl.DataFrame | None = None, **options: bool) -> Asked:
    return asked(source_of(made.runs, made.tasks, human), **options)


@pytest.fixture
def endings() -> Asked:
    rows = [
        attempt("m", "a/1", 0, 1.0, lasted=5),
        attempt("m", "a/1", 1, 0.0, "limit", lasted=3),
        attempt("m", "a/1", 2, 0.0, "limit_tokens", lasted=9),
        attempt("m", "a/1", 3, 1.0, "invalid_success", lasted=1),
        attempt("m", "a/2", 0, 0.0, lasted=2),
    ]
    return of(tables(rows, {"a/1": 8.0, "a/2": 32.0, "a/unasked": 4.0}))


@pytest.mark.parametrize(
    ("how", "k", "n"),
    [
        (Counting(), 1, 4),
        (Counting("drop"), 1, 2),
        # the attempt cut after 3 minutes passes on to those of 5 and 9 minutes; nothing outlasted the latter
        (Counting("censor"), 1.5, 2.5),
        (Counting(invalid="success"), 2, 4),
        (Counting(invalid="drop"), 1, 3),
        (Counting("drop", "drop"), 1, 1),
    ],
)
def test_each_way_to_count(endings: Asked, how: Counting, k: float, n: float) -> None:
    assert endings.tasks == ("a/1", "a/2")
    counted = endings.counts(how)
    assert (counted[0][0, 0], counted[1][0, 0]) == (k, n)
    assert (counted[0][0, 1], counted[1][0, 1]) == (0, 1)


def test_attempts_left_out_take_their_weight_along(endings: Asked) -> None:
    whole, dropped = endings.cells(Counting()), endings.cells(Counting("drop", "drop"))
    for cells in (whole, dropped):
        assert (cells.weight * cells.n).sum() == pytest.approx(1)
    # one of four attempts at the first task is left, beside the only one at the second
    assert (dropped.weight * dropped.n)[0] == pytest.approx([0.2, 0.8])
    assert (whole.weight * whole.n)[0] == pytest.approx([0.5, 0.5])


def test_censored_attempts_without_a_longer_run_or_a_clock_are_dropped() -> None:
    assert redistributed(np.array([1.0, 2.0]), np.array([False, True])) == pytest.approx([1, 0])
    assert redistributed(np.array([np.nan, np.nan]), np.array([False, True])) == pytest.approx([1, 0])
    assert redistributed(np.array([2.0, 2.0]), np.array([True, False])) == pytest.approx([0, 1])
    # Efron by hand: 1 is cut and shared by three; 2 is cut with 4/3 and shared by two
    weight = redistributed(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, False, False]))
    assert weight == pytest.approx([0, 0, 2, 2])


def test_people_stand_as_an_agent_without_their_estimates() -> None:
    made = tables([attempt("m", "a/1", 0, 1.0)], {"a/1": 8.0, "a/2": 16.0})
    human = pl.DataFrame(
        [
            {"task_family": "a", "task_id": task, "run_id": run, "minutes": minutes, "score": score,
             "outcome": "submitted", "source": source}
            for run, task, minutes, score, source in (
                ("1", "a/1", 7.0, 1.0, "baseline"), ("2", "a/1", 9.0, 0.0, "baseline"),
                ("3", "a/2", 16.0, 1.0, "estimate"))
        ]
    )  # fmt: skip
    found = of(made, human)
    assert found.agents == ("m", "human")
    assert found.counts(Counting())[1][1].sum() == 2
    assert found.as_recorded()[1][1].sum() == 3
    assert of(made, human, people=False).agents == ("m",)


def test_cells_without_attempts_take_limits_to_have_failed() -> None:
    made = tables([], {"a/1": 8.0})
    cells = pl.DataFrame(
        {"model": ["m"], "task_family": ["a"], "task_id": ["a/1"], "metric": ["exact"], "harness_id": ["h"],
         "elicitation": ["default"], "n": [10], "k": [7.0], "n_limit": [4], "n_invalid": [1]}
    )  # fmt: skip
    found = asked(source_of(cells, made.tasks))
    # 7 of 10 succeeded, one of them by tampering; of 5 plain attempts at most 5 did, so one cut one did
    assert [found.n[i, 0, 0] for i in range(3)] == [5, 4, 1]
    assert [found.k[i, 0, 0] for i in range(3)] == [5, 1, 1]
    assert any("limit-ended" in note for note in found.notes)


def test_what_cannot_be_is_refused() -> None:
    made = tables([attempt("m", "a/1", 0, 1.0)], {"a/1": None})
    with pytest.raises(NoAnswer, match="no-human-times"):
        of(made)
    with pytest.raises(BadInput, match="without a table of tasks"):
        source_of(made.runs)
    with pytest.raises(NoAnswer, match="no-results"):
        of(Tables(made.runs.clear(), made.tasks))
    graded = made.runs.with_columns(pl.lit(3.0).alias("score"), pl.lit("nats").alias("unit"))
    with pytest.raises(BadInput, match=r"outside \[0, 1\]"):
        of(Tables(graded, made.tasks))


def test_tasks_without_a_time_are_left_out_and_told() -> None:
    rows = [attempt("m", "a/1", 0, 1.0), attempt("m", "a/2", 0, 1.0)]
    found = of(tables(rows, {"a/1": 4.0, "a/2": None}))
    assert found.tasks == ("a/1",)
    assert "1 tasks without a human time are left out" in found.notes
