"""The baselines of a time horizon by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import linregress, t

from tasklaws.assess.horizon_forecast.baselines import BASELINES

X = np.array([2.0, 0.0, 1.0, 4.0])
Y = np.array([3.0, 1.0, 1.5, 6.0])
"""In order: 1, 1.5, 3, 6; steps .5, 1.5, 3."""
STEPS = np.array([0.5, 1.5, 3.0])


def held(name: str, df: int, centre: float, scale: float) -> None:
    found = BASELINES[name](X, Y, 5.0)
    for level in (0.05, 0.5, 0.9):
        assert found.quantile(level) == pytest.approx(t(df, centre, scale).ppf(level), abs=1e-3)


def test_persistence_keeps_the_last_and_spreads_by_the_steps() -> None:
    held("b1_persistence", 3, 6.0, np.sqrt((STEPS**2).mean()))


def test_the_increment_moves_on_by_the_mean_step() -> None:
    held("b2_increment", 2, 6 + STEPS.mean(), STEPS.std(ddof=1) * np.sqrt(1 + 1 / 3))


def test_the_trend_is_ordinary_regression() -> None:
    line = linregress(X, Y)
    rest = Y - line.intercept - line.slope * X
    wider = 1 + 1 / 4 + (5 - X.mean()) ** 2 / ((X - X.mean()) ** 2).sum()
    held("b3_trend", 2, line.intercept + 5 * line.slope, np.sqrt((rest**2).sum() / 2 * wider))
