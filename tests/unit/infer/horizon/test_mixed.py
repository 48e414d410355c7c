"""The mixed model against quadrature and a slow optimiser, and what it says where there is no answer."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import log_expit, logsumexp

from tasklaws.core.errors import BadInput
from tasklaws.infer.horizon import _mixed_kernel as kernel
from tasklaws.infer.horizon import logistic
from tasklaws.infer.horizon.cells import HorizonCells, weights
from tasklaws.infer.horizon.mixed import (
    BOUNDLESS,
    NOISE,
    REASONS,
    UNREPEATED,
    UNSETTLED,
    Mixed,
    bootstrap_mixed,
    fit_mixed,
    tail,
)
from tasklaws.theory.horizons import typical_over_marginal

FAMILIES, TASKS, RUNS = 30, 3, 8


def made_up(
    seed: int = 0,
    *,
    task_sd: float = 1.0,
    noise: float = 0.0,
    runs: int = RUNS,
    families: int = FAMILIES,
    slope: float = -0.7,
    levels: tuple[float, ...] = (1.0,),
) -> HorizonCells:
    """Return counts of agents whose horizon lies at level / -slope doublings."""
    rng = np.random.default_rng(seed)
    family = np.repeat(np.arange(families), TASKS)
    true = rng.normal(0, 2.9, family.size)
    log_odds = np.array(levels)[:, None] + slope * true + rng.normal(0, task_sd, (len(levels), family.size))
    n = np.full(log_odds.shape, float(runs))
    k = rng.binomial(runs, 1 / (1 + np.exp(-log_odds))).astype(float)
    return HorizonCells(
        tuple(f"agent {a}" for a in range(len(levels))),
        tuple(f"task {t}" for t in range(family.size)),
        family,
        true + noise * rng.normal(size=family.size),
        k,
        n,
        weights(n, family, "invsqrt_family"),
    )


def errors(cells: HorizonCells, sd: float = 0.0) -> np.ndarray:
    return np.full(len(cells.tasks), sd)


def slow_loss(cells: HorizonCells, sd: float, at: np.ndarray) -> float:
    """Return minus the weighted log likelihood of the first agent at (level, slope, task_sd), on a grid."""
    weight = (cells.weight * cells.n)[0]
    weight = weight * (weight > 0).sum() / weight.sum()
    centre = (weight @ cells.doublings) / weight.sum()
    seen = weight @ (cells.doublings - centre) ** 2 / (weight.sum() - (weight @ weight) / weight.sum())
    true = seen - sd**2
    kept = true / (true + sd**2)
    mean, variance = centre + kept * (cells.doublings - centre), true * (1 - kept)
    e = np.linspace(-9, 9, 361)
    log_density = -(e**2) / 2 - logsumexp(-(e**2) / 2)
    log_odds = (at[0] + at[1] * mean)[:, None] + math.sqrt(at[2] ** 2 + at[1] ** 2 * variance) * e
    k, n = cells.k[0][:, None], cells.n[0][:, None]
    told = k * log_expit(log_odds) + (n - k) * log_expit(-log_odds) + log_density
    return float(-weight @ logsumexp(told, axis=1))


@pytest.mark.parametrize("s", [1e-6, 0.1, 1.0, 4.0, 15.0])
@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (3, 8), (8, 8), (0.5, 3), (20, 100)])
def test_the_likelihood_of_a_task_is_that_of_quadrature(s: float, k: float, n: float) -> None:
    for mu in (-6.0, 0.3, 4.0):

        def density(e: float, mu: float = mu) -> float:
            log_odds = mu + s * e
            told = k * log_expit(log_odds) + (n - k) * log_expit(-log_odds)
            return math.exp(told - e * e / 2) / math.sqrt(2 * math.pi)

        pieces = pairwise(np.linspace(-12, 12, 25))
        slow = sum(quad(density, low, high, epsabs=0, epsrel=1e-11, limit=200)[0] for low, high in pieces)
        assert kernel.task(mu, s, float(k), float(n))[0] == pytest.approx(math.log(slow), abs=2e-5)


@pytest.mark.parametrize("s", [0.3, 2.0, 8.0])
def test_slopes_and_curvatures_of_a_task_are_those_of_differences(s: float) -> None:
    step = 1e-3
    for mu, k, n in ((-2.0, 1.0, 8.0), (0.5, 8.0, 8.0), (3.0, 0.0, 2.0), (0.0, 30.0, 90.0)):
        _, g, gs, h, hs, hss = kernel.task(mu, s, k, n)
        up, down = kernel.task(mu + step, s, k, n), kernel.task(mu - step, s, k, n)
        wide, narrow = kernel.task(mu, s + step, k, n), kernel.task(mu, s - step, k, n)
        differences = [
            (up[0] - down[0], wide[0] - narrow[0]),
            (up[1] - down[1], up[2] - down[2]),
            (wide[1] - narrow[1], wide[2] - narrow[2]),
        ]
        found = [(g, gs), (h, hs), (hs, hss)]
        np.testing.assert_allclose(np.array(differences) / (2 * step), found, rtol=2e-3, atol=2e-3)


def test_fits_are_as_likely_as_those_of_a_slow_optimiser_over_many_cells() -> None:
    rng = np.random.default_rng(4)
    climbed = 0
    for seed in range(9):
        sd = float(rng.choice([0.0, 0.7, 2.0]))
        cells = made_up(
            seed,
            task_sd=float(rng.choice([0.0, 0.5, 2.0, 4.0])),
            noise=sd,
            runs=int(rng.choice([2, 3, 8, 40])),
            families=int(rng.integers(5, 14)),
            slope=float(rng.choice([-0.2, -0.7, -2.0])),
        )
        fitted = fit_mixed(cells, errors(cells, sd))
        if fitted.state[0] != logistic.OK:
            continue
        climbed += 1
        at = np.array([fitted.level[0], fitted.slope[0], fitted.task_sd[0]])
        best = min(
            minimize(lambda p, c=cells, s=sd: slow_loss(c, s, p), start, method="Nelder-Mead").fun
            for start in (at, np.array([0.0, -0.5, 1.0]))
        )
        assert slow_loss(cells, sd, at) <= best + 1e-4
    assert climbed >= 6


def test_counts_that_differ_no_more_than_a_line_says_give_the_logistic() -> None:
    cells = made_up(1)
    expected = replace(cells, k=cells.n / (1 + np.exp(0.7 * cells.doublings - 1)))
    plain, mixed = logistic.fit(expected), fit_mixed(expected, errors(cells))
    assert mixed.task_sd[0] < 1e-3
    np.testing.assert_allclose([mixed.level[0], mixed.slope[0]], [1.0, -0.7], atol=1e-4)
    np.testing.assert_allclose([plain.level[0], plain.slope[0]], [1.0, -0.7], atol=1e-4)
    np.testing.assert_allclose(mixed.marginal(0.8), mixed.typical(0.8), atol=1e-5)


def test_the_marginal_horizon_is_that_of_the_theory() -> None:
    sds = np.array([0.0, 1e-9, 0.5, 1.0, 3.0, 12.0])
    slope = np.full(sds.size, -0.7)
    model = Mixed(np.full(sds.size, 1.0), slope, sds, np.zeros(sds.size, np.int8))
    for success in (0.2, 0.5, 0.8, 0.99):
        ratios = [math.log2(typical_over_marginal(success, 0.7 / math.log(2), sd)) for sd in sds]
        np.testing.assert_allclose(model.typical(success) - model.marginal(success), ratios, atol=1e-6)


def test_attempts_at_one_task_are_not_counted_as_independent() -> None:
    """The plain logistic is flattened by the spread between tasks; the mixed model is not."""
    found = np.array(
        [
            (logistic.fit(cells).slope[0], fitted.slope[0], fitted.task_sd[0], fitted.typical(0.8)[0])
            for cells in (made_up(seed, task_sd=2.0) for seed in range(40))
            for fitted in [fit_mixed(cells, errors(cells))]
        ]
    )
    plain, slope, sd, typical = found.mean(axis=0)
    error = found.std(axis=0) / math.sqrt(40)
    assert plain > -0.55
    assert slope == pytest.approx(-0.7, abs=3 * error[1] + 0.02)
    assert sd == pytest.approx(2.0, abs=3 * error[2] + 0.1)
    assert typical == pytest.approx((1.0 - math.log(4)) / 0.7, abs=3 * error[3])


def test_noise_in_times_is_taken_out() -> None:
    true = 1.0 / 0.7
    found = []
    for seed in range(40):
        cells = made_up(seed, task_sd=0.7, noise=2.0)
        known, ignored = fit_mixed(cells, errors(cells, 2.0)), fit_mixed(cells, errors(cells))
        found.append((known.slope[0], ignored.slope[0], known.typical(0.5)[0], ignored.typical(0.5)[0]))
    known, ignored, horizon, far = np.mean(found, axis=0)
    error = np.std(found, axis=0) / math.sqrt(40)
    assert ignored > -0.55
    assert known == pytest.approx(-0.7, abs=3 * error[0] + 0.02)
    assert horizon == pytest.approx(true, abs=3 * error[2])
    assert far > true + 3 * error[3]


def test_a_task_that_weighs_twice_is_a_task_drawn_twice() -> None:
    cells = made_up(3)
    twice = HorizonCells(
        cells.agents,
        (*cells.tasks, "again"),
        np.append(cells.family, cells.family[0]),
        np.append(cells.doublings, cells.doublings[0]),
        np.append(cells.k, cells.k[:, :1], axis=1),
        np.append(cells.n, cells.n[:, :1], axis=1),
        np.append(cells.weight, cells.weight[:, :1], axis=1),
    )
    heavier = cells.weight.copy()
    heavier[:, 0] *= 2
    one, other = (fit_mixed(c, errors(c)) for c in (twice, replace(cells, weight=heavier)))
    np.testing.assert_allclose(one.typical(0.8), other.typical(0.8), atol=1e-4)
    np.testing.assert_allclose(one.task_sd, other.task_sd, atol=1e-4)


def test_the_unit_of_weights_does_not_matter() -> None:
    cells = made_up(3)
    heavy = replace(cells, weight=cells.weight * 1e4)
    one, other = fit_mixed(cells, errors(cells, 1.0)), fit_mixed(heavy, errors(cells, 1.0))
    np.testing.assert_allclose(one.marginal(0.8), other.marginal(0.8), atol=1e-4)


def test_draws_are_those_of_the_logistics_and_of_shorter_bootstraps() -> None:
    cells = made_up(5, levels=(0.0, 2.0))
    ten = bootstrap_mixed(cells, errors(cells, 0.5), 10, 7)
    four = bootstrap_mixed(cells, errors(cells, 0.5), 4, 7)
    np.testing.assert_array_equal(ten.level[:4], four.level)
    assert ten.state.shape == (10, 2)
    plain = logistic.bootstrap(cells, 300, 7, ("family",)).doublings_at(0.5)
    mixed = bootstrap_mixed(cells, errors(cells), 300, 7).typical(0.5)
    for agent in range(2):
        assert np.corrcoef(plain[:, agent], mixed[:, agent])[0, 1] > 0.9


def test_a_draw_of_everything_once_is_the_fit() -> None:
    cells = replace(made_up(6), family=np.zeros(FAMILIES * TASKS, int))
    drawn, fitted = bootstrap_mixed(cells, errors(cells), 2, 0), fit_mixed(cells, errors(cells))
    np.testing.assert_allclose(drawn.typical(0.8)[0], fitted.typical(0.8), atol=1e-4)


def test_draws_of_families_spread_like_worlds() -> None:
    worlds = [made_up(seed, task_sd=1.5) for seed in range(60)]
    apart = np.std([fit_mixed(cells, errors(cells)).typical(0.8)[0] for cells in worlds])
    within = np.mean(
        [bootstrap_mixed(cells, errors(cells), 40, 1).typical(0.8).std() for cells in worlds[:20]]
    )
    assert 0.7 < within / apart < 1.4


def test_all_failures_and_all_successes_are_told_apart() -> None:
    cells = made_up(0, levels=(0.0, 0.0, 0.0))
    k = cells.k.copy()
    k[1], k[2] = 0, cells.n[2]
    fitted = fit_mixed(replace(cells, k=k), errors(cells))
    assert fitted.state.tolist() == [logistic.OK, logistic.ALL_FAIL, logistic.ALL_PASS]
    for found in (fitted.typical(0.8), fitted.marginal(0.8)):
        assert np.isfinite(found[0])
        assert found[1:].tolist() == [-np.inf, np.inf]


def test_a_gap_between_successes_and_failures_is_told() -> None:
    cells = made_up(0)
    fitted = fit_mixed(replace(cells, k=cells.n * (cells.doublings < 0.5)), errors(cells))
    assert fitted.state[0] == logistic.SEPARATED
    low, high = cells.doublings[cells.doublings < 0.5].max(), cells.doublings[cells.doublings >= 0.5].min()
    for found in (fitted.typical(0.5), fitted.typical(0.8), fitted.marginal(0.8)):
        assert low < found[0] < high


def test_success_that_rises_with_time_has_no_horizon() -> None:
    cells = made_up(0, slope=0.7)
    fitted = fit_mixed(cells, errors(cells))
    assert fitted.state[0] == logistic.RISING
    assert np.isnan(fitted.typical(0.5)[0])
    assert np.isnan(fitted.marginal(0.8)[0])


def test_without_repeats_there_is_no_answer() -> None:
    cells = made_up(0, runs=1)
    fitted = fit_mixed(cells, errors(cells))
    assert fitted.state[0] == UNREPEATED
    assert np.isnan([fitted.level[0], fitted.task_sd[0], fitted.typical(0.5)[0]]).all()


def test_tasks_that_are_always_or_never_solved_are_told_and_their_marginal_horizon_stands() -> None:
    cells = made_up(0, task_sd=3.0)
    always = cells.n * (cells.k >= RUNS / 2)
    fitted = fit_mixed(replace(cells, k=always), errors(cells))
    assert fitted.state[0] == BOUNDLESS
    by_task = replace(cells, k=always / cells.n, n=np.ones_like(cells.n), weight=cells.weight * cells.n)
    assert fitted.marginal(0.5)[0] == pytest.approx(logistic.fit(by_task).doublings_at(0.5)[0], abs=0.3)


def test_times_that_are_nothing_but_noise_are_told() -> None:
    cells = made_up(0)
    fitted = fit_mixed(cells, errors(cells, 9.0))
    assert fitted.state[0] == NOISE
    assert np.isnan(fitted.typical(0.5)[0])


def test_tasks_that_were_not_asked_play_no_part() -> None:
    cells = made_up(2)
    unasked = HorizonCells(
        cells.agents,
        (*cells.tasks, "not asked"),
        np.append(cells.family, 99),
        np.append(cells.doublings, 40.0),
        np.append(cells.k, [[0.0]], axis=1),
        np.append(cells.n, [[0.0]], axis=1),
        np.append(cells.weight, [[0.0]], axis=1),
    )
    one, other = (fit_mixed(c, errors(c, 1.0)) for c in (cells, unasked))
    np.testing.assert_allclose(one.typical(0.8), other.typical(0.8), atol=1e-6)


def test_every_state_but_ok_has_a_reason() -> None:
    known = {logistic.ALL_FAIL, logistic.ALL_PASS, logistic.SEPARATED, logistic.RISING, logistic.FEW}
    assert set(REASONS) == known | {UNREPEATED, BOUNDLESS, NOISE, UNSETTLED}


@pytest.mark.parametrize("sd", [[0.1], np.nan, -1.0, np.inf])
def test_errors_of_times_that_cannot_be_are_refused(sd: object) -> None:
    cells = made_up(0)
    given = np.array(sd) if isinstance(sd, list) else errors(cells, float(sd))  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="Set it to 0"):
        fit_mixed(cells, given)


def test_runs_are_never_drawn_anew() -> None:
    cells = made_up(0)
    with pytest.raises(BadInput, match="Draw families"):
        bootstrap_mixed(cells, errors(cells), 5, 0, ("family", "run"))


def test_the_tail_moves_out_for_few_families() -> None:
    assert tail(0.9, 10**6) == pytest.approx(0.05, abs=1e-5)
    assert tail(0.9, 30) == pytest.approx(0.042, abs=5e-4)
    assert tail(0.9, 5) < tail(0.9, 10) < tail(0.9, 30)
    assert tail(0.9, 1) == 0.0
