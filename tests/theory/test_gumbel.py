"""P3: a hazard of L steps that falls as a power of compute gives a Gumbel curve in log compute.

This is algebra checked by simulating its own assumptions, not a fact about models.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from tasklaws.infer.links import FLOORED_GUMBEL, base_level, base_rate

ALPHAS = (0.1, 0.3, 1.0)
LENGTHS = (1, 10, 100, 1000)
A = 4.0


def _compute_at(rate: float, length: int, alpha: float) -> float:
    """Return log10 C at which exp(-L A C^-alpha) is `rate`."""
    return math.log10(length * A / -math.log(rate)) / alpha


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("length", LENGTHS)
def test_level_of_the_gumbel_link_is_a_line_in_log_compute(alpha: float, length: int) -> None:
    rates = np.array([0.01, 0.1, 0.5, 0.9, 0.99])
    compute = np.array([_compute_at(rate, length, alpha) for rate in rates])
    levels = np.array([base_level(FLOORED_GUMBEL, rate) for rate in rates])
    np.testing.assert_allclose(levels, alpha * math.log(10) * compute - math.log(length * A), atol=1e-9)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_width_from_10_to_90_percent_is_the_same_for_every_length(alpha: float) -> None:
    widths = [_compute_at(0.9, length, alpha) - _compute_at(0.1, length, alpha) for length in LENGTHS]
    np.testing.assert_allclose(widths, 1.3395 / alpha, rtol=1e-4)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_location_moves_by_log_length_over_alpha(alpha: float) -> None:
    middles = [_compute_at(0.5, length, alpha) for length in LENGTHS]
    np.testing.assert_allclose(np.diff(middles), 1 / alpha, rtol=1e-9)


@pytest.mark.parametrize(("n", "decades"), [(10, 4.47), (100, 5.47), (1000, 6.06)])
def test_width_from_first_visible_depends_on_the_instances(n: int, decades: float) -> None:
    width = _compute_at(0.9, 50, 0.3) - _compute_at(1 / n, 50, 0.3)
    assert width == pytest.approx(decades, abs=0.01)


@pytest.mark.parametrize("length", [20, 200])
def test_simulated_tasks_of_many_steps_follow_the_link(length: int) -> None:
    rng, worlds, alpha = np.random.default_rng(length), 20_000, 0.3
    for rate in (0.1, 0.5, 0.9):
        compute = _compute_at(rate, length, alpha)
        failure = A * 10 ** (-alpha * compute)
        solved = (rng.binomial(length, failure, worlds) == 0).mean()
        level = alpha * math.log(10) * compute - math.log(length * A)
        # a step fails with probability h, not with hazard h: (1 - h)^L = exp(-L h) (1 - O(L h^2))
        slack = length * failure**2
        assert (
            abs(solved - base_rate(FLOORED_GUMBEL, level)) < 4 * math.sqrt(rate * (1 - rate) / worlds) + slack
        )
