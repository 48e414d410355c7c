"""Block bootstrap and sign tests: simulated coverage and size."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from tasklaws.assess.blocks import TOO_FEW, block_sums, bootstrap, sign_flip_test, sign_test
from tasklaws.core.errors import BadInput


def test_bootstrap_interval_of_a_ratio_covers_its_truth() -> None:
    """With 30 blocks and a shared shock a 90 % interval covers about 90 % (percentile: a little less)."""
    inside = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        shock = rng.normal(0, 1, (30, 1))
        law, reference = 4 + shock + rng.normal(0, 1, (30, 12)), 5 + shock + rng.normal(0, 1, (30, 12))
        sums = np.column_stack([law.sum(axis=1), reference.sum(axis=1)])
        found = bootstrap(sums, lambda total: 1 - total[..., 0] / total[..., 1], rng)
        assert found.lower is not None
        assert found.upper is not None
        inside += found.lower <= 0.2 <= found.upper
    assert 0.82 <= inside / 200 <= 0.97


def test_naive_cells_would_be_too_sure_where_blocks_are_not() -> None:
    rng = np.random.default_rng(0)
    cells = rng.normal(0, 1, (8, 1)) + rng.normal(0, 0.1, (8, 50))
    column = np.column_stack([cells.ravel(), np.ones(400)])

    def mean(total: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        return np.asarray(total[..., 0] / total[..., 1])

    by_block = bootstrap(block_sums(column, np.repeat(np.arange(8), 50)), mean, rng)
    by_cell = bootstrap(column, mean, rng)
    assert by_block.upper - by_block.lower > 3 * (by_cell.upper - by_cell.lower)  # type: ignore[operator]


def test_block_sums_add_the_cells_of_each_block() -> None:
    sums = block_sums(np.array([[1.0, 10], [2, 20], [4, 40]]), np.array(["b", "a", "b"]))
    np.testing.assert_array_equal(sums, [[2, 20], [5, 50]])


@pytest.mark.parametrize("above", range(8))
def test_sign_test_equals_the_binomial_test(above: int) -> None:
    differences = np.r_[np.ones(above), -np.ones(7 - above)]
    assert sign_test(differences).p == pytest.approx(min(1, binomtest(above, 7).pvalue))


def test_tests_make_no_claim_below_five_blocks() -> None:
    differences = np.array([1.0, 2, 3, 4])
    for found in (sign_test(differences), sign_flip_test(differences, np.random.default_rng(0))):
        assert (found.p, found.reason) == (None, TOO_FEW)


def test_sign_flip_of_five_clear_blocks_reaches_its_smallest_p() -> None:
    assert sign_flip_test(np.array([1.0, 2, 3, 4, 5]), np.random.default_rng(0)).p == 2 / 32


@pytest.mark.parametrize("blocks", [8, 20])
def test_sign_flip_test_holds_its_size(blocks: int) -> None:
    rng = np.random.default_rng(blocks)
    p = [sign_flip_test(rng.standard_t(3, blocks), rng).p for _ in range(150)]
    share = np.mean([value is not None and value < 0.05 for value in p])
    assert share <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 150)


def test_sign_flip_test_refuses_a_block_without_difference() -> None:
    with pytest.raises(BadInput, match="no difference"):
        sign_flip_test(np.array([1.0, np.nan, 1, 1, 1]), np.random.default_rng(0))


@pytest.mark.parametrize(("rows", "reason"), [(0, "no-blocks"), (1, "one-block")])
def test_bootstrap_of_too_few_blocks_states_why(rows: int, reason: str) -> None:
    found = bootstrap(
        np.ones((rows, 2)), lambda total: total[..., 0] / total[..., 1], np.random.default_rng(0)
    )
    assert (found.lower, found.reason) == (None, reason)


def test_bootstrap_of_an_undefined_statistic_is_null() -> None:
    found = bootstrap(np.ones((3, 2)), lambda total: total[..., 0] * np.nan, np.random.default_rng(0))
    assert (found.value, found.reason) == (None, "undefined")
