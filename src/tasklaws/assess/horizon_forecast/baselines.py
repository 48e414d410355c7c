"""What the law has to beat: forecasts from the observed time horizons alone, as Student-t."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.horizon_forecast.mixture import Mixture, student
from tasklaws.assess.horizon_forecast.trend import LEAST_ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tasklaws.infer.arrays import Floats

    Baseline = Callable[[Floats, Floats, float], Mixture]


def persistence(x: Floats, doublings: Floats, x_ahead: float) -> Mixture:
    """Return the last model's time horizon, spread by the changes from model to model."""
    del x_ahead
    y = doublings[np.argsort(x, kind="stable")]
    steps = np.diff(y)
    return _student(steps.size, y[-1], float(np.mean(steps**2)))


def increment(x: Floats, doublings: Floats, x_ahead: float) -> Mixture:
    """Return the last model's time horizon moved on by the mean change, spread by how changes differ."""
    del x_ahead
    y = doublings[np.argsort(x, kind="stable")]
    steps = np.diff(y)
    return _student(steps.size - 1, y[-1] + steps.mean(), float(steps.var(ddof=1)) * (1 + 1 / steps.size))


def trend(x: Floats, doublings: Floats, x_ahead: float) -> Mixture:
    """Return the forecast of ordinary regression on the axis, all models alike."""
    away = x - x.mean()
    slope = float(away @ doublings / (away @ away))
    rest = doublings - doublings.mean() - slope * away
    ahead = x_ahead - x.mean()
    wider = 1 + 1 / x.size + ahead**2 / float(away @ away)
    return _student(x.size - 2, doublings.mean() + slope * ahead, float(rest @ rest) / (x.size - 2) * wider)


def _student(df: int, centre: float, variance: float) -> Mixture:
    return student(df, float(centre), max(float(np.sqrt(variance)), LEAST_ERROR))


BASELINES: Mapping[str, Baseline] = {
    "b1_persistence": persistence,
    "b2_increment": increment,
    "b3_trend": trend,
}
"""Name -> (places, observed doublings, place ahead) -> forecast. Models with a bound only play no part."""
