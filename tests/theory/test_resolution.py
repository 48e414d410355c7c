"""P9 and its correction for a chance floor: what an answer tells about log hazard, and what that costs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tasklaws.core.errors import BadInput
from tasklaws.theory import resolution

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.infer.arrays import Floats

FLOORS = (0.0, 0.25, 0.5)


def _log_rates(log_hazard: float, floor: float) -> tuple[float, float]:
    """Return the log probabilities of a right and of a wrong answer, from their definition."""
    right = floor + (1 - floor) * math.exp(-math.exp(log_hazard))
    return math.log(right), math.log(1 - right)


@pytest.mark.parametrize("floor", FLOORS)
@pytest.mark.parametrize("hazard", [0.02, 0.4, 1.0, 3.0])
def test_information_is_the_variance_of_the_score_of_simulated_answers(hazard: float, floor: float) -> None:
    rng, answers, small = np.random.default_rng(1), 40_000, 1e-5
    up, down = (_log_rates(math.log(hazard) + d, floor) for d in (small, -small))
    slope_right, slope_wrong = ((u - d) / (2 * small) for u, d in zip(up, down, strict=True))
    right = rng.random(answers) < resolution.rate_of(hazard, floor)
    squares = np.where(right, slope_right**2, slope_wrong**2)
    mine = float(resolution.information(hazard, floor))
    assert abs(squares.mean() - mine) < 4 * squares.std() / math.sqrt(answers)


@pytest.mark.parametrize(
    ("rate", "floor"), [(0.9, 0.0), (0.2032, 0.0), (0.01, 0.0), (0.538, 0.25), (0.9, 0.25)]
)
def test_the_price_buys_the_standard_error_in_simulated_samples(rate: float, floor: float) -> None:
    """The spread over 20 000 samples of the hazard that fits a sample best; 1 % is left for curvature."""
    rng, wanted, worlds = np.random.default_rng(2), 0.02, 20_000
    n = math.ceil(resolution.samples(rate, wanted, floor))
    seen = rng.binomial(n, rate, worlds) / n
    fitted = np.log(-np.log((seen - floor) / (1 - floor)))
    assert abs(fitted.std() - wanted) < 4 * wanted / math.sqrt(2 * worlds) + 0.01 * wanted


@pytest.mark.parametrize(
    ("rate", "answers"),
    [(0.99, 2500), (0.9, 250), (0.5, 52), (0.2, 39), (0.1, 42), (0.01, 117), (0.001, 523)],
)
def test_price_of_a_standard_error_of_a_fifth_is_that_of_the_paper(rate: float, answers: float) -> None:
    assert resolution.samples(rate, 0.2) == pytest.approx(answers, abs=0.55)


def test_an_answer_tells_most_where_one_in_five_is_right() -> None:
    found = resolution.best()
    assert found.information == pytest.approx(0.6476, abs=5e-5)
    assert found.hazard == pytest.approx(1.594, abs=5e-4)
    assert found.rate == pytest.approx(0.2032, abs=5e-5)


def test_a_floor_of_a_quarter_moves_the_best_rate_and_doubles_the_price() -> None:
    found = resolution.best(0.25)
    assert found.rate == pytest.approx(0.538, abs=5e-4)
    assert resolution.best().information / found.information == pytest.approx(2.1, abs=0.05)


@pytest.mark.parametrize("floor", [*FLOORS, 0.99])
def test_no_hazard_tells_more_than_the_best(floor: float) -> None:
    told = resolution.information(np.geomspace(1e-4, 50.0, 4001), floor)
    most = resolution.best(floor).information
    assert told.max() <= most * (1 + 1e-9)
    assert told.max() == pytest.approx(most, rel=1e-4)


@pytest.mark.parametrize(("floor", "low", "high"), [(0.0, 0.0062, 0.838), (0.25, 0.295, 0.921)])
def test_range_of_a_quarter_of_the_most_is_that_of_the_paper(floor: float, low: float, high: float) -> None:
    found = resolution.informative_range(floor)
    assert found[0] == pytest.approx(low, abs=5e-4 if floor else 5e-5)
    assert found[1] == pytest.approx(high, abs=5e-4)
    ends = resolution.information([resolution.hazard_of(rate, floor) for rate in found], floor)
    np.testing.assert_allclose(ends, 0.25 * resolution.best(floor).information, rtol=1e-6)


def test_range_without_a_floor_is_the_default() -> None:
    assert resolution.informative_range() == resolution.informative_range(0.0, 0.25)


def test_range_of_nearly_all_shrinks_to_the_best() -> None:
    low, high = resolution.informative_range(0.25, least=1 - 1e-6)
    assert low < resolution.best(0.25).rate < high
    assert high - low < 2e-3


def test_price_of_log_accuracy_is_that_of_simulated_samples() -> None:
    rng, wanted, worlds, rate = np.random.default_rng(3), 0.02, 20_000, 0.3
    n = math.ceil(resolution.samples_for_log_rate(rate, wanted))
    fitted = np.log(rng.binomial(n, rate, worlds) / n)
    assert abs(fitted.std() - wanted) < 4 * wanted / math.sqrt(2 * worlds) + 0.01 * wanted
    assert resolution.samples_for_log_rate(0.5, 0.1) == pytest.approx(100)


def test_information_vanishes_at_both_ends() -> None:
    np.testing.assert_array_equal(resolution.information([0.0, 5000.0]), 0.0)
    assert resolution.information([]).shape == (0,)
    assert resolution.information(1e-9) == pytest.approx(1e-9)


def test_hazard_and_rate_are_each_other_undone() -> None:
    for floor in FLOORS:
        assert resolution.rate_of(resolution.hazard_of(0.7, floor), floor) == pytest.approx(0.7)


def _draws_until(successes: int, rate: float, worlds: int) -> Floats:
    return np.random.default_rng(4).negative_binomial(successes, rate, worlds) + successes


def test_pass_until_is_unbiased_and_the_naive_estimate_is_not() -> None:
    rate, successes = 0.003, 5
    draws = _draws_until(successes, rate, 40_000)
    mine = np.array([resolution.pass_until(successes, int(k)) for k in draws])
    naive = successes / draws
    assert abs(mine.mean() - rate) < 4 * mine.std() / math.sqrt(mine.size)
    mean = resolution.mean_naive_pass_until(successes, rate)
    assert abs(naive.mean() - mean) < 4 * naive.std() / math.sqrt(naive.size)
    assert mean == pytest.approx(0.00375, abs=5e-6)
    assert mean / rate == pytest.approx(1.25, abs=0.005)
    error = resolution.pass_until_error(successes)
    assert error == pytest.approx(0.577, abs=5e-4)
    assert mine.std() / rate == pytest.approx(error, rel=0.02)


def _chances(successes: int, rate: float) -> tuple[Floats, Floats]:
    """Return numbers of draws and the probability that the last success comes with each."""
    k = np.arange(successes, int((60 + 3 * successes) / rate))
    log_ways = np.cumsum(np.log(np.r_[1.0, k[:-1] / (k[1:] - successes)]))
    chances = np.exp(log_ways + successes * math.log(rate) + (k - successes) * math.log1p(-rate))
    assert chances.sum() == pytest.approx(1.0, abs=1e-9)
    return k, chances


@pytest.mark.parametrize(("successes", "rate"), [(1, 0.3), (3, 0.05), (5, 1e-4)])
def test_mean_of_the_naive_estimate_is_its_sum_over_draws(successes: int, rate: float) -> None:
    k, chances = _chances(successes, rate)
    by_sum = (chances * successes / k).sum()
    assert resolution.mean_naive_pass_until(successes, rate) == pytest.approx(by_sum, rel=1e-8)


@pytest.mark.parametrize(("successes", "rate"), [(2, 0.3), (5, 0.6)])
def test_mean_of_pass_until_is_the_rate(successes: int, rate: float) -> None:
    k, chances = _chances(successes, rate)
    estimates = [resolution.pass_until(successes, int(draws)) for draws in k]
    assert chances @ estimates == pytest.approx(rate, rel=1e-8)
    assert estimates[0] == 1


@pytest.mark.parametrize(("successes", "rate"), [(3, 1e-4), (40, 2e-3)])
def test_error_of_pass_until_is_that_of_small_rates(successes: int, rate: float) -> None:
    k, chances = _chances(successes, rate)
    squares = chances @ ((successes - 1) / (k - 1)) ** 2
    spread = math.sqrt(squares / rate**2 - 1)
    assert resolution.pass_until_error(successes) == pytest.approx(spread, rel=0.005)


@pytest.mark.parametrize("samples", [1, 20, 1000])
def test_the_bound_of_a_rate_never_seen_shows_nothing_in_one_sample_of_twenty(samples: int) -> None:
    bound = resolution.most_rate_of_none(samples)
    assert (1 - bound) ** samples == pytest.approx(0.05)
    if samples == 1000:
        assert bound * samples == pytest.approx(3.0, rel=0.005)


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda: resolution.information(1.0, 1.0), "the chance floor is 1.0"),
        (lambda: resolution.information([0.1, -1.0]), "a hazard is -1.0"),
        (lambda: resolution.information(math.inf), "a hazard is inf"),
        (lambda: resolution.best(-0.1), "the chance floor is -0.1"),
        (lambda: resolution.samples(0.2, 0.1, 0.25), "the rate is 0.2 and the chance floor 0.25"),
        (lambda: resolution.samples(1.0, 0.1), "the rate is 1.0"),
        (lambda: resolution.samples(0.5, 0.0), "the standard error is 0.0"),
        (lambda: resolution.samples_for_log_rate(0.0, 0.1), "the rate is 0.0"),
        (lambda: resolution.informative_range(0.0, 1.0), "the share of the most information is 1.0"),
        (lambda: resolution.rate_of(-1.0), "a hazard is -1.0"),
        (lambda: resolution.most_rate_of_none(0), "the number of answers is 0"),
        (lambda: resolution.most_rate_of_none(5, 1.5), "a confidence is 1.5"),
        (lambda: resolution.pass_until(1, 10), "the number of successes to wait for is 1"),
        (lambda: resolution.pass_until(5, 4), "4 draws gave 5 successes"),
        (lambda: resolution.pass_until_error(2), "the number of successes to wait for is 2"),
        (lambda: resolution.mean_naive_pass_until(3, 0.0), "the rate is 0.0"),
    ],
)
def test_what_cannot_be_is_refused_in_three_parts(call: Callable[[], object], what: str) -> None:
    with pytest.raises(BadInput) as error:
        call()
    assert what in str(error.value)
    assert all((error.value.what, error.value.need, error.value.way_out))
