"""P19: making tasks easier until a pilot is short enough hurts level and range most, the slope least."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tasklaws.core.errors import BadPlan
from tasklaws.theory import hardness
from tasklaws.theory.hardness import Adjusted, Pilots

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.infer.arrays import Floats

TASKS = 200_000
LIMITS = (2.5, 1.0, 0.0, -0.5)
"""Log times that give the paper's shares of adjusted tasks; it names the shares only."""


@cache
def _adjusted(limit: float) -> Adjusted:
    return hardness.adjust(Pilots(limit), TASKS, np.random.default_rng(1))


def _four_errors(draws: Floats) -> float:
    return 4 * draws.std() / math.sqrt(draws.size)


@pytest.mark.parametrize(("limit", "share"), [(2.5, 0.02), (1.0, 0.21), (0.0, 0.50), (-0.5, 0.66)])
def test_share_of_adjusted_tasks_is_simulated_and_that_of_the_paper(limit: float, share: float) -> None:
    exact = hardness.adjusted_share(Pilots(limit))
    changed = _adjusted(limit).cuts > 0
    assert abs(changed.mean() - exact) < _four_errors(changed)
    assert exact == pytest.approx(share, abs=5e-3)


@pytest.mark.parametrize("limit", LIMITS)
def test_fresh_attempts_exceed_accepted_pilots_by_the_exact_figure(limit: float) -> None:
    tasks = _adjusted(limit)
    fresh = tasks.hardness + np.random.default_rng(2).normal(0.0, 0.7, TASKS)
    apart = fresh - tasks.pilot
    assert abs(apart.mean() - hardness.understatement(Pilots(limit))) < _four_errors(apart)


@pytest.mark.parametrize(("limit", "factor"), [(2.5, 1.02), (1.0, 1.19), (0.0, 1.44), (-0.5, 1.57)])
def test_understatement_is_that_of_the_paper(limit: float, factor: float) -> None:
    """The paper simulated: its third figure is 1.434 exactly, so a unit of its last digit is left."""
    assert math.exp(hardness.understatement(Pilots(limit))) == pytest.approx(factor, abs=0.01)


@pytest.mark.parametrize(
    "pilots", [Pilots(0.3, 0.2, 2.0, 0.1), Pilots(-1.0, 1.5, 0.3, 1.2), Pilots(-4.0, 0.5)], ids=str
)
def test_exact_figure_holds_for_other_spreads_and_steps(pilots: Pilots) -> None:
    tasks = hardness.adjust(pilots, 40_000, np.random.default_rng(3))
    apart = tasks.hardness - tasks.pilot
    assert abs(apart.mean() - hardness.understatement(pilots)) < _four_errors(apart)


@pytest.mark.parametrize("times", [0.1, 5.0])
def test_exact_figure_scales_with_the_unit_of_log_time(times: float) -> None:
    one, other = Pilots(0.3, 0.2, 0.8, 0.6), Pilots(*(times * value for value in (0.3, 0.2, 0.8, 0.6)))
    assert hardness.understatement(other) == pytest.approx(times * hardness.understatement(one), rel=1e-10)


@pytest.mark.parametrize(
    ("limit", "correlation", "slope"),
    [
        (math.inf, -0.73, -1.01),
        (2.5, -0.72, -1.02),
        (1.0, -0.63, -1.02),
        (0.0, -0.48, -0.90),
        (-0.5, -0.41, -0.82),
    ],
)
def test_correlation_falls_and_the_slope_hardly_as_in_the_paper(
    limit: float, correlation: float, slope: float
) -> None:
    """Models' log-odds fall by 1.5 per unit of hardness, with a residual of .75; the paper gives neither."""
    tasks = _adjusted(limit)
    logit = -1.5 * tasks.for_models() + np.random.default_rng(4).normal(0.0, 0.75, TASKS)
    assert np.corrcoef(tasks.pilot, logit)[0, 1] == pytest.approx(correlation, abs=0.01)
    assert np.polyfit(tasks.pilot, logit, 1)[0] == pytest.approx(slope, abs=0.01)


@pytest.mark.parametrize("limit", [-2.0, 0.0, 0.5, 3.0])
def test_rejecting_instead_of_adjusting_has_a_closed_form(limit: float) -> None:
    rng, tasks = np.random.default_rng(5), 200_000
    hard = rng.normal(0.0, 1.0, tasks)
    pilot, fresh = (hard + rng.normal(0.0, 0.7, tasks) for _ in range(2))
    apart = (fresh - pilot)[pilot <= limit]
    assert abs(apart.mean() - hardness.rejecting_understatement(Pilots(limit))) < _four_errors(apart)


def test_rejecting_figure_is_that_of_the_paper() -> None:
    """At a limit of .5, which the paper does not name."""
    assert hardness.rejecting_understatement(Pilots(0.5)) == pytest.approx(0.2235, abs=5e-5)


def test_without_a_limit_nothing_changes_and_nothing_is_understated() -> None:
    tasks = hardness.adjust(Pilots(math.inf), 1000, np.random.default_rng(6))
    np.testing.assert_array_equal(tasks.hardness, tasks.original)
    assert hardness.adjusted_share(Pilots(math.inf)) == 0
    assert hardness.understatement(Pilots(math.inf)) == 0
    assert hardness.rejecting_understatement(Pilots(math.inf)) == 0


def test_every_accepted_pilot_keeps_the_limit_and_hardness_falls_by_whole_steps() -> None:
    pilots = Pilots(-0.5, step=0.3)
    tasks = hardness.adjust(pilots, 2000, np.random.default_rng(7))
    assert tasks.pilot.max() <= pilots.limit
    np.testing.assert_allclose(tasks.original - tasks.hardness, 0.3 * tasks.cuts)
    assert tasks.cuts.max() > 3
    assert hardness.adjust(pilots, 1, np.random.default_rng(7)).pilot.shape == (1,)


def test_rejecting_a_limit_far_below_all_pilots_stays_finite() -> None:
    far = Pilots(-80.0)
    assert hardness.rejecting_understatement(far) == pytest.approx(80 * 0.49 / 1.49, rel=1e-3)


def test_hints_help_models_more_than_a_smaller_task_and_raise_their_horizon() -> None:
    """The pilot time at which models' log-odds are 0, read off tasks that were made smaller or hinted at."""
    tasks, rng = _adjusted(0.0), np.random.default_rng(8)
    residual = rng.normal(0.0, 0.75, TASKS)
    horizons = []
    for insight in (0.5, 1.0, 2.0, 3.0):
        slope, level = np.polyfit(tasks.pilot, -1.5 * tasks.for_models(insight) + residual, 1)
        horizons.append(math.exp(-level / slope))
    assert horizons == sorted(horizons)
    assert horizons[1] == pytest.approx(1.0, abs=0.1)
    assert horizons[2] > 2
    np.testing.assert_array_equal(tasks.for_models(0.0), tasks.original)


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda: Pilots(math.nan), "the limit of pilots is nan"),
        (lambda: Pilots(-math.inf), "the limit of pilots is -inf"),
        (lambda: Pilots(0.0, step=0.0), "the step of pilots is 0.0"),
        (lambda: replace(Pilots(0.0), noise=-0.1), "the noise of pilots is -0.1"),
        (lambda: Pilots(0.0, spread=math.inf), "the spread of pilots is inf"),
        (lambda: hardness.adjust(Pilots(0.0), 0, np.random.default_rng(0)), "the number of tasks is 0"),
        (lambda: _adjusted(0.0).for_models(-1.0), "the help of an adjustment to models"),
    ],
)
def test_what_cannot_be_is_refused_in_three_parts(call: Callable[[], object], what: str) -> None:
    with pytest.raises(BadPlan) as error:
        call()
    assert what in str(error.value)
    assert all((error.value.what, error.value.need, error.value.way_out))
