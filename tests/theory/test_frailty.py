"""P10, P11 and P21: frailty between tasks against simulated hazards and repeats, and against METR's runs.

All but the last tests simulate the assumptions they check: algebra, not facts about models.
"""

from __future__ import annotations

import gzip
import json
import math
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from tasklaws.core.errors import BadInput, BadPlan, NoAnswer
from tasklaws.theory.frailty import (
    concave_until,
    frailty_exists,
    horizon_ratio,
    is_completely_monotone,
    local_weibull_shape,
    logistic_slope,
    pass_all,
    pass_all_from_rho,
    pass_all_seen,
    positive,
    rho,
    rho_interval,
    survival,
    time_at,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.theory.frailty import Floats

MINUTES = np.array([6.0, 15, 60, 240, 600])
HAZARD = 1 / 60
N = 200_000


def _failure_times(shape: float, k: int, rng: np.random.Generator) -> Floats:
    """Return minutes to failure of `k` runs at each of many tasks, of shape (tasks, k)."""
    hazards = rng.gamma(shape, HAZARD / shape, N) if math.isfinite(shape) else np.full(N, HAZARD)
    return rng.exponential(1, (N, k)) / hazards[:, None]


# --- P10 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [0.5, 1, 2, 10, math.inf])
def test_survival_is_that_of_simulated_runs(shape: float) -> None:
    failed = _failure_times(shape, 1, np.random.default_rng(1))
    expected = survival(MINUTES, HAZARD, shape)
    error = np.sqrt(expected * (1 - expected) / N)
    assert (np.abs((failed > MINUTES).mean(axis=0) - expected) <= 4 * error).all()


def test_shape_1_is_the_logistic_in_log_time_with_slope_1() -> None:
    logistic = stats.logistic.cdf(math.log(60) - np.log(MINUTES))
    np.testing.assert_allclose(survival(MINUTES, HAZARD, 1), logistic, rtol=1e-12)
    np.testing.assert_allclose(logistic, [0.909, 0.8, 0.5, 0.2, 0.091], atol=5e-4)


def test_great_shape_is_the_exponential() -> None:
    exponential = survival(MINUTES, HAZARD, math.inf)
    np.testing.assert_allclose(exponential[:4], [0.905, 0.779, 0.368, 0.018], atol=5e-4)
    assert exponential[4] == pytest.approx(0.00005, abs=5e-6)
    np.testing.assert_allclose(survival(MINUTES, HAZARD, 1e9), exponential, rtol=1e-6)


@pytest.mark.parametrize(("shape", "ratio"), [(math.inf, 0.322), (2, 0.285), (1, 0.25), (0.5, 0.1875)])
def test_ratio_of_horizons(shape: float, ratio: float) -> None:
    assert horizon_ratio(shape) == pytest.approx(ratio, abs=5e-4)
    for rate in (0.2, 0.5, 0.8, 0.99):
        assert survival(time_at(rate, HAZARD, shape), HAZARD, shape) == pytest.approx(rate)


def test_published_ratios_of_the_exponential() -> None:
    assert horizon_ratio(math.inf) == pytest.approx(1 / 3, abs=0.02)  # arXiv 2505.05115: T80 is about T50 / 3
    assert 1 / horizon_ratio(math.inf, 0.99) == pytest.approx(70, abs=1.5)  # and T99 about T50 / 70


def test_slope_of_a_ratio() -> None:
    assert logistic_slope(0.254) == pytest.approx(1.012, abs=5e-4)  # 15 of 59 minutes
    assert logistic_slope(0.25) == pytest.approx(1)
    assert logistic_slope(4, rate=0.2) == pytest.approx(1)


@pytest.mark.parametrize(("shape", "local"), [(0.5, 0.54), (1, 0.72), (2, 0.85), (10, 0.97), (math.inf, 1)])
def test_local_weibull_shape(shape: float, local: float) -> None:
    assert local_weibull_shape(shape) == pytest.approx(local, abs=0.006)
    for rate in (0.3, 0.5, 0.8):
        at = math.log(time_at(rate, HAZARD, shape))
        losses = np.log(-np.log(survival(np.exp([at - 1e-5, at + 1e-5]), HAZARD, shape)))
        assert local_weibull_shape(shape, rate) == pytest.approx(np.diff(losses)[0] / 2e-5, rel=1e-5)


def _log_logistic(slope: float, median: float = 60.0) -> object:
    return lambda t: 1 / (1 + (t / median) ** slope)


@pytest.mark.parametrize("slope", [0.35, 0.55, 0.9, 1.0])
def test_up_to_slope_1_the_logistic_is_completely_monotone(slope: float) -> None:
    assert frailty_exists(slope)
    assert concave_until(slope, 60) == 0
    for step in (0.01, 1, 30, 1000):
        assert is_completely_monotone(_log_logistic(slope), step)


@pytest.mark.parametrize("slope", [1.01, 1.1, 1.5, 2.0, 4.0])
def test_beyond_slope_1_no_frailty_gives_the_logistic(slope: float) -> None:
    assert not frailty_exists(slope)
    turn = concave_until(slope, 60)
    curve = _log_logistic(slope)
    assert not is_completely_monotone(curve, turn / 20)
    # second differences change sign at the turn
    for at, sign in ((0.8 * turn, -1), (1.2 * turn, 1)):
        bend = curve(at * 0.99) - 2 * curve(at) + curve(at * 1.01)
        assert math.copysign(1, bend) == sign


@pytest.mark.parametrize("shape", [0.5, 1, 2, 50])
def test_every_frailty_curve_is_completely_monotone(shape: float) -> None:
    for step in (0.1, 5, 100):
        assert is_completely_monotone(lambda t: survival(t, HAZARD, shape), step)


def test_a_rising_hazard_is_not_completely_monotone() -> None:
    assert is_completely_monotone(lambda t: np.exp(-((t / 60) ** 0.6)), 1)
    assert not is_completely_monotone(lambda t: np.exp(-((t / 60) ** 1.4)), 1)


@pytest.mark.parametrize("slope", [0.35, 0.55, 0.8])
def test_below_slope_1_hazards_exist_that_give_the_logistic(slope: float) -> None:
    # Mittag-Leffler hazards: exponential ^ (1 / slope) times a positive stable variable (Kozubowski, 2001)
    rng = np.random.default_rng(2)
    angle = math.pi * slope
    turned = np.sin(angle) / np.tan(angle * rng.random(N)) - math.cos(angle)
    hazards = rng.exponential(size=N) * turned ** (1 / slope) / 60
    passed = rng.exponential(1, (N, 1)) / hazards[:, None] > MINUTES
    expected = 1 / (1 + (MINUTES / 60) ** slope)
    assert (np.abs(passed.mean(axis=0) - expected) < 4 * np.sqrt(expected * (1 - expected) / N)).all()


# --- P21 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [0.5, 1, 2, math.inf])
@pytest.mark.parametrize("k", [2, 8])
def test_pass_all_is_that_of_simulated_repeats(shape: float, k: int) -> None:
    all_passed = (_failure_times(shape, k, np.random.default_rng(3)) > 60).all(axis=1)
    expected = float(pass_all(60, HAZARD, shape, k))
    assert abs(all_passed.mean() - expected) < 4 * math.sqrt(expected * (1 - expected) / N)


def test_pass_8_tells_frailty_from_a_coin() -> None:
    assert float(pass_all(60, HAZARD, 1, 8)) == pytest.approx(0.1111, abs=5e-5)
    assert float(survival(60, math.log(2) / 60, math.inf)) ** 8 == pytest.approx(0.0039, abs=5e-5)


@pytest.mark.parametrize("correlation", [0.1, 0.4, 0.9])
@pytest.mark.parametrize("k", [1, 2, 8])
def test_pass_all_from_rho_is_that_of_simulated_tasks(correlation: float, k: int) -> None:
    rng, strength = np.random.default_rng(4), (1 - correlation) / correlation
    rates = rng.beta(0.6 * strength, 0.4 * strength, N)
    all_passed = (rng.random((N, k)) < rates[:, None]).all(axis=1)
    expected = pass_all_from_rho(0.6, correlation, k)
    assert abs(all_passed.mean() - expected) < 4 * math.sqrt(expected * (1 - expected) / N)


def test_pass_all_from_rho_at_its_ends() -> None:
    assert pass_all_from_rho(0.6, 0, 5) == pytest.approx(0.6**5)
    assert pass_all_from_rho(0.6, 1, 5) == pytest.approx(0.6)


def test_pass_all_seen_is_unbiased_where_the_plain_power_is_not() -> None:
    rng = np.random.default_rng(5)
    rates = rng.beta(1, 1, (400, 50))
    counts = rng.binomial(8, rates)
    seen = np.array([pass_all_seen(row, 8, 4) for row in counts])
    plain = np.mean((counts / 8) ** 4, axis=1)
    for estimates, unbiased in ((seen, True), (plain, False)):
        near = abs(estimates.mean() - 1 / 5) < 4 * estimates.std() / math.sqrt(400)
        assert near == unbiased


# --- P11 --------------------------------------------------------------------------------------------------


def test_repeats_of_coins_are_not_correlated() -> None:
    rng = np.random.default_rng(6)
    found = np.array([rho(row, 8) for row in rng.binomial(8, 0.5, (2000, 60))])
    assert abs(found.mean()) < 4 * found.std() / math.sqrt(2000)
    low, high = np.quantile(found, [0.05, 0.95])
    assert (low, high) == pytest.approx((-0.04, 0.04), abs=0.006)  # as in the formal model


def test_repeats_of_tasks_that_are_mostly_won_or_lost_are() -> None:
    # a U of two points with the formal model's correlation of .69
    rng = np.random.default_rng(7)
    rates = 0.5 + math.sqrt(0.69) / 2 * rng.choice([-1, 1], (2000, 60))
    found = np.array([rho(row, 8) for row in rng.binomial(8, rates)])
    # a ratio of moments is biased by about 1 / tasks
    assert abs(found.mean() - 0.69) < 4 * found.std() / math.sqrt(2000) + 1 / 60
    low, high = np.quantile(found, [0.05, 0.95])
    # wider than the formal model's .63 to .74, whose U is not stated
    assert low < 0.63
    assert high > 0.74


def test_interval_holds_its_level() -> None:
    rng = np.random.default_rng(8)
    held = []
    for _ in range(300):
        counts = rng.binomial(8, rng.beta(1, 1, 60))  # rho = 1 / 3
        low, high = rho_interval(counts, 8, rng, resamples=300)
        held.append(low < 1 / 3 < high)
    # percentile intervals of 60 tasks hold a little less than 90 %
    assert 0.9 - 0.05 - 4 * 0.0173 < np.mean(held) < 0.9 + 4 * 0.0173


def test_interval_is_the_same_for_the_same_generator() -> None:
    counts = [0, 8, 8, 1, 0, 7, 8, 3]
    first = rho_interval(counts, 8, np.random.default_rng(9))
    assert first == rho_interval(counts, 8, np.random.default_rng(9))
    assert first[0] < rho(counts, 8) < first[1]


def test_tasks_that_are_always_or_never_solved_have_rho_about_1() -> None:
    assert rho([8, 0] * 50, 8) == pytest.approx(1, abs=0.02)


def test_tasks_without_spread_have_no_rho() -> None:
    with pytest.raises(NoAnswer, match=r"no-spread: all 4 tasks have 8 of 8 successes\. .* Add tasks"):
        rho([8, 8, 8, 8], 8)
    with pytest.raises(NoAnswer, match=r"too-alike: 5 tasks are so alike .* Add tasks"):
        rho_interval([8, 8, 8, 8, 7], 8, np.random.default_rng(0))


# --- bad input --------------------------------------------------------------------------------------------


def test_bad_input_is_refused_in_three_parts() -> None:
    with pytest.raises(BadInput, match=r"a task has 9 successes\. With 8 runs it must be 0 to 8\. Correct"):
        rho([1, 9], 8)
    with pytest.raises(BadInput, match=r"2 tasks with 1 runs each\. It takes 2 .* Repeat the runs\."):
        rho([1, 0], 1)
    with pytest.raises(BadInput, match=r"pass\^9 was asked of tasks with 8 runs each\. .* Lower k"):
        pass_all_seen([1, 2], 8, 9)
    with pytest.raises(BadInput, match=r"the horizon at 0\.8 is 1\.2 times .* Success falls .* Check which"):
        logistic_slope(1.2)
    with pytest.raises(BadInput, match=r"shape of the hazards' law is 0\. It is above 0; inf .* Correct"):
        survival(1, 1, 0)
    with pytest.raises(BadInput, match=r"the rate of success is 1\. It must lie strictly between 0 and 1"):
        time_at(1, 1, 1)
    with pytest.raises(BadInput, match=r"x is nan\. It must be a finite number above 0\. Correct it\."):
        positive(math.nan, "x")
    with pytest.raises(BadPlan, match=r"the correlation of two runs is 1\.2"):
        pass_all_from_rho(0.5, 1.2, 2)


# --- facts about models -----------------------------------------------------------------------------------


def _metr(folder: Path) -> tuple[dict[str, float], dict[tuple[str, str], list[int]]]:
    minutes, runs = {}, defaultdict(list)
    with gzip.open(folder / "metr" / "runs_2025-01.jsonl.gz", "rt") as lines:
        for line in lines:
            run = json.loads(line)
            minutes[run["task_id"]] = run["human_minutes"]
            runs[run["alias"], run["task_id"]].append(run["score_binarized"])
    return minutes, runs


def test_metrs_runs_are_no_coins_at_any_length(shared_data: Path) -> None:
    minutes, runs = _metr(shared_data)
    rng, lows = np.random.default_rng(10), []
    for model in ("o1", "o1-preview", "Claude 3.5 Sonnet (New)", "GPT-4o", "Claude 3 Opus"):
        for least, most in ((15, 60), (60, 240)):
            counts = [
                sum(tried[:6])
                for (name, task), tried in runs.items()
                if name == model and least <= minutes[task] < most and len(tried) >= 6
            ]
            lows.append(rho_interval(counts, 6, rng)[0])
            seen, mean = pass_all_seen(counts, 6, 6), float(np.mean(counts)) / 6
            assert seen > 3 * mean**6
            expected = pass_all_from_rho(mean, min(rho(counts, 6), 1.0), 6)
            assert seen == pytest.approx(expected, abs=0.15)  # that rates are Beta is a guess
    assert min(lows) > 0.1  # tasks of one length differ, whatever the curve's shape suggests
