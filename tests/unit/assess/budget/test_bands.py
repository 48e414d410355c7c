"""Bands around the share of success: what they are of, and that they stay within [0, 1]."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta
from tests.unit.assess.budget.test_survival import drawn

from tasklaws.assess.budget.bands import bands, effective
from tasklaws.assess.budget.survival import CUT, FAILURE, SUCCESS, incidence


def band(kind: np.ndarray, task: np.ndarray, question: np.ndarray | None = None) -> tuple[float, float]:
    """Return the band of attempts that all ended at once."""
    found = incidence(np.ones(len(kind)), kind, np.array([1.0]))
    lower, upper = bands(found, task, np.arange(len(kind)) if question is None else question)
    return float(lower[0]), float(upper[0])


def test_of_one_task_it_is_near_the_interval_of_jeffreys() -> None:
    kind = np.repeat([SUCCESS, FAILURE], [30, 170])
    own = band(kind, np.zeros(200, dtype=int))
    assert own == pytest.approx(tuple(beta.ppf([0.05, 0.95], 30.5, 170.5)), abs=0.003)


@pytest.mark.parametrize(("kind", "ends"), [(FAILURE, (0.0, 0.048)), (SUCCESS, (0.952, 1.0))])
def test_all_alike_leaves_room_to_one_side(kind: int, ends: tuple[float, float]) -> None:
    assert band(np.full(40, kind), np.arange(40) % 4) == pytest.approx(ends, abs=0.003)


def test_differences_between_tasks_are_no_error() -> None:
    kind = np.repeat([SUCCESS, FAILURE], 100)
    alike = band(kind, np.arange(200) % 4)
    apart = band(kind, np.repeat(np.arange(4), 50))
    assert alike[1] - alike[0] == pytest.approx(0.116, abs=0.004)
    assert 0.01 < apart[1] - apart[0] < 0.4 * (alike[1] - alike[0])


def test_attempts_at_one_question_count_together() -> None:
    kind = np.repeat(np.random.default_rng(0).choice([SUCCESS, FAILURE], 40), 5)
    task = np.zeros(200, dtype=int)
    whole, single = band(kind, task, np.repeat(np.arange(40), 5)), band(kind, task)
    assert whole[1] - whole[0] == pytest.approx(np.sqrt(5) * (single[1] - single[0]), rel=0.08)


def test_where_a_task_has_one_question_its_attempts_are_apart() -> None:
    kind = np.random.default_rng(0).choice([SUCCESS, FAILURE], 60)
    task = np.arange(60) % 3
    assert band(kind, task, task) == band(kind, task)


def test_cuts_widen_the_band() -> None:
    amount, kind, _ = drawn(1, 200, (15.0,))
    cut = np.random.default_rng(3).random(200) < 0.5
    shorter, kinds = np.where(cut, np.minimum(amount, 5.0), amount), np.where(cut & (amount > 5), CUT, kind)
    widths = []
    for one, how in ((amount, kind), (shorter, kinds)):
        lower, upper = bands(incidence(one, how, np.array([15.0])), np.zeros(200, dtype=int), np.arange(200))
        widths.append(float(upper[0] - lower[0]))
    assert widths[1] > 1.15 * widths[0]


def test_a_share_without_cuts_is_worth_its_attempts() -> None:
    amount, kind, _ = drawn(2, 80)
    assert effective(incidence(amount, kind, np.array([12.0])))[0] == pytest.approx(80)
