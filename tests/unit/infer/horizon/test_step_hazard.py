"""The hazard behind the first error: the exact likelihood, profiled, against a general optimiser."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import chi2

from tasklaws.infer.horizon.step_hazard import _law, fit
from tasklaws.theory.self_conditioning import Chain, right_steps

STEPS = (2, 5, 12)
HAZARDS = np.array([0.4, 0.15, 0.05])


def drawn(times: float, runs: int, seed: int) -> dict[int, np.ndarray]:
    rng = np.random.default_rng(seed)
    chances = [(-np.expm1(-one), -np.expm1(-one * times)) for one in HAZARDS]
    return {
        steps: np.array(
            [rng.multinomial(runs, right_steps(Chain.even(steps, *one))) for one in chances], float
        )
        for steps in STEPS
    }


@pytest.mark.parametrize(("clean", "dirty"), [(0.1, 0.3), (0.02, 0.9), (0.5, 0.5)])
def test_the_law_is_that_of_theory(clean: float, dirty: float) -> None:
    found = _law(7, np.array(clean), np.array(dirty))
    assert found == pytest.approx(right_steps(Chain.even(7, clean, dirty)))


@pytest.mark.parametrize(("times", "runs"), [(1.0, 20), (4.0, 20), (0.3, 60), (16.0, 400)])
def test_the_fit_is_that_of_a_general_optimiser(times: float, runs: int) -> None:
    right = drawn(times, runs, 7)

    def loss(at: np.ndarray) -> float:
        hazard, dirty = np.exp(at[:-1]), np.exp(at[:-1] + at[-1])
        return -sum(
            float((np.log(_law(n, -np.expm1(-hazard), -np.expm1(-dirty)) + 1e-300) * counts).sum())
            for n, counts in right.items()
        )

    start = np.log(HAZARDS)
    free = min((minimize(loss, np.append(start, at)) for at in (0.0, np.log(times))), key=lambda one: one.fun)
    held = minimize(lambda at: loss(np.append(at, 0.0)), start)
    found = fit(right)
    assert found.times == pytest.approx(np.exp(free.x[-1]), rel=0.01)
    assert found.p == pytest.approx(chi2.sf(2 * (held.fun - free.fun), 1), rel=0.05, abs=1e-9)
    assert found.lower is not None
    assert found.upper is not None
    assert found.lower < found.times < found.upper  # type: ignore[operator]
    for end in (found.lower, found.upper):
        at = minimize(lambda own, end=end: loss(np.append(own, np.log(end))), start)
        assert 2 * (at.fun - free.fun) == pytest.approx(chi2.ppf(0.9, 1), rel=0.05)


def test_more_runs_tell_more() -> None:
    few, many = fit(drawn(4.0, 10, 1)), fit(drawn(4.0, 1000, 1))
    assert many.upper / many.lower < (few.upper / few.lower) ** 0.25  # type: ignore[operator]
    assert many.times == pytest.approx(4.0, rel=0.1)


def test_without_errors_nothing_is_told() -> None:
    right = {5: np.array([[0.0, 0, 0, 0, 0, 9]]), 1: np.array([[3.0, 4]])}
    found = fit(right)
    assert (found.times, found.p) == (None, None)
    assert found.reason == "no run of two steps or more went wrong"


def test_an_error_that_ends_all_has_no_upper_bound() -> None:
    counts = np.zeros((1, 7))
    counts[0] = [6, 5, 5, 4, 4, 3, 20]
    counts[0, :6] = 0
    counts[0, 0] = 30
    found = fit({6: counts})
    assert found.upper is None
    assert found.lower is not None
    assert found.lower > 1
