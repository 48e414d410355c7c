"""What is held out is not seen, and forecasts are what draws of the same law give."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binom
from tests.characteristics.checks._timed import Size, timed

from tasklaws.assess.axes import hold_out
from tasklaws.assess.axes.difficulty import by_answers, by_line
from tasklaws.assess.axes.hold_out import Scored, level_grid, levels, new_models, new_tasks
from tasklaws.assess.axes.lattice import normal, points
from tasklaws.assess.axes.training import Told, train
from tasklaws.assess.axes.values import axes_of

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Suite

SIZE = Size(5, 4, 5, runs=8)
Rates = dict[tuple[str, int, int], np.ndarray]


def suite(seed: int = 0, size: Size = SIZE) -> Suite:
    rng = np.random.default_rng(seed)
    time = rng.normal(size=size.families * size.tasks)
    return timed(time + 0.5 * rng.normal(size=time.size), time, size, rng)


def forecasts(own: Suite, which: str, monkeypatch: pytest.MonkeyPatch) -> Rates:
    """Return the forecast rates of each axis, model and task."""
    told, seen, names = Told.of(own.counts), {}, []
    axes = [axis for axis in axes_of(own, told) if axis.there]
    if which == "new_tasks":
        axes = [axis for axis in axes if axis.kind in {"stated", "alike"}]

    def put(self: Scored, told: Told, model: int, tasks: list[int], rates: np.ndarray) -> None:
        at = next(i for i, one in enumerate(names) if one is self)
        seen.update({(axes[at].name, model, t): one for t, one in zip(tasks, rates, strict=True)})

    real = Scored.empty

    def empty(counts: object) -> Scored:
        names.append(real(counts))
        return names[-1]

    monkeypatch.setattr(Scored, "put", put)
    monkeypatch.setattr(Scored, "empty", empty)
    getattr(hold_out, which)(own, told, axes, lambda _: None)
    return seen


def changed(own: Suite, tasks: slice | int, models: slice | int) -> Suite:
    """Return the suite with other counts at some cells."""
    k = own.counts.k.copy()
    k[tasks, models] = own.counts.n[tasks, models] - k[tasks, models]
    assert (k != own.counts.k).any()
    return replace(own, counts=replace(own.counts, k=k))


def same(one: Rates, other: Rates, keys: list[tuple[str, int, int]]) -> bool:
    assert keys
    return all(np.allclose(one[key], other[key]) for key in keys)


def test_later_models_are_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = forecasts(suite(), "new_models", monkeypatch)
    other = forecasts(changed(suite(), slice(None), slice(4, 5)), "new_models", monkeypatch)
    before = [key for key in plain if key[1] < 4]
    assert same(plain, other, before)
    assert not same(plain, other, [key for key in plain if key[1] == 4])
    assert {key[0] for key in plain} >= {"none", "human_time", "empirical_difficulty", "compute_equivalent"}


def test_the_family_that_is_forecast_does_not_tell_the_level(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = forecasts(suite(), "new_models", monkeypatch)
    other = forecasts(changed(suite(), slice(4), 4), "new_models", monkeypatch)
    assert same(plain, other, [key for key in plain if key[1] == 4 and key[2] < 4])
    assert not same(plain, other, [key for key in plain if key[1] == 4 and key[2] >= 4])


def test_a_new_family_is_not_seen_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = forecasts(suite(), "new_tasks", monkeypatch)
    other = forecasts(changed(suite(), slice(4), slice(None)), "new_tasks", monkeypatch)
    assert same(plain, other, [key for key in plain if key[2] < 4])
    assert not same(plain, other, [key for key in plain if key[2] >= 4])


def test_a_forecast_is_the_law_of_its_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    own, rng = suite(), np.random.default_rng(5)
    told = Told.of(own.counts)
    seen = train(told, np.ones(20, bool), np.ones(5, bool))
    place = rng.normal(size=20)
    hard = by_line(seen, place)
    level = normal(level_grid(seen), np.array([0.4]), np.array([0.5]))
    kept: list[np.ndarray] = []
    monkeypatch.setattr(Scored, "put", lambda self, told, model, tasks, rates: kept.append(rates))
    hold_out._put(Scored.empty(own.counts), seen, hard, 2, np.repeat(level, 20, axis=0))
    a = rng.choice(level_grid(seen), 200_000, p=level[0])
    d = rng.choice(seen.curves.grid, 200_000, p=hard[3])
    size, mean = (1 - seen.luck) / seen.luck, expit(a - d)
    drawn = rng.binomial(8, rng.beta(size * mean, size * (1 - mean)))
    at, counts = expit(points(seen.step)), np.arange(9)
    told = kept[0][3] @ binom.pmf(counts, 8, at[:, None])
    assert told == pytest.approx(np.bincount(drawn, minlength=9) / drawn.size, abs=0.004)


def test_scores_are_log_probability_and_crps_of_the_count() -> None:
    own = suite()
    told, made = Told.of(own.counts), Scored.empty(own.counts)
    rates = np.zeros((1, points(told.cells.step).size))
    rates[0, rates.shape[1] // 2] = 1.0
    made.put(told, 1, [3], rates)
    n, k = int(own.counts.n[3, 1]), int(own.counts.k[3, 1])
    pmf = np.array([np.exp(_log_choose(n, j)) / 2**n for j in range(n + 1)])
    mixed = 0.99 * pmf[k] + 0.01 / (n + 1)
    steps = (np.cumsum(pmf)[:-1] - (np.arange(n) >= k)) ** 2
    assert made.log_score[3, 1] == pytest.approx(np.log(mixed))
    assert made.crps[3, 1] == pytest.approx(100 * steps.sum() / n)
    assert made.there.sum() == 1


def _log_choose(n: int, j: int) -> float:
    return float(sum(np.log((n - i) / (i + 1)) for i in range(j)))


def test_a_level_is_found_from_the_models_own_counts() -> None:
    size = Size(8, 6, 6, runs=20)
    own = suite(1, size)
    told = Told.of(own.counts)
    seen = train(told, np.ones(48, bool), np.arange(6) < 4)
    level = levels(seen, by_answers(seen), 5, np.repeat(np.arange(8), 6))
    mean = level @ level_grid(seen)
    truth = seen.ability[3] + 2.0  # models stand one logit apart
    assert mean == pytest.approx(np.full(8, truth), abs=0.6)
    assert np.ptp(mean) > 0


@pytest.mark.parametrize("which", [new_models, new_tasks])
@pytest.mark.parametrize("fill", [0.0, 1.0])
def test_counts_without_information_are_scored(which: object, fill: float) -> None:
    own = suite()
    k = fill * own.counts.n
    k[0, 0], k[1, 1] = own.counts.n[0, 0] / 2, own.counts.n[1, 1] / 2
    n = own.counts.n.copy()
    n[2], k[2] = 0.0, 0.0
    odd = replace(own, counts=replace(own.counts, k=k, n=n))
    told = Told.of(odd.counts)
    kinds = {"stated", "alike"} if which is new_tasks else {"stated", "alike", "answers", "placed", "family"}
    axes = [axis for axis in axes_of(odd, told) if axis.there and axis.kind in kinds]
    made = which(odd, told, axes, lambda _: None)
    for one in made.values():
        assert np.isfinite(one.log_score[one.there]).all()
        assert not one.there[2].any()
