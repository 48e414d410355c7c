"""Crossings of a known law: against simulated ladders, and where the answer is plain."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import binom

from tasklaws.core.errors import BadPlan
from tasklaws.theory import red_lines
from tasklaws.theory.early_warning import ladder_skill, most_skill

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.infer.arrays import Floats

PLACES = np.linspace(19, 24, 8)
"""Rungs of 0.71 decades."""
RATES = red_lines.gumbel_rates(PLACES, [20.5, 21.5, 22.0, 23.5], 0.5)
WORLDS = 40_000


def _scores(shock: float, rng: np.random.Generator) -> Floats:
    """Return scores of simulated ladders, of shape (worlds, rungs)."""
    level = logit(RATES) + shock * rng.normal(size=(WORLDS, len(PLACES), 1))
    return np.asarray(rng.binomial(20, expit(level)).mean(axis=2) / 20)


def _lead_of(standing: np.ndarray, at: int) -> int:
    """Return over how many rungs up to the one at `at` the alarm stood, counted one by one."""
    length = 0
    while at - length >= 0 and standing[at - length]:
        length += 1
    return length


def _near(draws: Floats, expected: float) -> bool:
    """Return whether a mean of draws is within 4 standard errors of what is expected."""
    return bool(abs(draws.mean() - expected) <= 4 * max(draws.std(), 0.01) / math.sqrt(draws.size))


@pytest.mark.parametrize("shock", [0.0, 0.3, 1.0])
def test_crossings_leads_and_false_alarms_are_those_of_simulated_ladders(shock: float) -> None:
    scores, alert = _scores(shock, np.random.default_rng(1)), 0.1
    crosses = scores >= 0.5 - 1e-12
    p = red_lines.crossing(RATES, 20, 0.5, shock)
    assert all(_near(crosses[:, rung], p[rung]) for rung in range(len(p)))
    first = np.where(crosses.any(axis=1), crosses.argmax(axis=1), len(p))
    law = red_lines.first_crossing(p)
    assert all(_near(first == rung, law[rung]) for rung in range(len(p) + 1))
    standing = p >= alert
    lead = np.array([_lead_of(standing, rung) for rung in first[first < len(p)]])
    told = red_lines.alarms(p, alert)
    assert _near(first < len(p), told.crossed)
    assert all(_near(lead == k, told.lead[k]) for k in range(len(p) + 1))
    assert _near(lead, told.mean_lead)
    before = np.arange(len(p)) < first[:, None]
    assert _near((before & standing).sum(axis=1), told.false_alarms)


def test_a_shock_blurs_crossings_and_so_alarms_come_earlier_and_more_often_in_vain() -> None:
    clear, blurred = (red_lines.alarms(red_lines.crossing(RATES, 20, 0.5, sd), 0.1) for sd in (0.0, 1.0))
    assert blurred.mean_lead > clear.mean_lead
    assert blurred.false_alarms > clear.false_alarms


def test_one_task_crosses_as_a_binomial_says_and_a_score_on_the_line_is_across() -> None:
    p = red_lines.crossing([[0.37]], 10, 0.3)
    assert p == pytest.approx(binom.sf(2, 10, 0.37))
    assert red_lines.crossing([[0.37], [0.9]], 10, 0.0) == pytest.approx(1.0)
    assert red_lines.crossing([[0.0], [1.0]], 10, 1.0, shock=0.5) == pytest.approx([0.0, 1.0], abs=1e-12)


def test_rates_are_those_of_a_gumbel_curve_at_its_location() -> None:
    rates = red_lines.gumbel_rates([21.0, 21 + 1.3395 / 0.5], [21.0], 0.5)
    assert rates[0, 0] == pytest.approx(math.exp(-1))
    low, high = 21 - math.log10(math.log(10)) / 0.5, 21 - math.log10(math.log(1 / 0.9)) / 0.5
    assert red_lines.gumbel_rates([low, high], [21.0], 0.5)[:, 0] == pytest.approx([0.1, 0.9])


@pytest.mark.parametrize("hazard", [0.05, 0.2, 0.5])
def test_a_latent_step_is_never_warned_of_or_always(hazard: float) -> None:
    p = np.full(6, hazard)
    assert not red_lines.leads(p, hazard + 0.01).any()
    assert red_lines.alarms(p, hazard + 0.01).false_alarms == 0
    assert red_lines.leads(p, hazard).tolist() == [1, 2, 3, 4, 5, 6]
    assert red_lines.alarms(p, hazard).crossed == pytest.approx(1 - (1 - hazard) ** 6)
    assert ladder_skill(p.tolist()) == pytest.approx(most_skill(hazard))


def test_lead_begins_anew_after_a_silent_rung() -> None:
    assert red_lines.leads([0.2, 0.05, 0.2, 0.3, 0.0], 0.1).tolist() == [1, 0, 1, 2, 0]


def test_fine_rungs_warn_earlier_in_rungs_than_coarse_ones() -> None:
    fine, coarse = (
        red_lines.crossing(red_lines.gumbel_rates(np.arange(19, 24, gap), [22.0] * 4, 0.5), 20, 0.3)
        for gap in (0.25, 1.0)
    )
    assert red_lines.alarms(fine, 0.1).mean_lead > red_lines.alarms(coarse, 0.1).mean_lead


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda: red_lines.crossing([[0.5]], 0, 0.5), "the number of attempts at a task is 0"),
        (lambda: red_lines.crossing([[0.5]], 5, 1.5), "the threshold of a red line is 1.5"),
        (lambda: red_lines.crossing([[0.5]], 5, 0.5, -1.0), "the standard deviation of a rung shock is -1.0"),
        (lambda: red_lines.crossing([0.5], 5, 0.5), "the rates have shape (1,)"),
        (lambda: red_lines.crossing([[1.5]], 5, 0.5), "one of them is no share"),
        (lambda: red_lines.gumbel_rates([20.0], [21.0], 0.0), "the exponent of a hazard is 0.0"),
        (lambda: red_lines.leads([0.5], 2.0), "the alert of a red line is 2.0"),
        (lambda: red_lines.alarms([0.0, 0.0], 0.1), "none of 2 rungs can cross"),
        (lambda: red_lines.first_crossing([math.nan]), "the probability that a rung crosses is nan"),
    ],
)
def test_what_cannot_be_is_refused_in_three_parts(call: Callable[[], object], what: str) -> None:
    with pytest.raises(BadPlan) as error:
        call()
    assert what in str(error.value)
    assert all((error.value.what, error.value.need, error.value.way_out))
