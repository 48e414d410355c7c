"""The compiled likelihood against the dense model: one covariance of all cells at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.infer.made_up import Dense, dense

from tasklaws.infer import marginal

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

STEP = 1e-5


def _missing(model: Dense) -> float:
    """Return what cells that were not observed add to the value: half a log variance each."""
    return 0.5 * np.log(marginal.MISSING) * (~model.seen).sum()


@pytest.mark.parametrize("seed", range(40))
def test_negative_log_marginal_equals_the_dense_model(seed: int) -> None:
    model = dense(seed)
    value, _ = marginal.negative_log_marginal(*model.arguments)
    expected = model.value(model.theta, model.phi)
    assert value - _missing(model) == pytest.approx(expected, rel=1e-6, abs=1e-4)


@pytest.mark.parametrize("seed", range(40))
def test_negative_log_marginal_gradient_equals_the_dense_model(seed: int) -> None:
    model = dense(seed)
    _, gradient = marginal.negative_log_marginal(*model.arguments)
    at = np.append(model.theta, np.log(model.phi))

    def value(place: Floats) -> float:
        return model.value(place[:-1], float(np.exp(place[-1])))

    steps = STEP * np.eye(len(at))
    expected = [(value(at + step) - value(at - step)) / (2 * STEP) for step in steps]
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("seed", range(10))
def test_negative_log_marginal_gradient_equals_its_own_differences(seed: int) -> None:
    model = dense(seed)
    arguments = model.arguments
    _, gradient = marginal.negative_log_marginal(*arguments)
    for place in range(len(model.theta)):
        step = np.zeros(len(model.theta))
        step[place] = STEP
        up, down = (marginal.negative_log_marginal(model.theta + s, *arguments[1:])[0] for s in (step, -step))
        assert gradient[place] == pytest.approx((up - down) / (2 * STEP), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("seed", range(40))
def test_residuals_latent_equals_the_dense_posterior_mean(seed: int) -> None:
    model = dense(seed)
    latent, _ = marginal.residuals(*model.arguments)
    mean, _ = model.posterior()
    np.testing.assert_allclose(latent, mean[:, : model.old], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("seed", range(12))
def test_residuals_equal_refits_without_the_cell(seed: int) -> None:
    model = dense(seed)
    _, standard = marginal.residuals(*model.arguments)
    y, covariance = model.observed(model.theta, model.phi)
    expected = np.zeros(len(y))
    for cell in range(len(y)):
        others = np.arange(len(y)) != cell
        gain = np.linalg.solve(covariance[np.ix_(others, others)], covariance[others, cell])
        variance = covariance[cell, cell] - gain @ covariance[others, cell]
        expected[cell] = (y[cell] - gain @ y[others]) / np.sqrt(variance)
    np.testing.assert_allclose(standard[model.seen], expected, rtol=1e-5, atol=1e-5)
    assert (standard[~model.seen] == 0).all()


def test_negative_log_marginal_does_not_read_the_noise_of_a_missing_cell() -> None:
    model = next(model for model in map(dense, range(40)) if not model.seen.all())
    before, slope_before = marginal.negative_log_marginal(*model.arguments)
    model.noise = np.where(model.seen, model.noise, 1e6)
    after, slope_after = marginal.negative_log_marginal(*model.arguments)
    assert after == before
    np.testing.assert_array_equal(slope_after, slope_before)
