"""C3: a cliff between tasks fails; even, random and thinning steps pass; copies and few tasks: not told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from scipy.special import expit
from tests.characteristics.checks.consistent_steps import (
    BENT,
    STEADY,
    Turning,
    even_steps,
    normal_steps,
    one_cliff,
    random_steps,
    two_thresholds,
)
from tests.characteristics.checks.distinct_levels import MANY_RUNS, PLANS, THE_PLAN, family
from tests.characteristics.design import drawn_suite, first_family

from tasklaws.assess.check import CHECKS, Finding
from tasklaws.assess.checks._decline import by_model, decline, fit, rate, scatter
from tasklaws.assess.checks._path_turn import size_of, turn
from tasklaws.assess.checks.consistent_steps import evenness, index_of
from tasklaws.assess.evidence import suite_from_counts, suites
from tasklaws.run.simulation import simulate
from tasklaws.theory.thresholds import gap_index

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasklaws.assess.evidence import Evidence


def judged(evidence: Evidence, seed: int = 0) -> Finding:
    found = CHECKS["consistent_steps"].judge(evidence, np.random.default_rng(seed))
    rows = [dict(row) for row in found.chart.rows] if found.chart else []
    json.dumps([dict(found.details), rows], allow_nan=False)
    assert found.ok is not None or found.reason
    return found


def made(
    shape: Callable[[np.random.Generator, int], np.ndarray], plan: object = MANY_RUNS, seed: int = 1
) -> Evidence:
    rng = np.random.default_rng(seed)
    length = plan.step * (plan.sizes - 1)  # type: ignore[attr-defined]
    return family(plan, length * shape(rng, plan.tasks), 0.3, rng)  # type: ignore[arg-type, attr-defined]


@pytest.mark.parametrize("shape", [one_cliff, two_thresholds])
def test_a_cliff_fails_and_is_named(shape: Callable[..., np.ndarray]) -> None:
    found = judged(made(shape))
    assert found.ok is False
    below, above = (int(task.removeprefix("task-")) for task in found.details["widest_gap_between"])
    assert below < 10 <= above
    assert found.details["widest_gap_steps"] > 1.5


@pytest.mark.parametrize("shape", [even_steps, random_steps, normal_steps])
@pytest.mark.parametrize("plan", [THE_PLAN, PLANS[1]], ids=lambda plan: plan.name)
def test_steps_without_a_cliff_pass(shape: Callable[..., np.ndarray], plan: object) -> None:
    assert judged(made(shape, plan)).ok


def test_copies_are_a_matter_of_another_check() -> None:
    found = judged(made(lambda _, tasks: np.zeros(tasks)))
    assert found.ok is None
    assert "copies" in found.text


def test_few_tasks_are_not_told() -> None:
    found = judged(made(one_cliff, replace(THE_PLAN, tasks=4)))
    assert found.ok is None
    assert "more tasks on the ladder" in str(found.reason)


def test_the_unit_of_the_axis_does_not_matter() -> None:
    one = made(one_cliff)
    counts = one.counts
    stretched = suite_from_counts(counts, 2 * one.x + 5).evidence("family")
    plain, scaled = judged(suite_from_counts(counts, one.x).evidence("family")), judged(stretched)
    assert scaled.statistic == pytest.approx(plain.statistic)
    assert scaled.details["widest_gap_steps"] == pytest.approx(plain.details["widest_gap_steps"])
    assert scaled.p == plain.p


def test_tasks_of_the_next_rung_are_counted() -> None:
    ability = np.arange(6.0)
    difficulty = np.concatenate([np.linspace(0, 5, 8), [5.4, 5.6, 9.0]])
    rate = expit(ability - difficulty[:, None])
    found = judged(first_family(drawn_suite(rate, 4000, np.random.default_rng(0))))
    assert found.details["just_ahead"] == 2
    assert found.details["rung_step"] == pytest.approx(1 / 3)


def test_the_index_is_that_of_the_theory() -> None:
    b = np.random.default_rng(0).normal(size=9)
    assert index_of(np.diff(np.sort(b))) == pytest.approx(gap_index(b))


def test_gaps_that_are_not_surely_wider_than_a_rung_do_not_count() -> None:
    b = np.array([0.0, 0.1, 0.2, 2.0, 2.1])
    assert evenness(b, np.full(5, 0.1), np.asarray(1.0))[0] == pytest.approx(gap_index(b))
    assert evenness(b, np.full(5, 0.9), np.asarray(1.0))[0] == 4
    assert evenness(b, np.full(5, 0.1), np.asarray(2.0))[0] == 4


def test_the_ends_of_many_tasks_are_set_aside() -> None:
    b = np.concatenate([np.linspace(0, 1, 18), [9.0, -9.0]])
    index, widths = evenness(b, np.full(20, 0.01), np.asarray(0.01))
    assert index == pytest.approx(len(widths)) == 15


def test_the_same_seed_gives_the_same_finding() -> None:
    one = made(random_steps)
    assert judged(one, 3) == judged(one, 3)


@pytest.mark.parametrize("seed", range(12))
def test_odd_counts_do_not_break_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tasks, models = int(rng.integers(1, 12)), int(rng.integers(2, 8))
    rate = np.round(expit(np.linspace(-4, 4, models) - rng.normal(0, 3, (tasks, 1))))
    suite = drawn_suite(rate, 5, rng, floor=0.25 * (seed % 2))
    gone = np.where(rng.random(rate.shape) < 0.2, 0.0, 1.0)
    counts = replace(suite.counts, k=0.7 * suite.counts.k * gone, n=suite.counts.n * gone)
    judged(suite_from_counts(counts, suite.x).evidence("family"))


def test_the_good_world_passes_or_is_not_told(tmp_path: Path) -> None:
    simulate("spread_skills", tmp_path / "good", rungs=6, runs=6 * 40 * 8)
    good = suites(tmp_path / "good")[0]
    verdicts = [judged(good.evidence(family)).ok for family in good.families]
    assert False not in verdicts
    assert True in verdicts


def turning(seed: int = 1, **changes: object) -> Evidence:
    world = replace(Turning("turn", STEADY, 0.3), **changes)  # type: ignore[arg-type]
    return world.draw(np.random.default_rng(seed))


def test_a_drop_where_paths_turn_fails_and_is_named() -> None:
    found = judged(turning(drop=3.0))
    assert found.ok is False
    assert "Beyond size 1000 the attempts turn from loop to formula" in found.text
    assert found.lower is not None
    assert found.upper is not None
    assert found.lower < 3 < found.upper
    declared = found.details["declared"]
    assert declared["shares"]["1000"]["loop"] > 0.3 > declared["shares"]["10000"].get("loop", 0.0)
    assert found.chart is not None
    assert [row["side"] for row in found.chart.rows] == ["up to 1000, led by loop"] * 3 + [
        "beyond, led by formula"
    ] * 2


def test_a_drop_within_a_rung_step_is_no_cliff() -> None:
    declared = judged(turning(drop=0.8, runs=200)).details["declared"]
    assert declared["drop"] > 4 * declared["drop_error"]
    assert declared["drop_steps"] < 1
    assert declared["p"] == 1


def test_no_drop_is_looked_for_without_paths() -> None:
    one = turning(drop=3.0)
    bare = suite_from_counts(one.counts, one.x).evidence("family")
    assert "declared" not in judged(bare).details


@pytest.mark.parametrize("seed", range(4))
def test_a_bent_decline_is_no_drop(seed: int) -> None:
    found = judged(turning(seed, decline=BENT, scatter=0.5))
    assert "declared" in found.details
    assert found.ok is not False


def test_a_rise_where_paths_turn_is_no_cliff() -> None:
    found = judged(turning(drop=-3.0, decline=(0.8, 0.0)))
    assert found.details["declared"]["drop"] < 0
    assert found.details["declared"]["p"] == 1
    assert "attempts turn" not in found.text


def test_items_that_all_models_find_hard_widen_the_error() -> None:
    wide, narrow = (judged(turning(items=sd)).details["declared"] for sd in (2.0, 0.0))
    assert wide["item_error"] > 0.2 > narrow["item_error"]
    assert wide["drop_error"] > wide["item_error"]


def test_a_place_needs_two_sizes_on_either_side() -> None:
    one = turning(drop=3.0)
    path = pl.when(pl.col("task_id") == "family/10").then(pl.lit("loop")).otherwise(pl.lit("formula"))
    runs = one.suite.runs.with_columns(path.alias("path"))
    early = replace(one.suite, runs=runs).evidence("family")
    assert "declared" not in judged(early).details


def shares(*loops: float) -> pl.DataFrame:
    rows = [
        (f"f/{10**i}", "loop" if j < 100 * share else "formula")
        for i, share in enumerate(loops)
        for j in range(100)
    ]
    return pl.DataFrame(rows, schema=["task_id", "path"], orient="row")


@pytest.mark.parametrize(
    ("loops", "place"),
    [
        ((1, 0.8, 0.47, 0.02, 0), 100),
        ((1, 0.9, 0.1, 0.0, 0), 10),
        ((0.1, 0.1, 0.9, 0.9, 0.9), 10),
        ((1, 0.7, 0.4, 0.1, 0), None),
        ((0.6, 0.6, 0.6, 0.6, 0.6), None),
    ],
)
def test_the_place_is_where_the_leading_path_loses_most(loops: tuple[float, ...], place: int | None) -> None:
    found = turn(shares(*loops), {f"f/{10**i}": float(10**i) for i in range(5)})
    assert (found and found.size) == place


def test_guesses_lead_nothing_and_sizes_without_paths_name_no_place() -> None:
    told = shares(1, 1, 0, 0, 0)
    sizes = {f"f/{10**i}": float(10**i) for i in range(5)}
    guessed = told.with_columns(pl.col("path").replace({"loop": "guessed"}))
    assert turn(guessed, sizes) is None
    assert turn(told.filter(pl.col("task_id") != "f/1000"), sizes) is None
    assert turn(told, sizes) == turn(told.reverse(), sizes)


def test_sizes_are_read_from_names() -> None:
    assert [size_of(task) for task in ("a/10", "a/b/0.5", "12", "a/0", "a/x", "a/nan", "a/inf")] == [
        10.0, 0.5, 12.0, None, None, None, None,
    ]  # fmt: skip


def test_the_fit_finds_the_drop_of_many_answers() -> None:
    size, level = 10.0 ** np.arange(6), np.linspace(-1, 3, 5)
    columns = np.column_stack([decline(size), np.where(size > 500, -1.0, 0.0)])
    eta = level - np.array([0.0, 0.1, 0.4, 0.9, 1.6, 2.5])[:, None] - 1.5 * (size > 500)[:, None]
    floor, n = np.full(6, 0.25), np.full((6, 5), 1e6)
    found = fit(n * rate(eta, floor), n, floor, columns)
    assert found.along[-1] == pytest.approx(1.5, abs=1e-3)
    assert found.eta == pytest.approx(eta, abs=1e-3)
    assert scatter(found, columns, n * rate(eta, floor), n, floor) == pytest.approx(0, abs=1e-3)


def test_the_reach_is_the_slope_of_the_drop() -> None:
    size, n, floor = 10.0 ** np.arange(5), np.full((5, 4), 50.0), np.full(5, 0.1)
    columns = np.column_stack([decline(size), np.where(size > 50, -1.0, 0.0)])
    k = np.random.default_rng(0).binomial(50, 0.6, n.shape).astype(float)
    more = k + np.eye(5, 4) * 0.01
    one, other = fit(k, n, floor, columns), fit(more, n, floor, columns)
    moved = (one.reach * (more - k)).sum()
    assert other.along[-1] - one.along[-1] == pytest.approx(moved, rel=0.05)


def test_the_error_and_the_scatter_are_as_drawn() -> None:
    rng = np.random.default_rng(0)
    size, n, floor = 10.0 ** np.arange(5), np.full((5, 16), 100.0), np.zeros(5)
    columns = np.column_stack([decline(size), np.where(size > 500, -1.0, 0.0)])
    eta = np.linspace(-1, 1, 16) + rng.normal(0, 0.6, (400, 5, 16))
    k = rng.binomial(100, rate(eta, floor)).astype(float)
    found = fit(k, n, floor, columns)
    assert by_model(found, k, n, floor).mean() == pytest.approx(found.along[:, -1].std(), rel=0.15)
    each = [fit(own, n, floor, columns) for own in k[:20]]
    assert np.mean(
        [scatter(one, columns, own, n, floor) for one, own in zip(each, k, strict=False)]
    ) == pytest.approx(0.6, rel=0.15)


@pytest.mark.parametrize("seed", range(8))
def test_odd_answers_where_paths_turn_do_not_break_it(seed: int) -> None:
    one, rng = turning(seed, runs=3, seeds=1, drop=9.0 * (seed % 2)), np.random.default_rng(seed)
    gone = np.where(rng.random(one.counts.k.shape) < 0.3, 0.0, 1.0)
    counts = replace(
        one.suite.counts,
        k=0.7 * one.counts.k * gone,
        n=one.counts.n * gone,
        floor=np.full(5, 0.25 * (seed % 3 > 0)),
    )
    judged(replace(one.suite, counts=counts).evidence("family"))


def test_the_same_seed_gives_the_same_drop() -> None:
    one = turning(drop=2.0)
    assert judged(one, 3) == judged(one, 3)


def test_what_limits_end_is_no_drop_of_this_check(tmp_path: Path) -> None:
    simulate("shortcut", tmp_path / "shortcut", rungs=8, runs=8 * 18 * 20)
    drawn = suites(tmp_path / "shortcut")[0]
    for family_name in drawn.families:
        assert "declared" not in judged(drawn.evidence(family_name)).details
