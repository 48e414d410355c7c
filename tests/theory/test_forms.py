"""What the forms claim to be: each is derived again from its own assumptions.

This is algebra checked by numbers, not a fact about models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit

from tasklaws.forms import FORMS

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

X = np.linspace(-1.0, 3.0, 17)[None]


def _curve(name: str, x: Floats = X, **values: float) -> Floats:
    """Return the curve of a form; parameters that are not named have their fixed value."""
    form = FORMS[name]
    p = [values.get(parameter.name, parameter.fixed) for parameter in form.parameters]
    assert set(values) <= set(form.names)
    return np.asarray(form.curve(x, np.array(p, dtype=float)))


@pytest.mark.parametrize(
    ("name", "slope", "link"),
    [
        ("constant", None, lambda f: f),
        ("logistic", "slope", logit),
        ("persistence_drift", "drift", logit),
        ("gumbel", "exponent", lambda f: -np.log10(-np.log(f))),
        ("mirrored_gumbel", "exponent", lambda f: np.log10(-np.log1p(-f))),
    ],
)
def test_a_form_with_a_link_is_a_line_on_it(name: str, slope: str | None, link: object) -> None:
    values = {"level": 0.3} | ({slope: 0.4} if slope else {})
    line = link(_curve(name, **values))  # type: ignore[operator]
    np.testing.assert_allclose(np.diff(line), (0.4 if slope else 0.0) * np.diff(X[0]), atol=1e-9)
    assert FORMS[name].link


def test_mirrored_gumbel_is_gumbel_upside_down_and_back_to_front() -> None:
    one = _curve("mirrored_gumbel", level=0.2, exponent=0.7, origin=1.0)
    other = _curve("gumbel", x=2.0 - X, level=-0.2, exponent=0.7, origin=1.0)
    np.testing.assert_allclose(one, 1 - other, rtol=1e-12)


def test_gumbel_is_all_of_many_steps_and_mirrored_gumbel_one_of_many_chances() -> None:
    many = 1e7
    hazard = 10 ** (-0.5 * X[0])
    np.testing.assert_allclose(
        (1 - hazard / many) ** many, _curve("gumbel", level=0.0, exponent=0.5, origin=0.0), rtol=1e-5
    )
    chance = 10 ** (0.5 * X[0])
    one_of_many = 1 - (1 - chance / many) ** many
    np.testing.assert_allclose(
        one_of_many, _curve("mirrored_gumbel", level=0.0, exponent=0.5, origin=0.0), rtol=1e-5
    )


def test_log_power_without_a_share_of_tokens_is_gumbel_in_parameters() -> None:
    both = np.concatenate([X, X[:, ::-1]])
    one = _curve(
        "log_power", both, floor=0.1, reach=0.8, amount_n=2.0, exponent_n=0.6, amount_d=0.0, exponent_d=1.0
    )
    other = _curve("gumbel", floor=0.1, reach=0.8, level=-np.log10(2.0), exponent=0.6, origin=0.0)
    np.testing.assert_allclose(one, other, rtol=1e-12)


def test_joint_loss_with_endless_tokens_is_a_power_law_of_parameters() -> None:
    endless = np.concatenate([X, np.full_like(X, 400.0)])
    one = _curve(
        "joint_loss", endless, irreducible=1.7, amount_n=2.0, exponent_n=0.3, amount_d=3.0, exponent_d=1.0
    )
    other = _curve("power_floor", irreducible=1.7, amount=2.0, exponent=0.3)
    np.testing.assert_allclose(one, other, rtol=1e-12)


def test_best_split_of_compute_under_the_joint_loss_gives_a_power_law_of_compute() -> None:
    """With C = 6 N D the reducible loss of the best split falls with exponent alpha beta / (alpha + beta)."""
    alpha, beta = 0.34, 0.28

    def best(compute: float) -> float:
        def loss(n: float) -> float:
            place = np.array([[n], [compute - np.log10(6.0) - n]])
            return float(
                _curve("joint_loss", place, irreducible=0.0, amount_n=406.4, exponent_n=alpha, amount_d=410.7,
                       exponent_d=beta)[0]
            )  # fmt: skip

        return float(np.log10(minimize_scalar(loss, bounds=(0.0, compute), method="bounded").fun))

    falls = -np.diff([best(compute) for compute in (18.0, 20.0, 22.0, 24.0)]) / 2
    np.testing.assert_allclose(falls, alpha * beta / (alpha + beta), rtol=1e-5)


def test_broken_power_with_equal_exponents_is_a_power_law() -> None:
    values = {"irreducible": 1.0, "amount": 2.0, "exponent": 0.4}
    broken = _curve("broken_power", **values, late=0.4, width=0.3, **{"break": 1.0})
    np.testing.assert_allclose(broken, _curve("power_floor", **values), rtol=1e-12)


def test_broken_power_has_one_exponent_well_before_and_another_well_after_the_break() -> None:
    x = np.array([[-6.0, -5.0, 7.0, 8.0]])
    y = np.log10(
        _curve(
            "broken_power",
            x,
            irreducible=0.0,
            amount=2.0,
            exponent=0.4,
            late=0.1,
            width=0.2,
            **{"break": 1.0},
        )
    )
    np.testing.assert_allclose([y[0] - y[1], y[2] - y[3]], [0.4, 0.1], rtol=1e-9)


def test_broken_power_has_its_amount_at_its_origin() -> None:
    at = np.array([[0.0]])
    values = {"exponent": 0.4, "late": 0.1, "width": 0.2, "break": 1.0, "origin": 0.0}
    assert _curve("broken_power", at, irreducible=1.0, amount=2.0, **values)[0] == pytest.approx(3.0)


def test_broken_power_is_the_form_of_the_source() -> None:
    """Source: a + b x^-c0 (1 + (x / d)^(1/f))^(-c1 f), with x the scale itself."""
    a, c0, c1, f, where = 1.0, 0.4, -0.3, 0.25, 1.0
    shape = 10 ** (-c0 * X[0]) * (1 + 10 ** ((X[0] - where) / f)) ** (-c1 * f)
    at_origin = (1 + 10 ** ((0.0 - where) / f)) ** (-c1 * f)
    mine = _curve(
        "broken_power", irreducible=a, amount=2.0, exponent=c0, late=c0 + c1, width=f, **{"break": where}
    )
    np.testing.assert_allclose(mine, a + 2.0 * shape / at_origin, rtol=1e-12)


def test_two_stages_are_a_power_law_and_then_a_logistic_curve_of_it() -> None:
    loss = _curve("power_floor", irreducible=1.8, amount=1.5, exponent=0.5)
    rate = expit(-3.0 * (loss - 2.4))
    mine = _curve(
        "two_stage",
        irreducible=1.8,
        amount=1.5,
        exponent=0.5,
        origin=0.0,
        level=0.0,
        slope=3.0,
        loss_origin=2.4,
    )
    np.testing.assert_allclose(mine, rate, rtol=1e-12)


def test_step_is_the_limit_of_a_steep_logistic_curve() -> None:
    steep = _curve("logistic", floor=0.1, reach=0.6 / 0.9, level=0.0, slope=300.0, origin=0.9)
    step = _curve("step", low=0.1, gain=0.6 / 0.9, threshold=0.9)
    np.testing.assert_allclose(steep, step, atol=1e-9)


def test_steps_at_logistic_thresholds_average_to_a_logistic_curve() -> None:
    ranks = (np.arange(4000) + 0.5) / 4000
    steps = np.mean(
        [_curve("step", low=0.0, gain=1.0, threshold=1.0 + logit(r) / 2.0) for r in ranks], axis=0
    )
    np.testing.assert_allclose(steps, _curve("logistic", level=0.0, slope=2.0, origin=1.0), atol=1e-3)


def test_persistence_with_drift_is_a_logistic_curve_stated_at_the_last_rung() -> None:
    one = _curve("persistence_drift", level=0.7, drift=0.5, last=3.0)
    np.testing.assert_allclose(one, _curve("logistic", level=0.7, slope=0.5, origin=3.0), rtol=1e-12)
    assert one[-1] == pytest.approx(expit(0.7))


def test_constant_is_the_same_everywhere() -> None:
    np.testing.assert_array_equal(_curve("constant", level=0.42), 0.42)
