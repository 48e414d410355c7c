"""Censored log-normal times: against brute force, closed forms, and where nobody or everybody finished."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import log_ndtr, ndtr, ndtri, stdtrit

from tasklaws.infer.human_times.attempts import Attempts
from tasklaws.infer.human_times.censored import LOG_SD, PRIOR_PEOPLE
from tasklaws.infer.human_times.log_normal import fit_censored
from tasklaws.spec.cost import LogNormal
from tasklaws.theory.baselines import success_only_factor

LIMIT = math.log(480)
LEVELS = np.array([0.5, 0.05, 0.95])


def attempts(times: list[list[float]], limit: float = np.inf) -> Attempts:
    """Return attempts of which those at the limit or beyond it were given up."""
    task = np.repeat(np.arange(len(times)), [len(own) for own in times])
    logs = np.array([time for own in times for time in own])
    return Attempts(task, np.minimum(logs, limit), logs < limit, len(times), np.full(task.size, limit))


def brute_force(data: Attempts) -> np.ndarray:
    """Return quantiles of each task, of shape (levels, tasks), by sums over a dense grid."""
    log_sd, place = np.linspace(-2.5, 2.0, 120), np.linspace(-6, 14, 2000)
    told = np.empty((data.tasks, log_sd.size, place.size))
    for task in range(data.tasks):
        own = data.task == task
        z = (data.log_minutes[own, None, None] - place) / np.exp(log_sd)[:, None]
        done = data.done[own, None, None]
        told[task] = np.where(done, -(z**2) / 2 - log_sd[:, None], log_ndtr(-z)).sum(0)
    mass = np.exp(told - told.max(axis=(1, 2), keepdims=True))
    prior = -PRIOR_PEOPLE * (log_sd + (LOG_SD * np.exp(-log_sd)) ** 2 / 2)
    height = np.log(mass.sum(2)).sum(0) + prior
    weights = np.exp(height - height.max())
    known = np.einsum("s,tsp->tp", weights / weights.sum(), mass / mass.sum(2, keepdims=True))
    return np.array([np.interp(LEVELS, np.cumsum(row), place) for row in known]).T


def test_intervals_are_those_of_brute_force() -> None:
    data = attempts([[2.0, 2.7, 3.1], [4.0, 5.1, 5.6, 7.0], [6.0, 7.0, 7.0], [1.0]], limit=6.17)
    found = fit_censored(data).estimates()
    value, lower, upper = brute_force(data)
    # the spread is summed out by seven points: ends agree to a few hundredths of an error
    assert found.value == pytest.approx(value, abs=0.02)
    assert found.lower == pytest.approx(lower, abs=0.06)
    assert found.upper == pytest.approx(upper, abs=0.08)


def test_with_everybody_finishing_it_is_students_interval() -> None:
    rng = np.random.default_rng(1)
    times = rng.normal(4, 0.75, (40, 5))
    found = fit_censored(attempts(times.tolist())).estimates()
    sd = math.sqrt(((times - times.mean(1, keepdims=True)) ** 2).sum() / 160)
    reach = stdtrit(160, 0.95) * sd / math.sqrt(5)
    assert found.value == pytest.approx(times.mean(1), abs=0.005)
    assert (found.upper - found.lower) / 2 == pytest.approx(np.full(40, reach), rel=0.02)
    assert found.se == pytest.approx(np.full(40, sd / math.sqrt(5)), rel=0.02)


def test_a_mean_of_successes_is_short_by_the_factor_of_p14b_and_the_censored_law_is_not() -> None:
    rng = np.random.default_rng(2)
    data = attempts(rng.normal(math.log(240), 0.9, (8, 700)).tolist(), LIMIT)
    kept = data.successes()
    short = kept.log_minutes.mean() - math.log(240)
    assert short == pytest.approx(math.log(success_only_factor(LogNormal(240, 0.9), 480)), abs=0.04)
    assert short == pytest.approx(math.log(0.71), abs=0.04)
    assert fit_censored(data).estimates().value == pytest.approx(np.full(8, math.log(240)), abs=0.15)


def test_of_a_task_that_nobody_finished_only_a_lower_bound_is_known() -> None:
    rng = np.random.default_rng(3)
    times = [*rng.normal(4, 0.9, (20, 8)).tolist(), [9.0, 9.0, 9.0]]
    fit = fit_censored(attempts(times, LIMIT))
    found = fit.estimates()
    assert np.isnan(found.value[-1])
    assert found.upper[-1] == np.inf
    sd = math.exp(fit.shape[0])
    chance = ndtr((found.lower[-1] - LIMIT) / sd) ** 3
    assert chance == pytest.approx(0.05, abs=0.01)


def test_a_task_that_nobody_finished_changes_no_other() -> None:
    rng = np.random.default_rng(4)
    times = rng.normal(4, 0.9, (6, 5)).tolist()
    with_it, without = (fit_censored(attempts(own, LIMIT)).estimates() for own in ([*times, [9.0]], times))
    assert with_it.value[:-1] == pytest.approx(without.value)
    assert with_it.lower[:-1] == pytest.approx(without.lower)


def test_a_budget_that_was_enough_for_some_tells_the_median_by_their_share() -> None:
    rng = np.random.default_rng(5)
    sd, many = 0.8, 200
    known = np.concatenate([rng.normal(3, sd, many), rng.normal(5, sd, many)])
    task = np.repeat([0, 1, 2], [many, many, 400])
    logs = np.append(known, np.full(400, LIMIT))
    done = np.append(np.ones(2 * many, bool), np.arange(400) < 280)
    budget = task == 2
    found = fit_censored(Attempts(task, logs, done, 3, budget=budget)).estimates()
    assert found.value[2] == pytest.approx(LIMIT - sd * ndtri(0.7), abs=0.1)
    assert found.lower[2] < LIMIT - sd * ndtri(0.7) < found.upper[2]


def test_a_budget_that_was_enough_for_all_gives_an_upper_bound() -> None:
    rng = np.random.default_rng(6)
    logs = np.append(rng.normal(3, 0.8, 50), np.full(4, LIMIT))
    task = np.repeat([0, 1], [50, 4])
    fit = fit_censored(Attempts(task, logs, np.ones(54, bool), 2, budget=task == 1))
    found = fit.estimates()
    assert np.isnan(found.value[1])
    assert found.lower[1] == -np.inf
    assert ndtr((LIMIT - found.upper[1]) / math.exp(fit.shape[0])) ** 4 == pytest.approx(0.05, abs=0.01)


def test_attempts_may_come_in_any_order() -> None:
    rng = np.random.default_rng(7)
    data = attempts(rng.normal(5, 0.9, (5, 6)).tolist(), LIMIT)
    order = rng.permutation(data.task.size)
    mixed = Attempts(data.task[order], data.log_minutes[order], data.done[order], 5, data.log_limit[order])
    one, two = fit_censored(data).estimates(), fit_censored(mixed).estimates()
    assert one.value == pytest.approx(two.value, abs=1e-9)


@pytest.mark.parametrize("m", [4, 8])
def test_intervals_hold_the_truth_as_often_as_they_say(m: int) -> None:
    rng = np.random.default_rng(m)
    held = []
    for _ in range(30):
        truth = rng.uniform(math.log(15), math.log(480), 20)
        logs = truth[:, None] + 0.9 * rng.standard_normal((20, m))
        found = fit_censored(attempts(logs.tolist(), LIMIT)).estimates()
        held.append(((found.lower <= truth) & (truth <= found.upper)).mean())
    assert np.mean(held) == pytest.approx(0.9, abs=4 * np.std(held) / math.sqrt(30))
