"""How hard axes take tasks to be."""

from __future__ import annotations

import numpy as np
import pytest
from tests.characteristics.checks._timed import Size, by_family, timed

from tasklaws.assess.axes.difficulty import alike, by_answers, by_line
from tasklaws.assess.axes.difficulty import by_family as of_family
from tasklaws.assess.axes.training import Told, Trained, train

SIZE = Size(10, 6, 8, runs=40)
FAMILY = by_family(SIZE)


def trained(difficulty: np.ndarray, seed: int = 0) -> Trained:
    suite = timed(difficulty, difficulty, SIZE, np.random.default_rng(seed))
    told = Told.of(suite.counts)
    return train(told, np.ones(60, bool), np.ones(8, bool))


def mean_sd(seen: Trained, hard: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    grid = seen.curves.grid
    mean = hard @ grid
    return mean, np.sqrt(hard @ grid**2 - mean**2)


def test_a_line_finds_its_slope_and_the_spread_around_it() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=60)
    seen = trained(1.2 * x + 0.5 * rng.normal(size=60))
    hard = by_line(seen, x)
    mean, sd = mean_sd(seen, hard)
    assert np.polyfit(x, mean, 1)[0] == pytest.approx(1.2, abs=0.2)
    assert sd.mean() == pytest.approx(0.5, abs=0.15)


def test_a_task_without_a_place_is_not_told_and_noisy_places_are_wider() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=60)
    seen = trained(1.5 * x + 0.5 * rng.normal(size=60))
    x[7] = np.nan
    left = np.where(np.arange(60) < 30, 0.0, 0.4)
    hard = by_line(seen, x, left)
    assert np.isnan(hard[7]).all()
    known = np.isfinite(x)
    assert np.isfinite(hard[known]).all()
    _, sd = mean_sd(seen, np.nan_to_num(hard))
    assert sd[30:].min() > sd[:30][known[:30]].max() + 0.1


def test_answers_order_tasks_and_leave_much_open_where_nobody_succeeds() -> None:
    difficulty = np.linspace(-2, 2, 60)
    difficulty[-1] = 30.0
    seen = trained(difficulty)
    mean, sd = mean_sd(seen, by_answers(seen))
    assert np.corrcoef(mean[:-1], difficulty[:-1])[0, 1] > 0.97
    assert sd[-1] > 2 * np.median(sd)


def test_a_family_is_one_for_all_its_tasks_and_shrinks_to_the_suite() -> None:
    means = np.linspace(-2, 2, 10)
    rng = np.random.default_rng(3)
    seen = trained(means[FAMILY] + 0.4 * rng.normal(size=60))
    hard = of_family(seen, seen.told.counts.families)
    mean, sd = mean_sd(seen, hard)
    assert all(np.ptp(mean[one == FAMILY]) == 0 for one in range(10))
    assert np.corrcoef(mean, means[FAMILY])[0, 1] > 0.97
    assert sd.mean() == pytest.approx(0.4, abs=0.25)
    _, wide = mean_sd(seen, alike(seen))
    assert wide.mean() > 2 * sd.mean()


def test_luck_is_found_where_models_stray_from_task_to_task() -> None:
    rng = np.random.default_rng(4)
    difficulty = rng.normal(size=60)
    plain = trained(difficulty)
    shocked = timed(difficulty, difficulty, Size(60, 1, 8, runs=40, shock=1.5), rng)
    told = Told.of(shocked.counts)
    strayed = train(told, np.ones(60, bool), np.ones(8, bool))
    assert plain.luck <= 0.02
    assert strayed.luck >= 0.12
