"""P12 with its correction: nobody foresees a latent step, and how little that costs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tasklaws.core.errors import BadPlan
from tasklaws.theory import early_warning

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.infer.arrays import Floats

HAZARDS = (0.05, 0.2, 0.5)


def _steps(hazards: Floats, worlds: int, seed: int) -> tuple[Floats, Floats]:
    """Return whether the step is still to come at each rung of each world, and whether it happens there."""
    happens = np.random.default_rng(seed).random((worlds, len(hazards))) < hazards
    before = np.cumsum(happens, axis=1) - happens
    return before == 0, happens


@pytest.mark.parametrize("hazard", HAZARDS)
def test_scores_of_the_best_and_of_as_before_are_those_of_simulated_ladders(hazard: float) -> None:
    open_rungs, happens = _steps(np.full(12, hazard), 20_000, seed=1)
    outcome = happens[open_rungs].astype(float)
    seen = np.where(outcome, hazard, 1 - hazard)
    for scores, bound in [
        ((outcome - hazard) ** 2, early_warning.least_brier(hazard)),
        (outcome**2, early_warning.persistence_brier(hazard)),
        (-np.log(seen), early_warning.least_log_loss(hazard)),
    ]:
        assert abs(scores.mean() - bound) <= 4 * scores.std() / math.sqrt(scores.size) + 1e-12


@pytest.mark.parametrize(("hazard", "brier"), [(0.05, 0.0475), (0.2, 0.16), (0.5, 0.25)])
def test_least_brier_is_that_of_the_paper(hazard: float, brier: float) -> None:
    assert early_warning.least_brier(hazard) == pytest.approx(brier)


@pytest.mark.parametrize("hazard", HAZARDS)
def test_no_forecaster_of_simulated_ladders_beats_the_bounds(hazard: float) -> None:
    """Every constant forecast, and forecasts that follow whatever was measured before the step."""
    rng = np.random.default_rng(2)
    open_rungs, happens = _steps(np.full(12, hazard), 20_000, seed=3)
    measured = rng.normal(size=open_rungs.shape).cumsum(axis=1)[open_rungs]
    outcome = happens[open_rungs].astype(float)
    forecasts = [np.full(outcome.size, p) for p in np.linspace(0.01, 0.99, 25)]
    forecasts += [1 / (1 + np.exp(-slope * measured - shift)) for slope in (0.1, 1.0) for shift in (-3, 0)]
    for p in forecasts:
        brier, loss = (outcome - p) ** 2, -np.log(np.where(outcome, p, 1 - p))
        for scores, bound in [
            (brier, early_warning.least_brier(hazard)),
            (loss, early_warning.least_log_loss(hazard)),
        ]:
            assert scores.mean() > bound - 4 * scores.std() / math.sqrt(scores.size) - 1e-12


@pytest.mark.parametrize("hazard", [0.0, *HAZARDS, 1.0])
def test_gain_is_at_most_the_square_and_skill_at_most_the_hazard(hazard: float) -> None:
    assert early_warning.most_gain(hazard) == pytest.approx(hazard**2, abs=1e-15)
    if hazard:
        share = early_warning.least_brier(hazard) / early_warning.persistence_brier(hazard)
        assert early_warning.most_skill(hazard) == pytest.approx(1 - share)


def test_what_is_certain_costs_nothing() -> None:
    for hazard in (0.0, 1.0):
        assert early_warning.least_log_loss(hazard) == 0
        assert early_warning.least_brier(hazard) == 0
    assert early_warning.least_log_loss(0.5) == pytest.approx(math.log(2))


def test_pooled_skill_is_that_of_simulated_ladders_and_below_the_largest_hazard() -> None:
    hazards = np.array([0.02, 0.3, 0.1, 0.6])
    skill = early_warning.ladder_skill(hazards.tolist())
    open_rungs, happens = _steps(hazards, 40_000, seed=4)
    best = (open_rungs * (happens - hazards) ** 2).sum(axis=1)
    as_before = (open_rungs * happens).sum(axis=1)
    apart = best - (1 - skill) * as_before  # mean 0 iff 1 - best / as_before is the skill
    assert abs(apart.mean()) < 4 * apart.std() / math.sqrt(apart.size)
    assert skill < hazards.max()


def test_pooled_skill_of_one_hazard_is_that_hazard() -> None:
    assert early_warning.ladder_skill([0.2] * 7) == pytest.approx(early_warning.most_skill(0.2))
    assert early_warning.ladder_skill([1.0, 0.3]) == pytest.approx(1.0)


def test_pooled_skill_of_two_rungs_counts_the_second_as_often_as_it_is_reached() -> None:
    assert early_warning.ladder_skill([0.5, 0.2]) == pytest.approx((0.25 + 0.5 * 0.04) / (0.5 + 0.5 * 0.2))


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda: early_warning.least_brier(1.1), "at the next rung is 1.1"),
        (lambda: early_warning.least_log_loss(-0.1), "at the next rung is -0.1"),
        (lambda: early_warning.most_gain(math.nan), "at the next rung is nan"),
        (lambda: early_warning.most_skill(2.0), "at the next rung is 2.0"),
        (lambda: early_warning.ladder_skill([0.1, 1.5]), "at the next rung is 1.5"),
        (lambda: early_warning.ladder_skill([0.0, 0.0]), "none of 2 hazards is above 0"),
        (lambda: early_warning.ladder_skill([]), "none of 0 hazards is above 0"),
    ],
)
def test_what_cannot_be_is_refused_in_three_parts(call: Callable[[], object], what: str) -> None:
    with pytest.raises(BadPlan) as error:
        call()
    assert what in str(error.value)
    assert all((error.value.what, error.value.need, error.value.way_out))
