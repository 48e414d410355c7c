"""P22: errors that breed errors do not show in the accuracy of the whole; late steps and costs show them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import binom

from tasklaws.core.errors import BadPlan
from tasklaws.theory import self_conditioning as sc
from tasklaws.theory.self_conditioning import Chain

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.infer.arrays import Floats

EVEN = Chain.even(20, 0.02, 0.2)
UNEVEN = Chain((0.05, 0.0, 0.3, 0.1, 0.02), (0.5, 0.2, 0.0, 0.9, 1.0))
RUNS = 40_000


def _simulated(chain: Chain, seed: int) -> Floats:
    """Return whether each step of each run is right, of shape (runs, steps)."""
    rng = np.random.default_rng(seed)
    right = np.ones((RUNS, len(chain.clean)), dtype=bool)
    erred = np.zeros(RUNS, dtype=bool)
    for j, (clean, dirty) in enumerate(zip(chain.clean, chain.dirty, strict=True)):
        wrong = rng.random(RUNS) < np.where(erred, dirty, clean)
        right[:, j] = ~wrong
        erred |= wrong
    return right


def _agree(seen: Floats, law: Floats) -> None:
    """Hold shares of runs to their probabilities, within 4 standard errors and one run for rare cells."""
    assert (np.abs(seen - law) <= 4 * np.sqrt(law * (1 - law) / RUNS) + 4 / RUNS).all()


@pytest.mark.parametrize("chain", [EVEN, UNEVEN], ids=["even", "uneven"])
def test_all_figures_are_those_of_simulated_runs(chain: Chain) -> None:
    right = _simulated(chain, seed=1)
    _agree(right.all(axis=1).mean(), np.float64(sc.all_right(chain)))
    _agree(right.mean(axis=0), sc.step_accuracy(chain))
    counts = right.sum(axis=1)
    _agree(np.bincount(counts, minlength=len(chain.clean) + 1) / RUNS, sc.right_steps(chain))
    assert abs(counts.mean() - sc.mean_right_steps(chain)) < 4 * counts.std() / math.sqrt(RUNS)


def test_figures_of_the_paper() -> None:
    """Its .920 for the last of 20 steps is the accuracy of a 21st; the 20th is right with .923."""
    assert sc.all_right(EVEN) == pytest.approx(0.6676, abs=5e-5)
    assert sc.mean_right_steps(EVEN) == pytest.approx(18.99, abs=5e-3)
    assert sc.step_accuracy(Chain.even(21, 0.02, 0.2))[-1] == pytest.approx(0.920, abs=5e-4)
    assert sc.step_accuracy(EVEN)[-1] == pytest.approx(0.9226, abs=5e-5)
    assert sc.step_accuracy(EVEN)[0] == pytest.approx(0.98)


def test_accuracy_of_the_whole_does_not_see_the_dirty_errors() -> None:
    mild, wild = Chain.even(20, 0.02, 0.02), Chain.even(20, 0.02, 0.9)
    assert sc.all_right(mild) == sc.all_right(wild) == pytest.approx(0.98**20)
    assert sc.mean_right_steps(wild) < sc.mean_right_steps(mild) - 2


def test_equal_errors_in_both_states_give_a_binomial_number_of_right_steps() -> None:
    counts = np.arange(13)
    law = binom(12, counts) * 0.7**counts * 0.3 ** (12 - counts)
    np.testing.assert_allclose(sc.right_steps(Chain.even(12, 0.3, 0.3)), law, rtol=1e-10)


errors = st.floats(0, 1)


@given(st.lists(st.tuples(errors, errors), min_size=1, max_size=9))
def test_distribution_of_right_steps_agrees_with_the_other_figures(steps: list[tuple[float, float]]) -> None:
    chain = Chain(*zip(*steps, strict=True))
    law = sc.right_steps(chain)
    assert law.min() >= 0
    assert law.sum() == pytest.approx(1.0)
    assert law @ np.arange(law.size) == pytest.approx(sc.mean_right_steps(chain), abs=1e-9)
    assert law[-1] == pytest.approx(sc.all_right(chain), abs=1e-12)


def test_a_chain_that_never_or_always_errs_is_certain() -> None:
    np.testing.assert_array_equal(sc.right_steps(Chain.even(3, 0.0, 1.0)), [0, 0, 0, 1])
    np.testing.assert_array_equal(sc.right_steps(Chain.even(3, 1.0, 1.0)), [1, 0, 0, 0])
    np.testing.assert_array_equal(sc.right_steps(Chain.even(3, 1.0, 0.0)), [0, 0, 1, 0])
    np.testing.assert_array_equal(sc.right_steps(Chain.even(1, 0.25, 0.0)), [0.25, 0.75])


COSTS = ([0.0, 0.5, 0.5], [1.0], [0.0, 0.0, 0.0, 1.0], [0.2, 0.0, 0.8], [0.0, 1.0])


@pytest.mark.parametrize("stretch", [1, 3])
def test_cost_law_is_that_of_simulated_runs(stretch: int) -> None:
    rng, right = np.random.default_rng(2), _simulated(UNEVEN, seed=3)
    drawn = np.stack([rng.choice(len(law), size=RUNS, p=law) for law in COSTS], axis=1)
    erred_before = np.cumsum(~right, axis=1) - ~right > 0
    spent = np.where(erred_before, stretch * drawn, drawn).sum(axis=1)
    law = sc.cost_law(UNEVEN, COSTS, stretch)
    solved = right.all(axis=1)
    for runs, mass in ((spent[solved], law.ok), (spent[~solved], law.fail)):
        _agree(np.bincount(runs, minlength=mass.size) / RUNS, mass)


def test_cost_of_fixed_steps_depends_on_where_the_first_error_falls() -> None:
    """Step costs 1, 2, 4 with dirty steps at twice the price: 1 + 4 + 8, 3 + 8, or 7 cells."""
    law = sc.cost_law(Chain((0.1, 0.2, 0.3), (0.5,) * 3), [np.eye(5)[c] for c in (1, 2, 4)], stretch=2)
    expected = np.zeros(law.fail.size)
    expected[[13, 11, 7]] = 0.1, 0.9 * 0.2, 0.9 * 0.8 * 0.3
    np.testing.assert_allclose(law.fail, expected, atol=1e-15)
    assert law.ok.shape == law.fail.shape
    assert law.ok[7] == pytest.approx(law.ok.sum()) == pytest.approx(0.9 * 0.8 * 0.7)


def test_dearer_dirty_steps_cost_failures_more_and_successes_nothing() -> None:
    plain, dear = (sc.cost_law(UNEVEN, COSTS, stretch) for stretch in (1, 4))
    np.testing.assert_array_equal(sc.cost_law(UNEVEN, COSTS).fail, plain.fail)
    np.testing.assert_allclose(dear.ok[: plain.ok.size], plain.ok)
    assert dear.ok.sum() == pytest.approx(sc.all_right(UNEVEN))
    assert dear.ok.sum() + dear.fail.sum() == pytest.approx(1.0)
    assert dear.fail @ np.arange(dear.fail.size) > plain.fail @ np.arange(plain.fail.size) + 1


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda: Chain((), ()), "a chain has 0 clean and 0 dirty errors"),
        (lambda: Chain((0.1, 0.2), (0.3,)), "a chain has 2 clean and 1 dirty errors"),
        (lambda: Chain((0.1,), (1.3,)), "the error of a step is 1.3"),
        (lambda: Chain.even(0, 0.1, 0.2), "the number of steps is 0"),
        (lambda: sc.cost_law(EVEN, [[1.0]]), "there are 1 laws of cost for 20 steps"),
        (lambda: sc.cost_law(Chain((0.1,), (0.1,)), [[0.5, 0.4]]), "step 0 has shape (2,) and sum 0.9"),
        (lambda: sc.cost_law(Chain((0.1,), (0.1,)), [[]]), "step 0 has shape (0,)"),
        (lambda: sc.cost_law(Chain((0.1,), (0.1,)), [[1.0]], 0), "relative to a clean one, is 0"),
    ],
)
def test_what_cannot_be_is_refused_in_three_parts(call: Callable[[], object], what: str) -> None:
    with pytest.raises(BadPlan) as error:
        call()
    assert what in str(error.value)
    assert all((error.value.what, error.value.need, error.value.way_out))
