"""P3 and its corollaries: what follows from a hazard that is a power of compute. Algebra, not a fact."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import brentq

from tasklaws.core.errors import BadPlan
from tasklaws.spec.agent import SkillLaw
from tasklaws.theory import hazards

if TYPE_CHECKING:
    from collections.abc import Callable

LAW = SkillLaw(amount=40.0, exponent=0.3)
LENGTHS = (1, 10, 100, 1000)


def test_rate_is_that_of_so_many_tokens_of_an_agent_on_the_law() -> None:
    for flops in (1e8, 1e12, 1e20):
        of_tokens = (1 - LAW.error(flops)) ** 25
        assert hazards.rate(LAW, 25, flops) == pytest.approx(of_tokens, rel=1e-9)


@pytest.mark.parametrize("steps", [1, 30])
def test_compute_at_which_simulated_tasks_begin_to_be_solved_is_gumbel(steps: int) -> None:
    """A step of threshold E ~ Exp(1) is right once its hazard is below E; a task waits for its last."""
    rng, tasks = np.random.default_rng(steps), 20_000
    last = np.min(rng.exponential(size=(tasks, steps)), axis=1)
    begins = np.log10(LAW.amount / last) / LAW.exponent
    mean = hazards.location(LAW, steps) + np.euler_gamma * hazards.scale(LAW)
    sd = math.pi / math.sqrt(6) * hazards.scale(LAW)
    assert abs(begins.mean() - mean) < 4 * sd / math.sqrt(tasks)
    spread_error = sd * math.sqrt((5.4 - 1) / (4 * tasks))  # a Gumbel variable has kurtosis 5.4
    assert abs(begins.std() - sd) < 4 * spread_error
    for flops in 10.0 ** np.quantile(begins, [0.05, 0.4, 0.9]):
        rate = float(hazards.rate(LAW, steps, flops))
        solved = (10.0**begins <= flops).mean()
        assert abs(solved - rate) < 4 * math.sqrt(rate * (1 - rate) / tasks)


@pytest.mark.parametrize("steps", LENGTHS)
def test_width_found_on_the_curve_is_the_same_for_every_length(steps: int) -> None:
    def where(rate: float) -> float:
        return float(brentq(lambda x: hazards.rate(LAW, steps, 10.0**x) - rate, 2.0, 40.0))

    assert where(0.9) - where(0.1) == pytest.approx(4.465, abs=5e-4)
    assert where(0.9) - where(0.1) == pytest.approx(hazards.width(0.3), abs=1e-9)
    assert where(0.37) == pytest.approx(hazards.log10_flops_at(LAW, steps, 0.37), abs=1e-9)
    assert where(math.exp(-1)) == pytest.approx(hazards.location(LAW, steps), abs=1e-9)


def test_ten_times_the_steps_come_later_by_a_decade_over_the_exponent() -> None:
    places = [hazards.location(LAW, steps) for steps in LENGTHS]
    np.testing.assert_allclose(np.diff(places), hazards.shift(0.3, 10.0))
    assert hazards.shift(0.3, 10.0) == pytest.approx(3.333, abs=5e-4)
    assert hazards.shift(0.3, 0.5) == pytest.approx(-hazards.shift(0.3, 2.0))


def test_width_for_exponent_one_is_that_of_the_paper() -> None:
    assert hazards.width(1.0) == pytest.approx(1.3395, abs=5e-5)


@pytest.mark.parametrize(("samples", "decades"), [(10, 4.47), (100, 5.47), (1000, 6.06)])
def test_width_from_the_first_visible_success_grows_with_the_samples(samples: int, decades: float) -> None:
    assert hazards.visible_width(0.3, samples) == pytest.approx(decades, abs=5e-3)
    by_hand = math.log10(math.log(samples) / 0.10536) / 0.3
    assert hazards.visible_width(0.3, samples) == pytest.approx(by_hand, abs=1e-3)
    assert 0 < hazards.visible_width(0.3, 2) < hazards.visible_width(0.3, samples)


def test_a_jump_within_a_decade_needs_an_exponent_that_losses_do_not_have() -> None:
    assert hazards.least_exponent(1.0) == pytest.approx(1.34, abs=5e-3)
    assert hazards.width(hazards.least_exponent(2.5)) == pytest.approx(2.5)
    assert hazards.width(0.1) > 13


@pytest.mark.parametrize("steps", LENGTHS)
def test_width_on_the_axis_of_loss_shrinks_with_length(steps: int) -> None:
    def loss_at(rate: float) -> float:
        return float(brentq(lambda loss: math.exp(-steps * loss) - rate, 0.0, 10.0, xtol=1e-15))

    assert hazards.loss_width(steps) == pytest.approx(loss_at(0.1) - loss_at(0.9), rel=1e-8)
    assert hazards.loss_width(steps) * steps == pytest.approx(2.197, abs=5e-4)


def test_rate_keeps_the_shape_of_compute_and_goes_from_none_to_all() -> None:
    rates = hazards.rate(LAW, 10, np.array([[1e-3, 1e300]]))
    np.testing.assert_allclose(rates, [[0.0, 1.0]], atol=1e-12)


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda: hazards.hazard(LAW, 0, 1e20), "a number of steps is 0"),
        (lambda: hazards.hazard(LAW, 5, [1e20, 0.0]), "compute is 0.0 flops"),
        (lambda: hazards.location(SkillLaw(0.0, 0.3), 5), "the amount of a hazard is 0.0"),
        (lambda: SkillLaw(1.0, math.nan), "the exponent of a skill's loss is nan"),
        (lambda: hazards.width(-0.3), "the exponent of a hazard is -0.3"),
        (
            lambda: hazards.width(0.3, 0.9, 0.1),
            "the higher rate is 0.1. It must lie strictly between 0.9 and 1",
        ),
        (lambda: hazards.loss_width(10, 0.0), "the lower rate is 0.0"),
        (lambda: hazards.width(0.3, 1.0), "the lower rate is 1.0"),
        (lambda: hazards.log10_flops_at(LAW, 5, 1.0), "a rate is 1.0"),
        (lambda: hazards.visible_width(0.3, 1), "the number of samples is 1"),
        (lambda: hazards.least_exponent(0.0), "a span of compute in decades is 0.0"),
        (lambda: hazards.shift(0.3, 0.0), "a ratio of lengths is 0.0"),
    ],
)
def test_what_cannot_be_is_refused_in_three_parts(call: Callable[[], object], what: str) -> None:
    with pytest.raises(BadPlan) as error:
        call()
    assert what in str(error.value)
    assert all((error.value.what, error.value.need, error.value.way_out))
