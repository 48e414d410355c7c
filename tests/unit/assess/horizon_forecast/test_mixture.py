"""Mixtures of normals against SciPy and against numerical integrals."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm, t

from tasklaws.assess.horizon_forecast.mixture import Mixture, student

TWO = Mixture(np.array([0.3, 0.7]), np.array([-1.0, 2.0]), np.array([0.5, 2.0]))


@pytest.mark.parametrize("df", [1, 2, 3, 8, 40])
def test_a_student_is_one_to_far_in_its_tails(df: int) -> None:
    made, exact = student(df, 1.5, 0.8), t(df, 1.5, 0.8)
    for level in (0.001, 0.025, 0.5, 0.9, 0.999):
        assert made.quantile(level) == pytest.approx(exact.ppf(level), rel=1e-3, abs=1e-6)
    for y in exact.ppf((1e-6, 0.01, 0.5, 0.8)):
        assert made.log_density(y) == pytest.approx(exact.logpdf(y), abs=1e-3)


@pytest.mark.parametrize("y", [-7.0, -1.0, 0.4, 5.0])
def test_the_crps_is_its_integral(y: float) -> None:
    below = quad(lambda z: TWO.cdf(z) ** 2, -30, y, limit=200)[0]
    above = quad(lambda z: (1 - TWO.cdf(z)) ** 2, y, 30, limit=200)[0]
    assert TWO.crps(y) == pytest.approx(below + above, abs=1e-7)


def test_density_and_masses_belong_together() -> None:
    assert np.exp(TWO.log_density(0.3)) == pytest.approx(
        0.3 * norm.pdf(0.3, -1, 0.5) + 0.7 * norm.pdf(0.3, 2, 2)
    )
    assert np.exp(TWO.log_mass(0.3, -1)) == pytest.approx(TWO.cdf(0.3))
    assert np.exp(TWO.log_mass(0.3, 1)) == pytest.approx(1 - TWO.cdf(0.3))
    assert TWO.log_mass(-200.0, -1) < -1000
    assert TWO.cdf(TWO.quantile(0.137)) == pytest.approx(0.137)


def test_what_is_sealed_is_read_back_as_it_was() -> None:
    rounded = student(3, 1 / 3, 0.7).rounded()
    back = Mixture.read(json.loads(json.dumps(rounded.document())))
    assert back.crps(2.0) == pytest.approx(rounded.crps(2.0), rel=1e-12)
    assert rounded.crps(2.0) == pytest.approx(student(3, 1 / 3, 0.7).crps(2.0), abs=1e-5)
    assert rounded.weights.sum() == pytest.approx(1.0)
