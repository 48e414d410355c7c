"""P13, P17 and P20: the law is the author's distribution of thresholds, and what evenness can mean."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import gammainc, ndtr

from tasklaws.core.errors import BadInput
from tasklaws.theory import thresholds

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.infer.arrays import Floats


def _runs(ability: float, difficulties: Floats) -> Floats:
    """Return the outcome of one run per task of a model that solves what its ability reaches."""
    return np.array([1.0 if ability >= b else 0.0 for b in difficulties])


def test_aggregate_score_of_simulated_runs_is_the_distribution_of_thresholds() -> None:
    """The paper's places .5, 1, 2, 4 and its figures are those of a Gamma(2) law of thresholds."""
    rng, tasks = np.random.default_rng(1), 4000
    b, places = rng.gamma(2.0, size=tasks), np.array([0.5, 1.0, 2.0, 4.0])
    scores = thresholds.aggregate(places, b)
    np.testing.assert_allclose(scores, [_runs(x, b).mean() for x in places], atol=1e-12)
    law = gammainc(2.0, places)
    np.testing.assert_allclose(law, [0.090, 0.264, 0.594, 0.908], atol=5e-4)
    assert (np.abs(scores - law) < 4 * np.sqrt(law * (1 - law) / tasks)).all()


def test_another_author_gives_the_same_models_another_law() -> None:
    rng, tasks, places = np.random.default_rng(2), 4000, np.array([-1.5, -0.5, 0.5, 1.5])
    even = rng.normal(size=tasks)
    two_kinds = rng.choice([-1.0, 1.0], tasks) + 0.2 * rng.normal(size=tasks)
    laws = ndtr(places), (ndtr((places + 1) / 0.2) + ndtr((places - 1) / 0.2)) / 2
    for b, law in zip((even, two_kinds), laws, strict=True):
        error = np.sqrt(law * (1 - law) / tasks)
        assert (np.abs(thresholds.aggregate(places, b) - law) <= 4 * error + 1e-3).all()
    assert abs(laws[0] - laws[1]).max() > 0.15


def test_weights_count_tasks_as_often_as_they_say() -> None:
    b, x = np.array([3.0, 1.0, 2.0]), np.array([0.9, 1.0, 2.5, 3.0])
    written_out = thresholds.aggregate(x, [3.0, 1.0, 1.0, 1.0, 2.0, 2.0])
    np.testing.assert_allclose(thresholds.aggregate(x, b, [1, 3, 2]), written_out)


def test_aggregate_goes_from_none_to_all_and_counts_a_task_at_its_threshold() -> None:
    np.testing.assert_array_equal(thresholds.aggregate([-1.0, 0.0, 1.0, 2.0], [0.0, 2.0]), [0, 0.5, 0.5, 1])
    np.testing.assert_array_equal(thresholds.aggregate([0.0, 2.0], [0.0, 2.0], [0.0, 5.0]), [0, 1])
    np.testing.assert_array_equal(thresholds.aggregate([0.0, 2.0], [1.0]), [0, 1])
    assert thresholds.just_ahead([1.0], 0.0, 1.0) == 1


def test_tasks_that_are_never_solved_hold_the_score_below_one() -> None:
    np.testing.assert_allclose(thresholds.aggregate([[0.0], [1e300]], [0.0, math.inf]), [[0.5], [0.5]])


def test_tasks_just_ahead_are_what_the_next_step_adds() -> None:
    b = np.random.default_rng(3).normal(size=500)
    rise = np.diff(thresholds.aggregate([0.2, 0.7], b))[0]
    assert thresholds.just_ahead(b, 0.2, 0.5) == round(rise * 500) > 0
    assert thresholds.just_ahead([1.0, 2.0, 3.0], 1.0, 2.0) == 2
    assert thresholds.just_ahead([1.0, 2.0, 3.0], 1.0, 0.0) == 0


def _families() -> dict[str, Floats]:
    rng = np.random.default_rng(4)
    return {
        "normal": rng.normal(size=20),
        "cliff": np.r_[rng.random(10), 50 + rng.random(10)],
        "heavy": rng.pareto(0.7, size=20),
    }


@pytest.mark.parametrize("name", sorted(_families()))
def test_z_scores_leave_the_gap_index_and_ranks_make_it_the_same_for_all(name: str) -> None:
    b = _families()[name]
    index = thresholds.gap_index(b)
    z = thresholds.z_scores(b)
    assert (z.mean(), z.std()) == pytest.approx((0.0, 1.0), abs=1e-12)
    assert thresholds.gap_index(z) == pytest.approx(index)
    assert thresholds.gap_index(-7.0 * b + 3.0) == pytest.approx(index)
    ranked = thresholds.rank_normal(b)
    assert thresholds.gap_index(ranked) == pytest.approx(14.29, abs=5e-3)
    assert abs(index - 14.29) > 1
    np.testing.assert_array_equal(np.argsort(ranked), np.argsort(b))


def test_gap_index_counts_equal_gaps() -> None:
    assert thresholds.gap_index(np.arange(20.0)) == pytest.approx(19)
    assert thresholds.gap_index([5.0, 5.0, 5.0, 9.0]) == 1
    assert thresholds.gap_index([0.0, 1.0, 1.0, 2.0]) == pytest.approx(2)
    assert thresholds.gap_index([0.0, 1e-200]) == 1  # squares of tiny gaps do not vanish
    np.testing.assert_allclose(thresholds.gaps([3.0, 1.0, 1.5]), [0.5, 1.5])


def test_two_tasks_are_enough() -> None:
    np.testing.assert_allclose(thresholds.z_scores([3.0, 7.0]), [-1, 1])
    np.testing.assert_allclose(ndtr(thresholds.rank_normal([7.0, 3.0])), [0.75, 0.25])
    assert thresholds.null_gap_index(1, 1, np.random.default_rng(0)) == pytest.approx(1)


@pytest.mark.parametrize("n_gaps", [1, 4, 19])
def test_mean_sum_of_squares_is_that_of_simulated_uniform_difficulties(n_gaps: int) -> None:
    """Uniform difficulties, scaled to their own range: no Dirichlet law is assumed."""
    rng, families = np.random.default_rng(n_gaps), 20_000
    g = np.diff(np.sort(rng.random((families, n_gaps + 1)), axis=1), axis=1)
    squares = ((g / g.sum(axis=1, keepdims=True)) ** 2).sum(axis=1)
    mean = thresholds.null_sum_of_squares(n_gaps)
    assert abs(squares.mean() - mean) <= 4 * squares.std() / math.sqrt(families) + 1e-12
    drawn = 1 / thresholds.null_gap_index(n_gaps, families, rng)
    assert abs(drawn.mean() - mean) <= 4 * drawn.std() / math.sqrt(families) + 1e-12


def test_quantiles_of_nineteen_random_gaps_are_those_of_the_paper() -> None:
    rng = np.random.default_rng(5)
    drawn = thresholds.null_gap_index(19, 100_000, rng)
    np.testing.assert_allclose(np.quantile(drawn, [0.05, 0.5, 0.95]), [7.3, 10.4, 13.1], atol=0.05)
    assert thresholds.null_sum_of_squares(19) == pytest.approx(0.1)
    simulated = np.array([thresholds.gap_index(rng.random(20)) for _ in range(4000)])
    for level in (0.05, 0.5, 0.95):
        below = (simulated <= np.quantile(drawn, level)).mean()
        assert abs(below - level) < 4 * math.sqrt(level * (1 - level) * (1 / 4000 + 1 / 100_000))


def test_distribution_of_two_random_gaps_is_known_exactly() -> None:
    """One gap has a uniform share w, so the index is at most t where |w - 1/2| >= sqrt((1/t - 1/2) / 2)."""
    draws = 40_000
    drawn = thresholds.null_gap_index(2, draws, np.random.default_rng(6))
    for t in (1.1, 1.5, 1.9):
        p = 1 - 2 * math.sqrt((1 / t - 0.5) / 2)
        assert abs((drawn <= t).mean() - p) < 4 * math.sqrt(p * (1 - p) / draws)


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda: thresholds.aggregate(0.0, []), "the difficulties have shape (0,)"),
        (lambda: thresholds.aggregate(0.0, [1.0, math.nan]), "1 of them are no number"),
        (lambda: thresholds.aggregate(math.nan, [1.0]), "a place on the axis is no number"),
        (lambda: thresholds.aggregate(0.0, [1.0, 2.0], [1.0]), "2 thresholds and weights of shape (1,)"),
        (lambda: thresholds.aggregate(0.0, [1.0, 2.0], [0.0, 0.0]), "with sum 0"),
        (lambda: thresholds.aggregate(0.0, [1.0, 2.0], [2.0, -1.0]), "2 thresholds and weights"),
        (lambda: thresholds.just_ahead([1.0], 0.0, -1.0), "the step of a frontier is -1.0"),
        (lambda: thresholds.gap_index([1.0]), "the difficulties have shape (1,)"),
        (lambda: thresholds.gap_index([0.1, 0.1, 0.1]), "all 3 difficulties are equal"),
        (lambda: thresholds.z_scores([0.1, 0.1, 0.1]), "all 3 difficulties are equal"),
        (lambda: thresholds.gaps([1.0, math.inf, math.inf]), "2 of 3 difficulties are infinite"),
        (lambda: thresholds.rank_normal([1.0]), "the difficulties have shape (1,)"),
        (lambda: thresholds.null_gap_index(0, 5, np.random.default_rng(0)), "the number of gaps is 0"),
        (lambda: thresholds.null_sum_of_squares(0), "the number of gaps is 0"),
    ],
)
def test_what_cannot_be_is_refused_in_three_parts(call: Callable[[], object], what: str) -> None:
    with pytest.raises(BadInput) as error:
        call()
    assert what in str(error.value)
    assert all((error.value.what, error.value.need, error.value.way_out))
