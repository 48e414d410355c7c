"""The default law as a whole: what must hold of any forecast."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.infer.made_up import ladder, target

from tasklaws.infer.flags import MEANINGS
from tasklaws.infer.law import ITEM_SETTINGS, SIZE_SETTINGS, default_law, default_settings, fit_law

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats, LadderArrays, RateForecast

CLOSE = 1e-8


def _mean(forecast: RateForecast) -> Floats:
    return np.asarray((forecast.points * forecast.weights).sum(axis=2))


def _sd(forecast: RateForecast) -> Floats:
    return np.sqrt((forecast.points**2 * forecast.weights).sum(axis=2) - _mean(forecast) ** 2)


def _reordered(known: LadderArrays, tasks: Floats) -> LadderArrays:
    return replace(
        known,
        task_ids=tuple(known.task_ids[t] for t in tasks),
        families=tuple(known.families[t] for t in tasks),
        k=known.k[tasks],
        n=known.n[tasks],
        floor=known.floor[tasks],
        ceiling=known.ceiling[tasks],
    )


def _without(known: LadderArrays, cells: Floats) -> LadderArrays:
    return replace(known, k=np.where(cells, 0, known.k), n=np.where(cells, 0, known.n))


@pytest.fixture(scope="module")
def plain() -> tuple[LadderArrays, RateForecast]:
    known, wanted = ladder()
    return known, default_law(known, wanted)


def test_forecast_has_its_declared_shapes_and_bounds(plain: tuple[LadderArrays, RateForecast]) -> None:
    _known, forecast = plain
    targets, tasks, points = forecast.points.shape
    assert (targets, tasks) == (1, 9)
    assert points % SIZE_SETTINGS.points == 0
    assert points >= len(SIZE_SETTINGS.links) * SIZE_SETTINGS.points
    assert forecast.weights.shape == forecast.points.shape
    assert forecast.weights.sum(axis=2) == pytest.approx(1)
    assert forecast.joint is not None
    assert forecast.joint.shape == (1, SIZE_SETTINGS.draws, 9)
    assert ((forecast.points > 0) & (forecast.points < 1)).all()
    assert ((forecast.joint > 0) & (forecast.joint < 1)).all()
    np.testing.assert_allclose(forecast.weights.sum(axis=2), 1, atol=1e-12)
    assert forecast.status == ("ok",) * 9
    assert len(forecast.flags) == 9


def test_forecast_continues_a_rising_ladder(plain: tuple[LadderArrays, RateForecast]) -> None:
    known, forecast = plain
    rise = _mean(forecast)[0] - known.rate[:, -1]
    assert rise.mean() == pytest.approx(0.07, abs=0.05)
    assert (_sd(forecast) > 0.005).all()


def test_forecast_is_the_same_every_time(plain: tuple[LadderArrays, RateForecast]) -> None:
    _known, first = plain
    again = default_law(*ladder())
    np.testing.assert_array_equal(again.points, first.points)
    np.testing.assert_array_equal(again.joint, first.joint)


@pytest.mark.parametrize("settings", [SIZE_SETTINGS, ITEM_SETTINGS], ids=["sizes", "items"])
def test_joint_draws_agree_with_the_points(settings: object) -> None:
    known, wanted = ladder()
    law = fit_law(known, replace(settings, draws=40_000))
    forecast = law.forecast(wanted)
    sd = _sd(forecast)[0]
    np.testing.assert_allclose(forecast.joint[0].mean(axis=0), _mean(forecast)[0], atol=4 * sd.max() / 200)
    np.testing.assert_allclose(forecast.joint[0].std(axis=0), sd, rtol=0.05)


def test_joint_draws_share_the_shock_of_the_rung(plain: tuple[LadderArrays, RateForecast]) -> None:
    _, forecast = plain
    draws = forecast.joint[0]
    alone = draws.var(axis=0).sum() / draws.shape[1] ** 2
    assert draws.mean(axis=1).var() > 1.3 * alone


def test_forecast_does_not_depend_on_the_order_of_tasks(plain: tuple[LadderArrays, RateForecast]) -> None:
    known, forecast = plain
    order = np.random.default_rng(5).permutation(9)
    _, wanted = ladder()
    found = default_law(_reordered(known, order), wanted)
    np.testing.assert_allclose(found.points, forecast.points[:, order], atol=CLOSE)
    np.testing.assert_allclose(found.weights, forecast.weights[:, order], atol=CLOSE)
    assert found.flags == tuple(forecast.flags[t] for t in order)


def test_forecast_does_not_depend_on_names(plain: tuple[LadderArrays, RateForecast]) -> None:
    known, forecast = plain
    renamed = replace(
        known,
        task_ids=tuple(f"{9 - t}-x" for t in range(9)),
        families=tuple({"family0": "b", "family1": "z", "family2": "a"}[family] for family in known.families),
        rungs=tuple("edcba"),
        sizes=tuple("vwxyz"),
    )
    found = default_law(renamed, ladder()[1])
    np.testing.assert_allclose(found.points, forecast.points, atol=CLOSE)


def test_forecast_does_not_depend_on_the_origin_of_the_axis(plain: tuple[LadderArrays, RateForecast]) -> None:
    known, forecast = plain
    _, wanted = ladder()
    moved = replace(known, x=known.x + 7, walk=known.walk + 7)
    found = default_law(moved, replace(wanted, x=wanted.x + 7, walk=wanted.walk + 7))
    np.testing.assert_allclose(found.points, forecast.points, atol=1e-5)


def test_a_target_alone_has_the_forecast_it_has_in_a_batch() -> None:
    known, _ = ladder()
    places = np.array([1.7, 2.0, 2.4])
    law = fit_law(known)
    batch = law.forecast(target(places, 9))
    for s in range(len(places)):
        alone = law.forecast(target(places[s : s + 1], 9))
        np.testing.assert_allclose(alone.points[0], batch.points[s], atol=CLOSE)


def test_spread_grows_with_distance() -> None:
    known, _ = ladder()
    forecast = fit_law(known).forecast(target(np.array([1.6, 2.0, 2.6]), 9))
    logit = np.log(forecast.points / (1 - forecast.points))
    assert (np.diff(logit.std(axis=2), axis=0) > 0).all()


def test_a_missing_cell_is_not_a_zero() -> None:
    known, wanted = ladder()
    last = np.zeros(known.k.shape, dtype=bool)
    last[4, -1] = True
    full, gap = default_law(known, wanted), default_law(_without(known, last), wanted)
    zero = default_law(replace(known, k=np.where(last, 0, known.k)), wanted)
    means = [_mean(one)[0, 4] for one in (full, gap, zero)]
    assert means[1] == pytest.approx(means[0], abs=0.1)
    assert means[2] < means[1] - 0.1


def test_a_missing_cell_is_never_read() -> None:
    known, wanted = ladder()
    cells = np.zeros(known.k.shape, dtype=bool)
    cells[2, 1] = cells[5, -1] = True
    gap = _without(known, cells)
    np.testing.assert_array_equal(
        default_law(gap, wanted).points,
        default_law(replace(gap, k=np.where(cells, 99, gap.k)), wanted).points,
    )


def test_a_task_without_data_has_no_forecast_and_leaves_the_others() -> None:
    known, wanted = ladder()
    cells = np.zeros(known.k.shape, dtype=bool)
    cells[3] = True
    forecast = default_law(_without(known, cells), wanted)
    others = np.arange(9) != 3
    assert forecast.status[3] == "no_training_data"
    assert np.isnan(forecast.points[:, 3]).all()
    assert [forecast.status[t] for t in np.flatnonzero(others)] == ["ok"] * 8
    assert np.isfinite(forecast.points[:, others]).all()
    np.testing.assert_allclose(
        _mean(forecast)[0, others], _mean(default_law(known, wanted))[0, others], atol=0.05
    )


@pytest.mark.parametrize("ceiling", [0.6, 0.8])
def test_ceiling_is_respected(ceiling: float) -> None:
    known, wanted = ladder()
    below = replace(known, k=np.round(known.k * ceiling), ceiling=np.full(9, ceiling))
    forecast = default_law(below, target(np.array([wanted.walk[0] + 3]), 9))
    assert forecast.points.max() <= ceiling
    assert forecast.joint.max() <= ceiling


def test_floored_links_do_not_forecast_below_the_floor() -> None:
    known, wanted = ladder(floor=0.25)
    forecast = fit_law(known, replace(SIZE_SETTINGS, links=("floored_logit", "floored_gumbel"))).forecast(
        wanted
    )
    assert forecast.points.min() >= 0.25


def test_fresh_items_vary_at_least_binomially() -> None:
    known, wanted = ladder(seed=4)
    calm = replace(known, k=np.round(known.n * np.linspace(0.2, 0.6, 5)))
    paired = default_law(calm, wanted)
    fresh = default_law(replace(calm, identical_items=False), wanted)
    assert (paired.noise < 1).all()
    assert (fresh.noise >= 1).all()


def test_two_rungs_are_enough() -> None:
    known, wanted = ladder(rungs=2)
    forecast = default_law(known, wanted)
    assert np.isfinite(forecast.points).all()
    np.testing.assert_allclose(forecast.weights.sum(axis=2), 1)
    assert (_sd(forecast) > 0.02).all()


def test_rungs_at_the_floor_do_not_set_the_slope_of_one_off_it() -> None:
    known, wanted = ladder()
    k = np.zeros_like(known.k)
    k[:, -1] = np.linspace(60, 140, 9)
    forecast = default_law(replace(known, k=k), wanted)
    alone = default_law(replace(known, k=k).rungs_at(np.arange(5) == 4), wanted)
    assert all("one_rung" in flags for flags in forecast.flags)
    np.testing.assert_array_equal(forecast.points, alone.points)
    np.testing.assert_allclose(np.median(forecast.points[0], axis=1), k[:, -1] / 200, atol=0.15)


def test_one_task_is_enough() -> None:
    known, wanted = ladder(tasks=1, families=1)
    assert np.isfinite(default_law(known, wanted).points).all()


def test_no_rung_solves_anything_gives_a_finite_upper_bound() -> None:
    known, wanted = ladder()
    forecast = default_law(replace(known, k=0 * known.k), wanted)
    upper = np.quantile(forecast.points[0], 0.975, axis=1)
    assert all("no_signal_floor" in flags for flags in forecast.flags)
    assert (upper > 0).all()
    assert (upper < 0.2).all()


def test_every_rung_solves_everything_gives_a_finite_lower_bound() -> None:
    known, wanted = ladder()
    forecast = default_law(replace(known, k=known.n), wanted)
    lower = np.quantile(forecast.points[0], 0.025, axis=1)
    assert all("saturated" in flags for flags in forecast.flags)
    assert (lower < 1).all()
    assert (lower > 0.8).all()


def test_one_step_is_called_discontinuous() -> None:
    known, wanted = ladder()
    k = known.k.copy()
    k[2] = [0, 0, 0, 200, 200]
    forecast = default_law(replace(known, k=k), wanted)
    assert "discontinuous" in forecast.flags[2]
    assert not any("discontinuous" in forecast.flags[t] for t in range(9) if t != 2)
    assert np.isfinite(forecast.points).all()


def test_settings_follow_the_kind_of_ladder() -> None:
    assert default_settings(ladder(n=200)[0]).links == SIZE_SETTINGS.links
    assert default_settings(ladder(n=4)[0]).links == ("cloglog",)
    releases = default_settings(replace(ladder(n=200)[0], kind="release"))
    assert releases.prior.shock > SIZE_SETTINGS.prior.shock


def test_flags_are_known_words(plain: tuple[LadderArrays, RateForecast]) -> None:
    _, forecast = plain
    assert {flag for flags in forecast.flags for flag in flags} <= set(MEANINGS)
