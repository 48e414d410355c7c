"""Points and options: what is known, what is chosen, and what older rungs count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tasklaws.forms import FORMS
from tasklaws.infer.curves.objectives import OBJECTIVES
from tasklaws.infer.curves.problem import HUBER_WIDTH, USUAL_CORRELATION, Options, Points, remembered

X = np.linspace(0.0, 3.0, 8)[None]
NAN = np.nan


def _points(problems: int = 1, weight: bool = False) -> Points:
    rng = np.random.default_rng(0)
    y, n = rng.uniform(size=(problems, 8)), rng.integers(1, 50, (problems, 8))
    return Points(X, y, n, rng.uniform(0.5, 2, (problems, 8)) if weight else None)


def test_arrays_are_laid_out_for_compiled_code() -> None:
    points = Points(np.asfortranarray(np.ones((2, 3))), np.ones((3, 4)).T, np.ones((4, 3), dtype=int))
    for array in (points.x, points.y, points.n):
        assert array.flags.c_contiguous
        assert array.dtype == float


def test_points_without_attempts_or_weight_are_not_known_and_are_filled_with_harmless_values() -> None:
    y, n = np.array([[0.1, NAN, 0.3, NAN]]), np.array([[5.0, 0.0, 7.0, 9.0]])
    points = Points(X[:, :4], y, n, np.array([[1.0, 1.0, 2.0, 0.0]]))
    assert points.known.tolist() == [[True, False, True, False]]
    filled = points.filled()
    assert filled.known.tolist() == points.known.tolist()
    assert np.isfinite(filled.y).all()
    assert (filled.n > 0).all()
    assert filled.weight.tolist() == [[1.0, 0.0, 2.0, 0.0]]
    assert filled.y[points.known].tolist() == [0.1, 0.3]
    assert filled.n[points.known].tolist() == [5.0, 7.0]


@pytest.mark.parametrize("which", [[2, 0, 2], [True, False, True]])
@pytest.mark.parametrize("weight", [False, True])
def test_some_problems_are_chosen_in_order(which: list[int], *, weight: bool) -> None:
    points, chosen = _points(3, weight), np.array(which)
    some = points.at(chosen)
    np.testing.assert_array_equal(some.x, points.x)
    np.testing.assert_array_equal(some.y, points.y[chosen])
    np.testing.assert_array_equal(some.n, points.n[chosen])
    if weight:
        np.testing.assert_array_equal(some.weight, points.weight[chosen])
    else:
        assert some.weight is None


@pytest.mark.parametrize(
    ("objective", "usual", "of_counts"),
    [
        ("gaussian", 0.0, False),
        ("binomial", 0.0, True),
        ("beta_binomial", USUAL_CORRELATION, True),
        ("log_huber", HUBER_WIDTH, False),
    ],
)
def test_an_objective_has_its_code_and_its_usual_shape(objective: str, usual: float, of_counts: bool) -> None:
    options = Options(objective)
    assert options.kind == OBJECTIVES[objective]
    assert options.of_counts == of_counts
    assert options.shapes(3).tolist() == [usual] * 3


def test_a_shape_is_one_number_or_one_of_every_problem() -> None:
    assert Options("log_huber", shape=0.2).shapes(2).tolist() == [0.2, 0.2]
    assert Options("beta_binomial", shape=np.array([0.1, 0.3])).shapes(2).tolist() == [0.1, 0.3]


def test_options_of_chosen_problems_have_their_values() -> None:
    options = Options(
        "beta_binomial",
        shape=np.array([0.1, 0.2, 0.3]),
        shape_estimated=True,
        fixed={"floor": np.array([0.0, 0.1, 0.25]), "reach": 0.9},
    )
    some = options.at(np.array([2, 0]))
    assert np.asarray(some.shape).tolist() == [0.3, 0.1]
    assert np.asarray(some.fixed["floor"]).tolist() == [0.25, 0.0]
    assert some.fixed["reach"] == 0.9
    assert some.shape_estimated
    assert Options().at(np.array([1])) == Options()


def test_older_rungs_count_less_where_the_form_has_a_memory() -> None:
    points = _points()
    weight = remembered(FORMS["persistence_drift"], points).weight
    np.testing.assert_allclose(weight, [0.5 ** (np.arange(7, -1, -1) / 2)])
    np.testing.assert_array_equal(remembered(FORMS["logistic"], points).weight, 1.0)


def test_memory_counts_from_the_last_known_rung() -> None:
    points = _points()
    n = points.n.copy()
    n[0, 6:] = 0
    weight = remembered(FORMS["persistence_drift"], replace(points, n=n)).weight
    np.testing.assert_allclose(weight, [[*0.5 ** (np.arange(5, -1, -1) / 2), 0, 0]])


def test_memory_multiplies_other_weights() -> None:
    points = _points(2, weight=True)
    weight = remembered(FORMS["persistence_drift"], points).weight
    np.testing.assert_allclose(weight, points.weight * 0.5 ** (np.arange(7, -1, -1) / 2))
