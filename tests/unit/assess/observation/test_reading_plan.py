from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest

from tasklaws.assess.observation.reading_plan import Readable, estimated, planned, shared_out

MODELS = {"small": 500, "middle": 300, "large": 80}
RATES = {True: 0.4, False: 0.05}
"""Shares of attempts with what is looked for, among flagged ones and among others."""


def attempts(rng: np.random.Generator) -> tuple[list[Readable], dict[str, bool]]:
    found, truth = [], {}
    for model, count in MODELS.items():
        for k in range(count):
            flagged = bool(rng.random() < 0.1)
            name = f"{model}/{k}"
            found.append(Readable(name, model, ("looping",) if flagged else (), "submitted"))
            truth[name] = bool(rng.random() < RATES[flagged])
    return found, truth


def test_shares_are_estimated_without_bias_and_intervals_cover() -> None:
    rng = np.random.default_rng(5)
    some, truth = attempts(rng)
    true = float(np.mean(list(truth.values())))
    errors, inside, draws = [], 0, 400
    for seed in range(draws):
        plan = planned(some, 90, seed)
        read = defaultdict(list)
        for one in plan.drawn:
            read[one.stratum].append(truth[one.attempt_id])
        found = estimated(read, plan.sizes)
        assert found is not None
        errors.append(found.share - true)
        inside += found.lower <= true <= found.upper
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(draws)
    assert 0.87 <= inside / draws <= 0.96


def test_probabilities_are_those_of_the_draw() -> None:
    some, _ = attempts(np.random.default_rng(1))
    drawn: Counter[str] = Counter()
    for seed in range(300):
        drawn.update(one.attempt_id for one in planned(some, 60, seed).drawn)
    told = {one.attempt_id: one.probability for one in planned(some, 60, 0).drawn}
    by_stratum = {one.stratum: one.probability for one in planned(some, 60, 0).drawn}
    assert sum(told.values()) == pytest.approx(sum(p * p * n for p, n in _sized(some, by_stratum)))
    for stratum, p in by_stratum.items():
        own = [one.attempt_id for one in some if one.stratum(3) == stratum]
        assert np.mean([drawn[name] for name in own]) / 300 == pytest.approx(p)


def _sized(some: list[Readable], by_stratum: dict[str, float]) -> list[tuple[float, int]]:
    sizes = Counter(one.stratum(3) for one in some)
    return [(p, sizes[name]) for name, p in by_stratum.items()]


def test_the_same_seed_draws_the_same_and_a_longer_plan_holds_the_shorter() -> None:
    some, _ = attempts(np.random.default_rng(2))
    short = planned(some, 40, 7, by=2)
    assert short == planned(list(reversed(some)), 40, 7, by=2)
    longer = {one.attempt_id for one in planned(some, 80, 7, by=2).drawn}
    assert {one.attempt_id for one in short.drawn} <= longer
    assert short != planned(some, 40, 8, by=2)


@pytest.mark.parametrize("n", [1, 3, 7, 20, 100, 10_000])
def test_every_attempt_may_be_drawn(n: int) -> None:
    some, _ = attempts(np.random.default_rng(3))
    plan = planned(some, n)
    assert len(plan.drawn) == min(n, len(some))
    if n > 1:
        assert {one.stratum for one in plan.drawn} == set(plan.sizes)
    assert sum(plan.sizes.values()) == len(some)


def test_flagged_strata_get_more_places_than_their_size_gives() -> None:
    places = shared_out({"flagged": 100, "plain": 400}, {"flagged"}, 50)
    assert places == {"flagged": 25, "plain": 25}


def test_a_stratum_that_was_not_read_leaves_no_estimate() -> None:
    assert estimated({"a": [True]}, {"a": 3, "b": 2}) is None


def test_what_was_read_whole_is_certain() -> None:
    found = estimated({"a": [True, False]}, {"a": 2})
    assert found is not None
    assert (found.lower, found.share, found.upper) == (0.5, 0.5, 0.5)
