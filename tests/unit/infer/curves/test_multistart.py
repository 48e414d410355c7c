"""Many descents: which starts are followed, and that more of them are never worse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tasklaws.forms import FORMS
from tasklaws.infer.curves.compiled import compiled
from tasklaws.infer.curves.descent import CONVERGED, IMPOSSIBLE, SETTLED, descend
from tasklaws.infer.curves.kernel_types import Data, Sides
from tasklaws.infer.curves.layout import Box, box
from tasklaws.infer.curves.multistart import EFFORT, _lowest, effort_of, search
from tasklaws.infer.curves.objectives import GAUSSIAN, LOG_HUBER
from tasklaws.infer.curves.problem import Options, Points

X = np.linspace(0.0, 3.0, 12)[None]


def _problem(y: np.ndarray, name: str, kind: int = GAUSSIAN, shape: float = 0.0) -> tuple[Any, ...]:
    curve, ones = compiled(FORMS[name].curve), np.ones(y.size)
    return curve.real, curve.complex, Data(X, y, ones, ones, kind, shape)


def _box(y: np.ndarray, name: str) -> Box:
    return box(FORMS[name], Points(X, y[None], np.ones((1, y.size))), Options("gaussian"))


def _sides(edge: Box) -> Sides:
    """Return the box of the only problem."""
    return Sides(edge.lower[0], edge.upper[0], edge.held)


def test_lowest_counts_one_valley_once_and_skips_what_is_not_finite() -> None:
    values = np.array([3.0, np.inf, 1.0, 1.0 + 1e-9, np.nan, 2.0])
    assert _lowest(values, 3).tolist() == [2, 5, 0]
    assert _lowest(values, 2).tolist() == [2, 5]
    assert _lowest(np.array([np.inf, np.nan]), 2).tolist() == []


@pytest.mark.parametrize("name", ["logistic", "power_floor", "two_stage"])
def test_effort_grows_with_the_fitted_parameters(name: str) -> None:
    edge = _box(np.linspace(0.9, 0.1, 12), name)
    free = len(FORMS[name].free())
    assert tuple(effort_of(edge)) == EFFORT[max(k for k in EFFORT if k <= free)]
    starts = edge.starts.shape[1]
    assert effort_of(edge, thorough=True).tolist() == [starts, 0, starts]


def test_a_form_with_a_searched_parameter_tries_every_place() -> None:
    edge = _box(np.linspace(0.1, 0.9, 12), "step")
    assert effort_of(edge)[0] == edge.starts.shape[1] == 11


@pytest.mark.parametrize("seed", range(8))
def test_the_search_is_no_worse_than_a_descent_from_its_first_start(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = 2.0 + rng.uniform(0.5, 2) * 10 ** (-rng.uniform(0.2, 2) * X[0]) + rng.normal(0, 0.05, 12)
    edge, problem = _box(y, "power_floor"), _problem(y, "power_floor")
    sides = _sides(edge)
    found, lowest, status = search(*problem, sides, edge.starts[0], effort_of(edge), 500, SETTLED)
    alone = descend(*problem, sides, edge.starts[0, 0], 500, SETTLED)[1]
    assert status == CONVERGED
    assert lowest <= alone * (1 + 1e-6)
    assert ((found >= sides.lower) & (found <= sides.upper)).all()


def test_an_idle_exponent_is_tried_elsewhere() -> None:
    """All starts have no reducible loss, so the exponent does not matter there; the data do fall."""
    y = 1.0 + 2.0 * 10 ** (-0.7 * X[0])
    edge, problem = _box(y, "power_floor"), _problem(y, "power_floor")
    starts = edge.starts[0].copy()
    starts[:, 1] = 0.0
    found, lowest, _ = search(*problem, _sides(edge), starts, np.array([1, 0, 1]), 500, SETTLED)
    np.testing.assert_allclose(found, [1.0, 2.0, 0.7, 0.0], rtol=1e-3)
    assert lowest == pytest.approx(0, abs=1e-6)


def test_a_search_without_a_possible_start_says_so() -> None:
    y = np.linspace(2.0, 1.0, 12)
    starts = np.array([[-9.0, 0.0, 1.0, 0.0]])
    sides = Sides(np.full(4, -10.0), np.full(4, 10.0), np.zeros(4, dtype=bool))
    problem = _problem(y, "power_floor", LOG_HUBER, 0.1)
    found, lowest, status = search(*problem, sides, starts, np.array([1, 2, 1]), 50, SETTLED)
    assert (lowest, status) == (np.inf, IMPOSSIBLE)
    np.testing.assert_array_equal(found, starts[0])
