"""Every baseline of the catalogue is held to the contract of a forecaster."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from tasklaws.assess.baseline import BASELINES, FIRST_CHOICE
from tasklaws.assess.scores import covered, score
from tasklaws.infer.arrays import Floats, LadderArrays, TargetArrays

TASKS = 24
NAMES = sorted(BASELINES)


def _world(
    seed: int, rungs: int = 4, n: float = 60.0, floor: float = 0.25
) -> tuple[LadderArrays, TargetArrays, Floats]:
    """Return a ladder of lines in floored logit with drift, its next rung, and the counts there."""
    rng = np.random.default_rng(seed)
    x = np.arange(rungs + 1) * 0.4
    z = (
        rng.normal(0, 1, (TASKS, 1))
        + rng.normal(0.8, 0.3, (TASKS, 1)) * x
        + rng.normal(0, 0.15, (TASKS, rungs + 1))
    )
    p = floor + (1 - floor) / (1 + np.exp(-z))
    k = rng.binomial(int(n), p).astype(float)
    names = tuple(f"t{i}" for i in range(TASKS))
    ladder = LadderArrays(
        names,
        tuple(f"f{i % 3}" for i in range(TASKS)),
        tuple(f"r{i}" for i in range(rungs)),
        k[:, :-1],
        np.full((TASKS, rungs), n),
        np.full(TASKS, floor),
        np.ones(TASKS),
        x[:-1, None],
        x[:-1],
        tuple(f"s{i}" for i in range(rungs)),
        identical_items=False,
    )
    return ladder, TargetArrays(("next",), x[-1:, None], x[-1:], np.full((1, TASKS), n)), k[:, -1][None]


def test_catalogue_holds_the_baselines_of_the_design() -> None:
    assert {"b0", "b1", "b2", "b3", "b4", "b8", "b9", "b10"} <= {name.split("_")[0] for name in NAMES}
    assert FIRST_CHOICE in BASELINES


@pytest.mark.parametrize("name", NAMES)
def test_entry_is_named_sourced_and_pickles(name: str) -> None:
    entry = BASELINES[name]
    assert entry.name == name
    assert entry.summary
    assert entry.source
    assert entry.status in ("published", "emerging")
    assert pickle.loads(pickle.dumps(entry)) == entry  # noqa: S301  our own bytes


@pytest.mark.parametrize("name", NAMES)
def test_forecast_is_a_distribution_of_rates_and_repeats(name: str) -> None:
    ladder, target, _ = _world(0)
    one, two = (BASELINES[name].forecast(ladder, target) for _ in range(2))
    np.testing.assert_array_equal(one.points, two.points)
    assert one.points.shape[:2] == (1, TASKS)
    assert ((one.points >= 0) & (one.points <= 1)).all()
    np.testing.assert_allclose(one.weights.sum(axis=2), 1)
    assert one.status == ("ok",) * TASKS
    assert (one.points.std(axis=2) > 1e-3).all()


@pytest.mark.parametrize("name", NAMES)
def test_forecast_does_not_depend_on_the_order_of_tasks(name: str) -> None:
    ladder, target, _ = _world(1)
    back = replace(
        ladder, k=ladder.k[::-1].copy(), families=ladder.families[::-1], task_ids=ladder.task_ids[::-1]
    )
    one, two = BASELINES[name].forecast(ladder, target), BASELINES[name].forecast(back, target)
    np.testing.assert_allclose(one.points, two.points[:, ::-1], atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_forecast_is_honest_about_its_spread(name: str) -> None:
    """Over drifting worlds a 90 % interval covers at least 70 %, and not by claiming nothing."""
    rng, pits, widths = np.random.default_rng(2), [], []
    for seed in range(12):
        ladder, target, k = _world(seed + 10)
        forecast = BASELINES[name].forecast(ladder, target)
        pits.append(score(forecast, target.n, k, rng).pit)
        widths.append(np.diff(np.quantile(forecast.points, [0.05, 0.95], axis=2), axis=0))
    assert covered(np.concatenate(pits), 0.9).mean() > 0.7
    assert np.median(widths) < 0.7


@pytest.mark.parametrize("name", NAMES)
def test_forecast_of_extreme_counts_is_finite(name: str) -> None:
    ladder, target, k = _world(3, floor=0.0)
    extreme = ladder.k.copy()
    extreme[:6], extreme[6:12] = 0, ladder.n[6:12]
    forecast = BASELINES[name].forecast(replace(ladder, k=extreme), target)
    assert np.isfinite(forecast.points).all()
    assert np.isfinite(score(forecast, target.n, k, np.random.default_rng(0)).log_score).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rungs", [1, 2, 3])
def test_short_ladders_are_forecast_or_refused_with_a_reason(name: str, rungs: int) -> None:
    ladder, target, _ = _world(4, rungs=rungs)
    forecast = BASELINES[name].forecast(ladder, target)
    finite = np.isfinite(forecast.points).all(axis=(0, 2))
    assert finite.tolist() == [status == "ok" for status in forecast.status]
    assert rungs < 2 or finite.all()
    assert finite.all() or set(forecast.status) == {"ladder-too-short"}


@pytest.mark.parametrize("name", NAMES)
def test_tasks_not_run_in_training_have_no_forecast(name: str) -> None:
    ladder, target, _ = _world(5)
    k, n = ladder.k.copy(), ladder.n.copy()
    k[0], n[0] = 0, 0
    k[1, -1], n[1, -1] = 0, 0
    forecast = BASELINES[name].forecast(replace(ladder, k=k, n=n), target)
    assert forecast.status[0] == "not-observed-in-training"
    assert np.isnan(forecast.points[0, 0]).all()
    assert set(forecast.status[1:]) == {"ok"}
    assert np.isfinite(forecast.points[0, 1:]).all()
