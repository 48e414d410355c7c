from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import expit

from tasklaws.infer.irt.shock import Shock, rung_shock

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats


def world(
    rng: np.random.Generator,
    sd: float,
    *,
    families: int = 4,
    tasks: int = 8,
    models: int = 8,
    n: int = 16,
    shared: float = 0.5,
    step: float = 0.0,
    x: list[float] | None = None,
) -> tuple[Floats, Floats, Floats, list[str]]:
    place = np.linspace(0, 2, models) if x is None else np.asarray(x, float)
    carried = rng.normal(size=len(place)) * sd * shared**0.5
    rates = []
    for family in range(families):
        ability = rng.uniform(1.5, 3) * (place - place.mean()) + carried
        ability += rng.normal(size=len(place)) * sd * (1 - shared) ** 0.5
        if step and family == 0:
            ability += np.where(place > np.median(place), step / 2, -step / 2)
        rates.append(expit(ability - rng.uniform(-2, 2, (tasks, 1))))
    rate = np.concatenate(rates)
    names = [f"family-{family:02d}" for family in range(families) for _ in range(tasks)]
    return rng.binomial(n, rate).astype(float), np.full(rate.shape, float(n)), place, names


def percentile(shock: Shock, level: float) -> float:
    return float(np.interp(level, np.cumsum(shock.weights), shock.grid))


@pytest.mark.parametrize("sd", [0.3, 0.54])
@pytest.mark.parametrize("without", [None, "family-00"])
def test_planted_shocks_are_found(sd: float, without: str | None) -> None:
    rng = np.random.default_rng(1)
    found = [rung_shock(*world(rng, sd), without=without) for _ in range(25)]
    inside = [percentile(one, 0.05) <= sd <= percentile(one, 0.95) for one in found]
    assert np.median([one.sd for one in found]) == pytest.approx(sd, abs=0.12)
    assert np.mean(inside) >= 0.75


def test_no_shock_is_told_from_one() -> None:
    rng = np.random.default_rng(2)
    found = [rung_shock(*world(rng, 0.0)).sd for _ in range(20)]
    assert max(found) < 0.3
    assert np.median(found) < 0.15


@pytest.mark.parametrize("without", ["family-00", None])
def test_a_step_is_not_taken_for_shock(without: str | None) -> None:
    rng = np.random.default_rng(3)
    worlds = [world(rng, 0.1, families=1, tasks=20, models=16, step=5.0) for _ in range(10)]
    assert np.median([rung_shock(*one, without=without).sd for one in worlds]) < 0.25


def test_a_lucky_model_is_not_taken_for_a_step() -> None:
    rng = np.random.default_rng(7)
    k, n, x, names = world(rng, 0.05, families=1, tasks=20, models=9)
    lucky = np.arange(9) == 4
    k[:, lucky] = rng.binomial(16, expit(3.0 - np.linspace(-2, 2, 20)))[:, None]
    assert rung_shock(k, n, x, names).sd > 0.4


def test_the_judged_family_does_not_tell_of_itself_where_others_do() -> None:
    rng = np.random.default_rng(4)
    k, n, x, names = world(rng, 0.2, families=5)
    other = k.copy()
    other[:8] = rng.permutation(other[:8].T).T
    assert rung_shock(k, n, x, names, without="family-00").sd == (
        rung_shock(other, n, x, names, without="family-00").sd
    )
    assert rung_shock(k, n, x, names).sd != rung_shock(other, n, x, names).sd


def test_replicates_tell_although_there_are_few_sizes() -> None:
    rng = np.random.default_rng(5)
    found = [rung_shock(*world(rng, 0.5, x=[0, 0, 0, 2, 2, 2])).sd for _ in range(20)]
    assert np.median(found) == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize(("shared", "most", "least"), [(0.0, 0.35, 0), (1.0, 1, 0.65)])
def test_what_a_model_carries_through_all_families_is_told_from_what_it_does_not(
    shared: float, most: float, least: float
) -> None:
    rng = np.random.default_rng(6)
    found = [rung_shock(*world(rng, 0.6, families=8, shared=shared)).shared for _ in range(15)]
    assert least <= np.median(found) <= most


def test_little_data_leave_the_prior() -> None:
    x, names = np.array([0.0, 1.0]), ["one", "one"]
    nothing = rung_shock(np.zeros((2, 2)), np.zeros((2, 2)), x, names)
    few = rung_shock(np.ones((2, 2)), np.full((2, 2), 2.0), x, names, without="one")
    assert nothing.sd == few.sd
    assert nothing.shared == 0.5


@pytest.mark.parametrize("seed", range(30))
def test_any_counts_give_a_posterior(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tasks, models = rng.integers(1, 9), rng.integers(1, 9)
    n = rng.choice([0.0, 1.0, 20.0], (tasks, models))
    k = rng.choice([0.0, 1.0, 0.4, rng.uniform()]) * n
    x = np.sort(rng.choice([0.0, 1.0, 1.3, 2.0], models))
    names = rng.choice(["one", "two", "three"], tasks).tolist()
    found = rung_shock(k, n, x, names, rng.choice([0.0, 0.25]), without=names[0])
    assert found.weights.sum() == pytest.approx(1)
    assert (found.weights >= 0).all()
    assert np.isfinite([found.sd, found.shared]).all()
    assert 0 <= found.shared <= 1
    assert set(found.draws(rng, 9)) <= set(found.grid)
