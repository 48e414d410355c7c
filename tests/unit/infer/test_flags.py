"""Every flag is raised by an example built for it, and by nothing else in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.infer.made_up import ladder, target

from tasklaws.infer.flags import MEANINGS, target_flags

if TYPE_CHECKING:
    from tasklaws.infer.arrays import LadderArrays

TASKS, RUNGS, N = 6, 5, 100


def _rates(rates: np.ndarray, floor: float = 0.0) -> LadderArrays:
    known, _ = ladder(TASKS, RUNGS, N)
    return replace(known, k=np.round(N * rates), floor=np.full(TASKS, floor))


def _flags(
    known: LadderArrays,
    *,
    ahead: float = 0.4,
    kappa: np.ndarray | None = None,
    spread: np.ndarray | None = None,
) -> tuple[tuple[str, ...], ...]:
    place = known.walk[-1:] + ahead
    calm = np.ones(len(known.task_ids)) if kappa is None else kappa
    even = np.full(len(known.task_ids), 0.05) if spread is None else spread
    return target_flags(known, target(place, len(known.task_ids)), calm, even)


RISING = np.tile([0.3, 0.4, 0.5, 0.6, 0.7], (TASKS, 1))


def test_an_ordinary_ladder_raises_nothing() -> None:
    assert _flags(_rates(RISING)) == ((),) * TASKS
    assert _flags(_rates(RISING, floor=0.1)) == ((),) * TASKS


@pytest.mark.parametrize(("ahead", "flags"), [(1.19, ()), (1.21, ("long_range",))])
def test_long_range_beyond_its_limit(ahead: float, flags: tuple[str, ...]) -> None:
    assert _flags(_rates(RISING), ahead=ahead) == (flags,) * TASKS


def test_long_range_is_not_said_of_releases() -> None:
    assert _flags(replace(_rates(RISING), kind="release"), ahead=3) == ((),) * TASKS


@pytest.mark.parametrize(("at_floor", "raised"), [(2, False), (3, True)])
def test_at_floor_from_half_of_the_cells(at_floor: int, *, raised: bool) -> None:
    rates = RISING.copy()
    rates[2, :at_floor] = 0.27
    found = _flags(_rates(rates, floor=0.25))
    assert ("at_floor" in found[2]) is raised
    assert not any("at_floor" in found[t] for t in range(TASKS) if t != 2)


def test_below_floor_where_counts_contradict_it() -> None:
    rates = RISING.copy()
    rates[1] = 0.1
    found = _flags(_rates(rates, floor=0.25))
    assert found[1] == ("at_floor", "below_floor")
    assert found[0] == ()


def test_not_lawful_above_its_limit() -> None:
    found = _flags(_rates(RISING), kappa=np.array([1, 1.9, 2.1, 1, 6, 0.4]))
    assert [one == ("not_lawful",) for one in found] == [False, False, True, False, True, False]


def test_wide_is_the_top_third_of_the_known_spreads() -> None:
    found = _flags(_rates(RISING), spread=np.array([0.01, 0.02, 0.03, 0.04, 0.05, np.nan]))
    assert [one == ("wide",) for one in found] == [False, False, False, True, True, False]


def test_no_signal_floor_where_nothing_was_solved() -> None:
    rates = RISING.copy()
    rates[4] = 0
    assert _flags(_rates(rates))[4] == ("at_floor", "no_signal_floor")
    rates[4, -1] = 0.01
    assert "no_signal_floor" not in _flags(_rates(rates))[4]


def test_saturated_where_everything_was_solved() -> None:
    rates = RISING.copy()
    rates[4] = 1
    assert _flags(_rates(rates))[4] == ("saturated",)
    rates[4, 2] = 0.99
    assert _flags(_rates(rates))[4] == ()


@pytest.mark.parametrize(
    ("rates", "raised"),
    [
        ([0, 0, 0, 1, 1], True),
        ([0.05, 0.1, 0.02, 0.9, 0.95], True),
        ([0, 0, 0, 0, 1], True),
        ([0, 0, 0.5, 1, 1], False),
        ([0, 0, 1, 0, 1], False),
        ([0.95, 0.95, 0.95, 1, 1], False),
    ],
)
def test_discontinuous_where_one_step_holds_all_of_the_rise(rates: list[float], *, raised: bool) -> None:
    all_rates = RISING.copy()
    all_rates[0] = rates
    assert ("discontinuous" in _flags(_rates(all_rates))[0]) is raised


def test_one_rung_where_there_is_no_slope() -> None:
    only = _rates(RISING).rungs_at(np.arange(RUNGS) == RUNGS - 1)
    assert _flags(only) == (("one_rung",),) * TASKS


def test_a_task_without_cells_is_neither_at_zero_nor_saturated() -> None:
    known = _rates(RISING)
    unseen = replace(
        known, n=known.n * (np.arange(TASKS) != 1)[:, None], k=known.k * (np.arange(TASKS) != 1)[:, None]
    )
    assert _flags(unseen)[1] == ()


def test_every_flag_has_a_meaning() -> None:
    everything = np.array([RISING[0], np.zeros(5), np.ones(5), [0, 0, 0, 1, 1], np.full(5, 0.01), RISING[0]])
    known = replace(_rates(everything), floor=np.array([0.0, 0, 0, 0, 0.25, 0]))
    raised = _flags(known, ahead=2, kappa=np.full(TASKS, 3.0), spread=np.arange(6.0))
    raised += _flags(known.rungs_at(np.arange(RUNGS) == 0))
    assert set().union(*raised) == set(MEANINGS)
