from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.infer.horizon.made_up import drawn as made_up
from tests.unit.infer.horizon.made_up import usual

from tasklaws.core.errors import BadInput
from tasklaws.infer.horizon.bootstrap import BLOCK, drawn, generator, task_counts
from tasklaws.infer.horizon.cells import HorizonCells
from tasklaws.infer.horizon.logistic import ALL_FAIL, ALL_PASS, FEW, LogisticFits, bootstrap, fit

FAMILY = np.array([0, 0, 0, 1, 2, 2])
DRAWS = 40_000
NESTED = ("family", "task", "run")


def by_index(rng: np.random.Generator) -> np.ndarray:
    """Return how often tasks are drawn by their index: families, then tasks within each."""
    tasks = [np.flatnonzero(f == FAMILY) for f in rng.integers(3, size=3)]
    return np.bincount(np.concatenate([rng.choice(one, one.size) for one in tasks]), minlength=6)


def test_counts_of_tasks_have_the_law_of_tasks_drawn_by_index() -> None:
    rng = np.random.default_rng(0)
    ours = task_counts(FAMILY, ("family", "task"), np.random.default_rng(1), DRAWS)
    theirs = np.array([by_index(rng) for _ in range(DRAWS // 4)])
    for power in (lambda c: c, lambda c: (c[:, :, None] * c[:, None]).reshape(len(c), -1), lambda c: c == 0):
        one, other = power(ours), power(theirs)
        error = np.sqrt(one.var(0) / len(one) + other.var(0) / len(other))
        assert (np.abs(one.mean(0) - other.mean(0)) < 4 * error).all()


@pytest.mark.parametrize(
    ("levels", "variance", "together"),
    [
        # of 6 tasks out of 6; of 3 families out of 3, whole; none
        (("task",), 6 * (1 / 6) * (5 / 6), -1 / 6),
        (("family",), 3 * (1 / 3) * (2 / 3), 2 / 3),
        (("run",), 0.0, 0.0),
    ],
)
def test_one_level_alone(levels: tuple[str, ...], variance: float, together: float) -> None:
    counts = task_counts(FAMILY, levels, np.random.default_rng(2), DRAWS)
    found = np.cov(counts.T)
    assert counts.mean(0) == pytest.approx(np.ones(6), abs=0.02)
    assert np.diag(found) == pytest.approx(np.full(6, variance), abs=0.03)
    assert found[0, 1] == pytest.approx(together, abs=0.03)


def test_families_need_not_be_numbered_in_a_row() -> None:
    gaps = task_counts(np.array([7, 7, 7, 20, 31, 31]), ("family", "task"), np.random.default_rng(3))
    assert np.array_equal(gaps, task_counts(FAMILY, ("family", "task"), np.random.default_rng(3)))


def test_successes_of_drawn_runs_are_binomial() -> None:
    made = usual(0)
    counts = np.tile(np.arange(len(made.tasks)) % 4, (DRAWS // 4, 1))
    won, lost = drawn(made, 1, counts, np.random.default_rng(4))
    n, rate = counts[0] * made.n[1], made.k[1] / made.n[1]
    assert won + lost == pytest.approx(made.weight[1] * counts * made.n[1])
    successes = won / made.weight[1]
    error = np.sqrt(n * rate * (1 - rate) / len(counts))
    assert (np.abs(successes.mean(0) - n * rate) <= 4 * error).all()
    assert successes.var(0) == pytest.approx(n * rate * (1 - rate), rel=0.06)


def test_runs_that_are_kept_scale_with_their_task() -> None:
    made = usual(0)
    counts = task_counts(made.family, ("family", "task"), np.random.default_rng(5))
    won, lost = drawn(made, 0, counts, None)
    assert won == pytest.approx(counts * made.weight[0] * made.k[0])
    assert lost == pytest.approx(counts * made.weight[0] * (made.n[0] - made.k[0]))


@pytest.mark.parametrize("levels", [("family", "task"), NESTED, ("run",), ()])
@pytest.mark.parametrize("penalty", [0.0, 0.1])
def test_draws_are_fits_of_drawn_cells(levels: tuple[str, ...], penalty: float) -> None:
    made = usual(1)
    found = bootstrap(made, 40, 9, levels, penalty)
    counts = task_counts(made.family, levels, generator(9, 0))
    for a in range(len(made.agents)):
        rng = generator(9, 0, a) if "run" in levels else None
        won, lost = drawn(made, a, counts[:40], rng)
        for draw in range(40):
            n = (won + lost)[draw]
            one = HorizonCells(
                ("one",), made.tasks, made.family, made.doublings, won[[draw]], n[None], np.ones((1, n.size))
            )
            alone = fit(one, penalty)
            assert found.state[draw, a] == alone.state[0]
            assert found.level[draw, a] == pytest.approx(alone.level[0], rel=1e-8, nan_ok=True)
            assert found.slope[draw, a] == pytest.approx(alone.slope[0], rel=1e-8, nan_ok=True)


@pytest.mark.parametrize("seed", range(25))
def test_starts_from_all_data_never_lead_astray(seed: int) -> None:
    made, penalty = made_up(seed)
    found = bootstrap(made, 20, seed, penalty=penalty)
    counts = task_counts(made.family, ("family", "task"), generator(seed, 0))
    for draw in range(20):
        alone = fit(replace(made, k=made.k * counts[draw], n=made.n * counts[draw]), penalty)
        assert np.array_equal(found.state[draw], alone.state)
        told = np.isfinite(alone.level)
        ends = made.doublings[:, None]
        eta, expected = (f.level + f.slope * ends for f in (one_draw(found, draw), alone))
        assert eta[:, told] == pytest.approx(expected[:, told], rel=1e-6, abs=1e-6)


def one_draw(found: LogisticFits, draw: int) -> LogisticFits:
    return replace(found, level=found.level[draw], slope=found.slope[draw], state=found.state[draw])


def test_the_same_seed_gives_the_same_draws_and_longer_bootstraps_continue_shorter_ones() -> None:
    made = usual(2)
    long, short = bootstrap(made, BLOCK + 50, 3, NESTED), bootstrap(made, 70, 3, NESTED)
    again = bootstrap(made, BLOCK + 50, 3, NESTED)
    assert np.array_equal(long.level, again.level)
    assert np.array_equal(long.slope[:70], short.slope)
    assert not np.array_equal(short.level, bootstrap(made, 70, 4, NESTED).level)
    assert not np.array_equal(long.level[:50], long.level[BLOCK : BLOCK + 50])


def test_agents_share_draws_of_tasks() -> None:
    made = usual(3)
    twins = replace(made, k=np.repeat(made.k[:1], 3, 0))
    found = bootstrap(twins, 50, 5)
    assert np.array_equal(found.level[:, 0], found.level[:, 2])
    with_runs = bootstrap(twins, 50, 5, NESTED)
    assert not np.array_equal(with_runs.level[:, 0], with_runs.level[:, 2])


def test_an_agent_does_not_depend_on_those_after_it() -> None:
    made = usual(4)
    fewer = HorizonCells(
        made.agents[:2], made.tasks, made.family, made.doublings, made.k[:2], made.n[:2], made.weight[:2]
    )
    assert np.array_equal(bootstrap(made, 30, 6, NESTED).level[:, :2], bootstrap(fewer, 30, 6, NESTED).level)


def test_agents_of_one_kind_stay_so() -> None:
    made = usual(5)
    made.k[0], made.k[1] = 0, made.n[1]
    made.k[2] = made.n[2] = 0
    found = bootstrap(made, 30, 7, NESTED, 0.1)
    assert np.array_equal(found.state, np.tile([ALL_FAIL, ALL_PASS, FEW], (30, 1)))
    assert np.array_equal(found.doublings_at(0.5)[0], [-np.inf, np.inf, np.nan], equal_nan=True)


def test_runs_of_graded_scores_are_refused() -> None:
    made = usual(6)
    made.k[1, 2] = 2.5
    with pytest.raises(BadInput, match=r"agent1 has 2\.5 successes of 6 attempts at task2"):
        bootstrap(made, 10, 0, NESTED)
    assert np.isfinite(bootstrap(made, 10, 0).level).all()


def test_no_draws_are_an_empty_table() -> None:
    assert bootstrap(usual(7), 0, 0).level.shape == (0, 3)
