"""P4 and P4b: retries with detection, and the power law of many attempts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tasklaws.core.errors import BadPlan
from tasklaws.theory import retries

if TYPE_CHECKING:
    from collections.abc import Callable

SETTINGS = [(0.3, 1.0, 4), (0.3, 0.6, 4), (0.3, 0.0, 4), (0.05, 0.9, 12), (0.8, 0.5, 1)]


def _simulated(right: float, detect: float, attempts: int, runs: int) -> tuple[list[str], list[int]]:
    """Return the ending of each run and the attempts it made, tried one after the other."""
    rng, endings, made = np.random.default_rng(attempts), [], []
    for _ in range(runs):
        ending, tries = "used up", 0
        while ending == "used up" and tries < attempts:
            tries += 1
            if rng.random() < right:
                ending = "right"
            elif rng.random() >= detect:
                ending = "unnoticed"
        endings.append(ending)
        made.append(tries)
    return endings, made


@pytest.mark.parametrize(("right", "detect", "attempts"), SETTINGS)
def test_endings_are_those_of_simulated_runs(right: float, detect: float, attempts: int) -> None:
    runs = 20_000
    endings, made = _simulated(right, detect, attempts, runs)
    laws = {"right": retries.success, "unnoticed": retries.unnoticed, "used up": retries.used_up}
    for ending, law in laws.items():
        p = law(right, detect, attempts)
        assert abs(endings.count(ending) / runs - p) <= 4 * math.sqrt(p * (1 - p) / runs)
    mean = retries.mean_attempts(right, detect, attempts)
    assert abs(np.mean(made) - mean) <= 4 * np.std(made) / math.sqrt(runs)


@pytest.mark.parametrize(("detect", "figure"), [(1.0, 0.7599), (0.6, 0.5011), (0.0, 0.3)])
def test_success_of_four_attempts_is_that_of_the_paper(detect: float, figure: float) -> None:
    """It prints .5012 where its own formula gives .50115; its simulation gave .5014."""
    assert retries.success(0.3, detect, 4) == pytest.approx(figure, abs=5e-5)


@pytest.mark.parametrize("right", [0.0, 1e-18, 1e-9, 0.4, 1.0])
@pytest.mark.parametrize("detect", [0.0, 1e-9, 0.7, 1.0])
@pytest.mark.parametrize("attempts", [1, 2, 1000])
def test_the_three_endings_are_all_there_are(right: float, detect: float, attempts: int) -> None:
    laws = (retries.success, retries.unnoticed, retries.used_up)
    assert sum(law(right, detect, attempts) for law in laws) == pytest.approx(1.0, abs=1e-12)


def test_a_thousand_noticed_attempts_at_a_rare_success_are_worth_a_thousand() -> None:
    assert retries.success(1e-18, 1.0, 1000) == pytest.approx(1e-15, rel=1e-9)
    assert retries.mean_attempts(0.0, 1.0, 7) == 7
    assert retries.mean_attempts(1.0, 1.0, 7) == 1


@pytest.mark.parametrize(("a", "b"), [(0.3, 2.0), (1.5, 4.0)])
def test_pass_at_is_that_of_simulated_problems(a: float, b: float) -> None:
    rng, problems = np.random.default_rng(5), 40_000
    rates = rng.beta(a, b, problems)
    for attempts in (1, 10, 100):
        solved = rng.binomial(attempts, rates) > 0
        p = retries.pass_at(attempts, a, b)
        assert abs(solved.mean() - p) < 4 * math.sqrt(p * (1 - p) / problems)


def test_unsolved_is_a_product_of_one_more_failure_each() -> None:
    a, b = 0.7, 1.3
    failures = np.cumprod([(b + r) / (a + b + r) for r in range(50)])
    mine = [retries.unsolved(r + 1, a, b) for r in range(50)]
    np.testing.assert_allclose(mine, failures, rtol=1e-12)
    assert retries.pass_at(1, a, b) == pytest.approx(a / (a + b))


def test_slopes_per_decade_of_attempts_are_those_of_the_paper() -> None:
    """The paper names a = .3 only; its four figures are secants from 1 to 10 000 attempts with b = 2."""
    logs = [math.log10(retries.unsolved(10**decade, 0.3, 2.0)) for decade in range(5)]
    np.testing.assert_allclose(np.diff(logs)[:3], [-0.192, -0.282, -0.298], atol=5e-4)
    assert np.diff(logs)[3] == pytest.approx(-0.2998, abs=5e-5)


@pytest.mark.parametrize("b", [0.5, 1.0, 5.0])
@pytest.mark.parametrize("a", [0.2, 1.0])
def test_unsolved_falls_with_the_exponent_a_whatever_b(a: float, b: float) -> None:
    assert retries.unsolved_slope(1_000_000, a, b) == pytest.approx(-a, rel=1e-5)
    far = 10_000_000
    assert retries.unsolved(far, a, b) == pytest.approx(retries.unsolved_tail(far, a, b), rel=1e-5)


def test_slope_is_the_derivative_of_log_unsolved() -> None:
    around = [math.log(retries.unsolved(r, 0.3, 2.0)) for r in (999, 1001)]
    rise = (around[1] - around[0]) / math.log(1001 / 999)
    assert retries.unsolved_slope(1000, 0.3, 2.0) == pytest.approx(rise, rel=1e-5)


def test_problems_of_one_rate_leave_no_power_law() -> None:
    """With one rate, each further attempt fails with the same probability: the slope falls without end."""
    logs = [math.log10(retries.used_up(0.1, 1.0, r)) for r in (10, 100, 1000)]
    assert logs[2] - logs[1] == pytest.approx(10 * (logs[1] - logs[0]))


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda: retries.success(1.2, 0.5, 3), "the probability that an attempt is right is 1.2"),
        (lambda: retries.used_up(0.2, -0.5, 3), "the probability that a failure is noticed is -0.5"),
        (lambda: retries.unnoticed(0.2, 0.5, 0), "the number of attempts is 0"),
        (lambda: retries.mean_attempts(math.nan, 0.5, 3), "the probability that an attempt is right is nan"),
        (lambda: retries.pass_at(0, 1.0, 1.0), "the number of attempts is 0"),
        (lambda: retries.unsolved(5, 0.0, 1.0), "the parameter a of a beta law of rates is 0.0"),
        (lambda: retries.unsolved_slope(5, 1.0, -1.0), "the parameter b of a beta law of rates is -1.0"),
        (lambda: retries.unsolved_tail(5, math.inf, 1.0), "the parameter a of a beta law of rates is inf"),
    ],
)
def test_what_cannot_be_is_refused_in_three_parts(call: Callable[[], object], what: str) -> None:
    with pytest.raises(BadPlan) as error:
        call()
    assert what in str(error.value)
    assert all((error.value.what, error.value.need, error.value.way_out))
