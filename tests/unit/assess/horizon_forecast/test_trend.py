"""The law of time horizons against an oracle that integrates over level, slope and scatter on a grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import log_ndtr, ndtr
from tests.characteristics.horizon_forecast import shares

from tasklaws.assess.horizon_forecast.mixture import Mixture
from tasklaws.assess.horizon_forecast.trend import SCATTER, Seen, fitted
from tasklaws.core.errors import NoAnswer

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def seen(models: int = 8, seed: int = 0, shared: float = 0.0, error: float = 0.9) -> Seen:
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(0, 3, models))
    y = 1 + 1.7 * x + rng.normal(0, 1.2, models)
    return Seen(x, y, np.zeros(models, int), np.full(models, error), shared, error)


def with_bounds(base: Seen) -> Seen:
    """Return `base` with the first model below a bound and the fourth above one."""
    side = base.side.copy()
    side[[0, 3]] = -1, 1
    y = base.doublings.copy()
    y[[0, 3]] = 0.0, 3.0
    return replace(base, doublings=y, side=side)


def oracle(data: Seen, x_ahead: float, y_ahead: float) -> float:
    """Return P(at most `y_ahead`) by brute force; errors are independent."""
    x, ahead = data.x - data.x.mean(), x_ahead - data.x.mean()
    level, slope = np.linspace(-25, 30, 171)[:, None, None], np.linspace(-25, 28, 171)[None, :, None]
    angle = (np.arange(60) + 0.5) / 60
    spread = SCATTER * np.tan(np.pi / 2 * angle)[None, None, :]
    total = 0.0
    for one, y, side, error in zip(x, data.doublings, data.side, data.error, strict=True):
        sd = np.hypot(spread, error)
        z = (y - level - slope * one) / sd
        total = total + (-(z**2) / 2 - np.log(sd) if side == 0 else log_ndtr(-side * z))
    weight = np.exp(total - np.max(total))
    below = ndtr((y_ahead - level - slope * ahead) / np.hypot(spread, data.error_ahead))
    return float((weight * below).sum() / weight.sum())


@pytest.mark.parametrize("bounds", [False, True])
def test_the_forecast_is_that_of_the_oracle(*, bounds: bool) -> None:
    data = with_bounds(seen()) if bounds else seen()
    found = fitted(data, 3.5).forecast
    for level in LEVELS:
        assert oracle(data, 3.5, found.quantile(level)) == pytest.approx(level, abs=0.01)


def test_what_all_models_share_does_not_widen_the_forecast() -> None:
    alike, own = seen(shared=0.6, error=1.0), seen(shared=0.0, error=np.sqrt(0.4))
    both = [fitted(one, 3.4).forecast for one in (alike, own)]
    for level in LEVELS:
        assert both[0].quantile(level) == pytest.approx(both[1].quantile(level), abs=1e-8)


def test_more_error_of_the_next_measurement_widens_the_forecast() -> None:
    def width(data: Seen) -> float:
        found = fitted(data, 3.4).forecast
        return found.quantile(0.95) - found.quantile(0.05)

    assert width(replace(seen(), error_ahead=3.0)) > width(seen()) + 2


def test_places_and_doublings_may_be_moved() -> None:
    data, bounded = with_bounds(seen(shared=0.5)), seen(shared=0.5)
    for one in (data, bounded):
        moved = replace(one, x=10 * one.x + 2000, doublings=one.doublings + 7)
        here, there = fitted(one, 3.3), fitted(moved, 2033.0)
        for level in LEVELS:
            assert there.forecast.quantile(level) == pytest.approx(
                here.forecast.quantile(level) + 7, abs=1e-6
            )
            assert there.slope.quantile(level) == pytest.approx(here.slope.quantile(level) / 10, abs=1e-6)
        assert there.scatter == here.scatter


def test_a_model_below_the_tasks_makes_the_trend_steeper() -> None:
    known = seen(5, error=0.5)
    early = replace(
        known,
        x=np.append(known.x, -2.0),
        doublings=np.append(known.doublings, known.doublings.min() - 3),
        side=np.append(known.side, -1),
        error=np.append(known.error, 0.5),
    )
    without, with_it = fitted(known, 3.3).slope, fitted(early, 3.3).slope
    assert with_it.quantile(0.05) > without.quantile(0.05) + 0.1


def test_bounds_that_say_nothing_change_nothing() -> None:
    known = seen(6)
    loose = replace(
        known,
        x=np.append(known.x, 1.0),
        doublings=np.append(known.doublings, 500.0),
        side=np.append(known.side, -1),
        error=np.append(known.error, 0.9),
    )
    assert fitted(loose, 3.0).forecast.quantile(0.9) == pytest.approx(
        fitted(known, 3.0).forecast.quantile(0.9), abs=1e-3
    )


@pytest.mark.parametrize("case", ["few", "bounded", "one place"])
def test_too_little_is_refused(case: str) -> None:
    data = seen(3) if case == "few" else seen(4)
    if case == "bounded":
        data = replace(data, side=np.array([0, 0, 0, -1]))
    if case == "one place":
        data = replace(data, x=np.ones(4))
    with pytest.raises(NoAnswer, match="ladder-too-short"):
        fitted(data, 3.0)


def test_ninety_percent_intervals_hold_nine_in_ten() -> None:
    found = shares("ladder", 0.5, 200, seed=3)
    # four standard errors of 200 worlds about the share over a thousand
    assert 0.83 < found["90%"] < 0.98
    assert 0.38 < found["50%"] < 0.67


def test_a_mixture_comes_out() -> None:
    found = fitted(seen(), 3.0)
    assert isinstance(found.forecast, Mixture)
    assert found.forecast.weights.sum() == pytest.approx(1)
    assert (found.forecast.sds >= 0.9).all()
