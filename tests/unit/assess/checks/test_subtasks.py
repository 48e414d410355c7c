"""Sub-tasks: composed forecasts against direct ones, and successes that leave the marked path."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.characteristics.checks.subtasks import Shape, made_of_steps, suite_of
from tests.characteristics.design import drawn_suite

from tasklaws.assess.checks._subtask_steps import compositions, gains, marked
from tasklaws.assess.checks.subtasks import CHECK, flipped, off_path

if TYPE_CHECKING:
    from tasklaws.assess.check import Finding
    from tasklaws.assess.evidence import Evidence

TWELVE = Shape(12, 6, 20)


def judged(evidence: Evidence) -> Finding:
    return CHECK.judge(evidence, np.random.default_rng(0))


def with_runs(evidence: Evidence, runs: pl.DataFrame) -> Evidence:
    return replace(evidence.suite, runs=runs).evidence(evidence.family)


@pytest.fixture(scope="module")
def independent() -> Evidence:
    return made_of_steps(np.random.default_rng(3), TWELVE, 0.2)


def test_independent_steps_forecast_better(independent: Evidence) -> None:
    found = judged(independent)
    assert found.ok is True
    assert found.statistic is not None
    assert found.statistic > 0
    assert found.details["composed"] == ["each by itself"] * 9
    assert found.details["lower_bound_only"] is False
    assert found.chart is not None
    assert [row["size"] for row in found.chart.rows] == list(dict.fromkeys(independent.suite.sizes))[3:]
    json.dumps(found.details)


def test_an_unmarked_step_makes_forecasts_worse() -> None:
    found = judged(made_of_steps(np.random.default_rng(1), TWELVE, 0.2, unmarked=0.25))
    assert found.ok is False
    assert found.p is not None
    assert found.p <= 0.05


def test_steps_in_a_row_are_told_as_such() -> None:
    evidence = made_of_steps(np.random.default_rng(2), Shape(8, 6, 40), 0.2, in_a_row=True)
    assert set(judged(evidence).details["composed"]) == {"one after the other"}


def test_lengths_are_read_off_the_shares(independent: Evidence) -> None:
    table = marked(independent)
    assert table is not None
    alone, row = compositions(table, independent.counts)
    assert alone.copies == pytest.approx(np.full(6, 6.0), abs=0.4)
    assert (row.n <= alone.n).all()
    assert row.k == pytest.approx(alone.k)


def test_steps_marked_one_by_one_are_composed(independent: Evidence) -> None:
    reached = np.random.default_rng(4).random((4, 8, 20, 2)) < np.linspace(0.2, 0.9, 8)[:, None, None]
    suite = suite_of(reached, reached.all(-1), np.arange(8) / 3, np.random.default_rng(5))
    target = suite.runs.filter(pl.col("metric") == suite.metric)
    each = [
        target.with_columns(
            pl.lit(f"milestone:{i}").alias("metric"),
            pl.Series("score", reached[..., i].ravel().astype(float)),
        )
        for i in range(2)
    ]
    found = judged(replace(suite, runs=pl.concat([target, *each])).evidence("family"))
    assert found.details["composed"] == ["all of them"] * 5


def test_too_few_sizes_are_not_told() -> None:
    found = judged(made_of_steps(np.random.default_rng(0), Shape(6, 5, 8), 0.2))
    assert found.ok is None
    assert found.reason == "2 more sizes to hold out"


def test_without_milestones_it_does_not_apply() -> None:
    suite = drawn_suite(np.full((3, 8), 0.5), 8, np.random.default_rng(0))
    assert judged(suite.evidence("family")).applies is False


def test_successes_off_the_marked_path_make_milestones_lower_bounds() -> None:
    table = pl.DataFrame(
        {
            "path": ["by_hand"] * 6 + ["trick"] * 2 + ["guessed"],
            "score": [1.0] * 5 + [0.0] + [1.0] * 3,
            "milestones": [1.0] * 6 + [0.5, 1.0, 1.0],
        }
    )
    found = off_path(table)
    assert found["marked_path"] == "by_hand"
    assert found["missing_milestones"] == pytest.approx(1 / 8)
    assert found["by_other_paths"] == pytest.approx(2 / 7)
    assert found["lower_bound_only"] is True


def test_flipped_is_exact() -> None:
    assert flipped(np.ones(5)) == 1 / 32
    assert flipped(-np.ones(5)) == 1.0
    assert flipped(np.zeros(5)) == 1.0


def test_nothing_of_a_later_size_is_seen(independent: Evidence) -> None:
    table = marked(independent)
    assert table is not None
    counts, sizes = independent.counts, np.arange(12)
    whole, _ = gains(compositions(table, counts), counts, independent.x, sizes)
    early = [m for m, size in zip(counts.models, sizes, strict=True) if size < 6]
    part = compositions(table.filter(pl.col("model").is_in(early)), counts)
    short, _ = gains(part, counts.models_at(range(6)), independent.x[:6], sizes[:6])
    assert short == pytest.approx(whole[:3], abs=0.05)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_breaks_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    evidence = made_of_steps(rng, Shape(8, int(rng.integers(1, 4)), 2, steps=int(rng.integers(1, 5))), 1.0)
    runs = evidence.runs
    variants = {
        0: runs,
        1: runs.with_columns(pl.lit(0.0).alias("score")),
        2: runs.with_columns(pl.lit(1.0).alias("score")),
        3: runs.sample(fraction=0.2, seed=seed),
        4: runs.with_columns(pl.lit(None, pl.String).alias("path")),
        5: runs.clear(),
    }
    found = judged(with_runs(evidence, variants[seed]))
    assert found.text
    assert found.p is None or 0 <= found.p <= 1
    json.dumps(found.details)


def test_the_same_evidence_gives_the_same_finding(independent: Evidence) -> None:
    again = made_of_steps(np.random.default_rng(3), TWELVE, 0.2)
    assert judged(independent) == judged(again)
