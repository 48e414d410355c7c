"""Bounds and starts in the scale of the data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from tasklaws.forms import FORMS
from tasklaws.infer.curves.layout import between, box
from tasklaws.infer.curves.problem import Options, Points
from tasklaws.spec.form import Form, Parameter

X = np.array([[10.0, 11.0, 13.0, 14.0]])
Y = np.array([[1.0, 2.0, 3.0, 5.0], [2.0, 2.0, 2.0, 8.0]])
KNOWN = np.ones((2, 4), dtype=bool)


def _form(*parameters: Parameter) -> Form:
    return Form("made_up", "", "", FORMS["constant"].curve, parameters, "either", "any", "here", "published")


def _box(form: Form, known: Any = KNOWN, objective: str = "gaussian", **more: Any) -> Any:
    return box(form, Points(X, Y, known), Options(objective, **more))


@pytest.mark.parametrize(
    ("unit", "bounds", "start"),
    [
        ("rate", [[0.5, 2.0], [0.5, 2.0]], [2.0, 3.5]),
        ("loss", [[2.5, 10.0], [4.0, 16.0]], [2.0, 3.5]),
        ("amount", [[2.5, 10.0], [4.0, 16.0]], [1.0, 1.5]),
        ("x", [[12.0, 18.0]] * 2, [11.0] * 2),
        ("width", [[2.0, 8.0]] * 2, [1.0] * 2),
        ("per_x", [[0.125, 0.5]] * 2, [0.0625] * 2),
        ("number", [[0.5, 2.0]] * 2, [0.25] * 2),
    ],
)
def test_every_unit_scales_with_the_data(unit: Any, bounds: list[list[float]], start: list[float]) -> None:
    edge = _box(_form(Parameter("p", "", unit, 0.5, 2.0, (0.25,))))
    np.testing.assert_allclose(np.stack([edge.lower[:, 0], edge.upper[:, 0]], axis=1), bounds)
    clipped = np.clip(start, edge.lower[:, 0], edge.upper[:, 0])
    np.testing.assert_allclose(edge.starts[:, 0, 0], clipped)
    wide = _box(_form(Parameter("p", "", unit, -9.0, 9.0, (0.25,))))
    np.testing.assert_allclose(wide.starts[:, 0, 0], start)


@pytest.mark.parametrize("unit", ["loss", "amount"])
@pytest.mark.parametrize("objective", ["binomial", "beta_binomial"])
def test_the_largest_value_of_a_rate_is_1(unit: Any, objective: str) -> None:
    edge = _box(_form(Parameter("p", "", unit, 0.5, 2.0, (1.0,))), objective=objective)
    assert edge.lower[:, 0].tolist() == [0.5, 0.5]
    assert edge.upper[:, 0].tolist() == [2.0, 2.0]


def test_a_parameter_belongs_to_its_covariate() -> None:
    x = np.array([[0.0, 1.0, 2.0, 4.0], [5.0, 9.0, 15.0, 15.0]])
    form = _form(Parameter("p", "", "x", 0.0, 1.0, (0.5,)), Parameter("q", "", "x", 0.0, 1.0, (0.5,), of=1))
    edge = box(form, Points(x, Y, KNOWN), Options("gaussian"))
    assert edge.lower[0].tolist() == [0.0, 5.0]
    assert edge.upper[0].tolist() == [4.0, 15.0]


def test_values_that_are_not_known_do_not_scale() -> None:
    known = KNOWN.copy()
    known[:, 3] = False
    edge = _box(_form(Parameter("p", "", "loss", 0.0, 1.0, (0.5,))), known)
    assert edge.upper[:, 0].tolist() == [3.0, 2.0]


def test_a_problem_without_values_has_a_box() -> None:
    known = KNOWN.copy()
    known[1] = False
    edge = _box(FORMS["power_floor"], known)
    assert np.isfinite(edge.lower).all()
    assert np.isfinite(edge.starts).all()
    assert (edge.lower <= edge.upper).all()


def test_fixed_parameters_have_no_width_and_their_value_in_every_start() -> None:
    edge = _box(FORMS["logistic"])
    np.testing.assert_array_equal(edge.lower[:, [0, 1, 4]], [[0.0, 1.0, 12.0]] * 2)
    np.testing.assert_array_equal(edge.lower[:, [0, 1, 4]], edge.upper[:, [0, 1, 4]])
    assert (edge.starts[:, :, 4] == 12.0).all()


def test_a_fixed_value_may_differ_between_problems() -> None:
    edge = _box(FORMS["logistic"], fixed={"floor": np.array([0.1, 0.25]), "slope": 2.0})
    assert edge.lower[:, 0].tolist() == edge.upper[:, 0].tolist() == [0.1, 0.25]
    assert (edge.starts[1, :, 0] == 0.25).all()
    assert edge.lower[:, 3].tolist() == edge.upper[:, 3].tolist() == [2.0, 2.0]


def test_a_freed_parameter_is_searched_within_its_bounds() -> None:
    edge = _box(FORMS["logistic"], freed=("floor",))
    assert edge.lower[:, 0].tolist() == [0.0, 0.0]
    assert edge.upper[:, 0].tolist() == [1.0, 1.0]


def test_bounds_replace_the_forms_in_the_parameters_own_unit() -> None:
    edge = _box(FORMS["logistic"], bounds={"slope": (0.5, 0.75)})
    assert (edge.lower[:, 3] == 0.5).all()
    assert (edge.upper[:, 3] == 0.75).all()
    assert ((edge.starts[:, :, 3] >= 0.5) & (edge.starts[:, :, 3] <= 0.75)).all()


@pytest.mark.parametrize("name", ["logistic", "power_floor"])
def test_starts_are_all_combinations_but_for_parameters_that_are_solved_for(name: str) -> None:
    form = FORMS[name]
    tried = [len(p.starts) for p in form.parameters if p.name not in form.linear]
    assert _box(form).starts.shape == (2, np.prod(tried), len(form.parameters))


def test_starts_have_linear_parameters_at_least_squares_within_the_box() -> None:
    """Unless both would leave the box: then they are only somewhere in it."""
    x = np.linspace(10.0, 14.0, 9)[None]
    y = np.array([1.0, 2.0])[:, None] + 3.0 * 10 ** (-0.3 * (x - 10.0))
    edge = box(FORMS["power_floor"], Points(x, y, np.ones_like(y)), Options("gaussian"))
    compared = 0
    for b, starts in enumerate(edge.starts):
        for irreducible, amount, exponent, origin in starts:
            basis = np.stack([np.ones(9), 10 ** (-exponent * (x[0] - origin))], axis=1)
            sides = edge.lower[b, :2], edge.upper[b, :2]
            free = np.linalg.lstsq(basis, y[b], rcond=None)[0]
            if (np.clip(free, *sides) == free).any():
                best = lsq_linear(basis, y[b], sides, tol=1e-12).x
                np.testing.assert_allclose([irreducible, amount], best, rtol=1e-4, atol=1e-4)
                compared += 1
    assert compared >= 4


def test_a_searched_parameter_starts_between_all_neighbours_and_is_held() -> None:
    edge = _box(FORMS["step"])
    assert sorted(set(edge.starts[0, :, 2])) == [10.5, 12.0, 13.5]
    assert edge.held.tolist() == [False, False, True]


def test_between_ignores_order_and_doubles() -> None:
    assert between(np.array([3.0, 1.0, 1.0, 2.0])).tolist() == [1.5, 2.5]


def test_free_parameters_depend_on_what_is_freed() -> None:
    form = FORMS["logistic"]
    assert form.free() == ("level", "slope")
    assert form.free(("reach",)) == ("reach", "level", "slope")
    assert form.least_points() == 3
    assert form.least_points(("reach",)) == 4
    assert replace(form, least=9).least_points(("reach",)) == 9
