"""Links: inverse, slope, order and bounds."""

from __future__ import annotations

import numpy as np
import pytest

from tasklaws.infer.links import LINKS, TINY, base_level, base_rate, base_slope, rate, rates_of_levels

NAMES = sorted(LINKS)
STEP = 1e-6


def _inside(name: str) -> np.ndarray:
    """Return levels at which the link is neither 0 nor 1."""
    return np.linspace(0.01, 0.99, 25) if name == "identity" else np.linspace(-3, 2, 51)


@pytest.mark.parametrize("name", NAMES)
def test_base_level_inverts_base_rate(name: str) -> None:
    code = LINKS[name].code
    for z in _inside(name):
        assert base_level(code, base_rate(code, z)) == pytest.approx(z, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_base_slope_is_the_derivative_of_base_rate(name: str) -> None:
    code = LINKS[name].code
    for z in _inside(name):
        slope = (base_rate(code, z + STEP) - base_rate(code, z - STEP)) / (2 * STEP)
        assert base_slope(code, z) == pytest.approx(slope, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_base_rate_rises_from_0_to_1_without_overflow(name: str) -> None:
    code = LINKS[name].code
    places = np.array([-1e300, -1000.0, -60, -50, *np.linspace(-5, 5, 101), 50, 60, 1000.0, 1e300])
    rates = np.array([base_rate(code, z) for z in places])
    slopes = np.array([base_slope(code, z) for z in places])
    assert rates[0] == pytest.approx(0, abs=1e-9)
    assert rates[-1] == pytest.approx(1, abs=1e-9)
    assert (np.diff(rates) >= 0).all()
    assert np.isfinite(slopes).all()
    assert (slopes >= 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_rate_keeps_between_floor_and_ceiling(name: str) -> None:
    code = LINKS[name].code
    levels = np.linspace(-40, 40, 201)
    rates = np.array([rate(code, z, 0.25, 0.9) for z in levels])
    assert rates[0] == pytest.approx(0.25, abs=1e-6)
    assert rates[-1] == pytest.approx(0.9, abs=1e-6)
    assert ((rates >= 0.25) & (rates <= 0.9)).all()
    assert (np.diff(rates) >= 0).all()


def test_rate_keeps_off_0_and_1() -> None:
    assert rate(LINKS["logit"].code, -1e3, 0.0, 1.0) == TINY
    assert rate(LINKS["logit"].code, 1e3, 0.0, 1.0) == 1 - TINY


@pytest.mark.parametrize("name", NAMES)
def test_rates_of_levels_equals_rate_of_each_level(name: str) -> None:
    code = LINKS[name].code
    levels = np.random.default_rng(1).normal(0, 2, (2, 3, 4))
    floor, ceiling = np.array([0.0, 0.25, 0.5]), np.array([1.0, 0.9, 0.8])
    rates = rates_of_levels(code, levels, floor, ceiling)
    for place in np.ndindex(levels.shape):
        assert rates[place] == rate(code, levels[place], floor[place[1]], ceiling[place[1]])
