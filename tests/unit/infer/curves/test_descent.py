"""One descent: its algebra, its box, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tasklaws.forms import FORMS
from tasklaws.infer.curves.compiled import compiled
from tasklaws.infer.curves.descent import (
    CONVERGED,
    EXACT,
    EXHAUSTED,
    IMPOSSIBLE,
    SETTLED,
    STALLED,
    descend,
    dot,
    residuals,
    total,
    triangulate,
)
from tasklaws.infer.curves.kernel_types import Data, Sides
from tasklaws.infer.curves.objectives import OBJECTIVES

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

X = np.linspace(0.0, 3.0, 9)[None]
RATES = np.array([0.02, 0.05, 0.1, 0.25, 0.55, 0.7, 0.9, 0.93, 0.99])
START = np.array([0.0, 1.0, 0.0, 1.0, 1.5])
LOWER = np.array([0.0, 1.0, -30.0, 0.0, 1.5])
UPPER = np.array([0.0, 1.0, 30.0, 20.0, 1.5])
LEVEL, SLOPE = 2, 3


def _data(y: Floats, objective: str, shape: float, weight: Floats) -> Data:
    return Data(X, y, np.full(y.size, 50.0), weight, OBJECTIVES[objective], shape)


def _descend(
    start: Floats = START,
    *,
    y: Floats = RATES,
    name: str = "logistic",
    objective: str = "binomial",
    lower: Floats = LOWER,
    upper: Floats = UPPER,
    held: tuple[int, ...] = (),
    most: int = 100,
    settled: float = SETTLED,
    shape: float = 0.0,
    weight: Floats | None = None,
) -> tuple[Any, ...]:
    curve = compiled(FORMS[name].curve)
    sides = Sides(lower, upper, np.isin(np.arange(start.size), held))
    data = _data(y, objective, shape, np.ones(y.size) if weight is None else weight)
    return tuple(descend(curve.real, curve.complex, data, sides, start, most, settled))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("rows", "k"), [(9, 3), (3, 3), (30, 7), (5, 1)])
def test_triangulate_is_a_qr_decomposition(rows: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix, b = rng.normal(size=(rows, k)), rng.normal(size=rows)
    columns, turned = matrix.T.copy(), b.copy()
    triangulate(columns, turned)
    upper = columns.T[:k]
    np.testing.assert_allclose(upper, np.triu(upper))
    np.testing.assert_allclose(upper.T @ upper, matrix.T @ matrix, atol=1e-12)
    np.testing.assert_allclose(np.abs(np.diag(upper)), np.abs(np.diag(np.linalg.qr(matrix).R)), rtol=1e-10)
    solution = np.linalg.solve(upper, turned[:k])
    np.testing.assert_allclose(solution, np.linalg.lstsq(matrix, b, rcond=None)[0], rtol=1e-9)
    assert (turned**2).sum() == pytest.approx((b**2).sum())


def test_triangulate_takes_empty_columns_and_more_columns_than_rows() -> None:
    matrix = np.array([[1.0, 0.0, 2.0, 1.0], [3.0, 0.0, 4.0, -1.0]])
    columns, b = matrix.T.copy(), np.array([1.0, 2.0])
    triangulate(columns, b)
    np.testing.assert_allclose(columns @ columns.T, matrix.T @ matrix, atol=1e-12)


def test_dot_begins_where_it_is_told() -> None:
    assert dot(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]), 1) == 28


@pytest.mark.parametrize("objective", ["gaussian", "binomial", "beta_binomial", "log_huber"])
def test_residuals_hold_the_gradient(objective: str) -> None:
    curve, data = compiled(FORMS["logistic"].curve), _data(RATES, objective, 0.05, np.linspace(0, 2, 9))
    a, r, moving = np.empty((2, 9)), np.empty(9), np.array([LEVEL, SLOPE])
    residuals(curve.complex, data, START, curve.real(X, START), moving, a, r)
    numeric = []
    for j in moving:
        away = np.zeros(5)
        away[j] = 1e-6
        ends = [total(curve.real(X, START + s * away), data) for s in (1, -1)]
        numeric.append((ends[0] - ends[1]) / 2e-6)
    np.testing.assert_allclose(a @ r, numeric, rtol=1e-4, atol=1e-5)
    assert (a[:, 0] == 0).all()


def test_descent_ends_where_the_gradient_is_0() -> None:
    p, lowest, status, _ = _descend(settled=EXACT)
    assert status == CONVERGED
    for j in (LEVEL, SLOPE):
        away = np.zeros(5)
        away[j] = 1e-3
        assert min(_descend(p + s * away, most=0)[1] for s in (1, -1)) > lowest


@pytest.mark.parametrize("objective", ["gaussian", "binomial", "beta_binomial", "log_huber"])
def test_objective_never_rises_from_round_to_round(objective: str) -> None:
    heights = [_descend(objective=objective, most=most, shape=0.05)[1] for most in range(30)]
    assert (np.diff(heights) <= 0).all()
    assert heights[-1] < heights[0]


@pytest.mark.parametrize("seed", range(10))
def test_descent_stays_in_its_box(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lower, upper = LOWER.copy(), UPPER.copy()
    lower[[LEVEL, SLOPE]] = rng.uniform(-3, 1, 2)
    upper[[LEVEL, SLOPE]] = lower[[LEVEL, SLOPE]] + rng.uniform(0.1, 2, 2)
    start = START + rng.normal(0, 10, 5)
    p, _, status, _ = _descend(start, lower=lower, upper=upper)
    assert status == CONVERGED
    assert (p >= lower).all()
    assert (p <= upper).all()


def test_a_parameter_at_its_bound_leaves_the_others_at_their_best() -> None:
    upper = UPPER.copy()
    upper[SLOPE] = 1.0
    bound = _descend(upper=upper, settled=EXACT)[0]
    held = _descend(np.array([0.0, 1.0, 3.0, 1.0, 1.5]), held=(SLOPE,), settled=EXACT)[0]
    assert bound[SLOPE] == 1.0
    np.testing.assert_allclose(bound, held, atol=1e-6)


def test_a_bound_that_pulls_inwards_is_left() -> None:
    start = START.copy()
    start[[LEVEL, SLOPE]] = LOWER[LEVEL], LOWER[SLOPE]
    inside = _descend()
    np.testing.assert_allclose(_descend(start)[0], inside[0], atol=1e-4)


def test_a_held_parameter_keeps_its_start() -> None:
    p = _descend(held=(LEVEL,))[0]
    assert p[LEVEL] == START[LEVEL]
    assert p[SLOPE] != START[SLOPE]


def test_a_start_outside_the_box_is_moved_into_it() -> None:
    outside = np.array([5.0, -4.0, 99.0, -7.0, 80.0])
    p = _descend(outside, most=0)[0]
    np.testing.assert_array_equal(p, np.clip(outside, LOWER, UPPER))


def test_the_start_is_left_as_it_was() -> None:
    start = START.copy()
    _descend(start)
    np.testing.assert_array_equal(start, START)


@pytest.mark.parametrize("settled", [SETTLED, EXACT])
def test_values_that_are_all_alike_are_met(settled: float) -> None:
    start, lower, upper = np.array([1.0, 1.0, 1.0, 0.0]), np.zeros(4), np.array([5.0, 5.0, 20.0, 0.0])
    p, lowest, status, _ = _descend(
        start,
        y=np.full(9, 2.5),
        name="power_floor",
        objective="gaussian",
        lower=lower,
        upper=upper,
        settled=settled,
        most=1000,
    )
    assert status == CONVERGED
    assert np.isfinite(p).all()
    assert lowest == pytest.approx(0, abs=1e-6)


def test_points_of_no_weight_play_no_part() -> None:
    strange = RATES.copy()
    strange[4] = np.nan
    weight = np.ones(9)
    weight[4] = 0
    np.testing.assert_array_equal(_descend(y=strange, weight=weight)[0], _descend(weight=weight)[0])


def test_rounds_run_out() -> None:
    assert _descend(most=1)[2:] == (EXHAUSTED, 1)
    assert _descend(most=0)[2:] == (EXHAUSTED, 0)


def test_a_start_where_the_objective_is_infinite_is_impossible() -> None:
    start, lower, upper = np.array([-5.0, 1.0, 1.0, 0.0]), np.full(4, -9.0), np.full(4, 9.0)
    p, lowest, status, rounds = _descend(
        start, y=RATES + 1, name="power_floor", objective="log_huber", lower=lower, upper=upper, shape=0.1
    )
    assert (lowest, status, rounds) == (np.inf, IMPOSSIBLE, 0)
    np.testing.assert_array_equal(p, start)


@pytest.mark.parametrize("name", ["gumbel", "logistic"])
def test_a_curve_without_finite_slopes_stalls_and_does_not_converge(name: str) -> None:
    """exp overflows far from the origin: the curve is 0 there, its slopes are not numbers."""
    start = np.array([0.0, 1.0, 0.0, 20.0, 100.0])
    lower, upper = LOWER.copy(), UPPER.copy()
    lower[4] = upper[4] = 100.0
    assert _descend(start, name=name, lower=lower, upper=upper)[2] == STALLED


def test_exact_descents_go_on_further() -> None:
    near, exact = _descend(), _descend(settled=EXACT, most=1000)
    assert exact[1] <= near[1]
    assert exact[3] > near[3]
    np.testing.assert_allclose(near[0], exact[0], atol=1e-3)
