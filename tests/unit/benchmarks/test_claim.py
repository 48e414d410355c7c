"""The block permutation of `benchmarks/claim.py`, where its answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.claim import permuted, simulated_counts


def pairs(blocks: int, chosen: float, other: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return CRPS, labels and blocks of one chosen family and one other in each block."""
    labels = np.tile([True, False], blocks)
    crps = np.column_stack([np.where(labels, chosen, other), np.full(2 * blocks, 10.0)])
    return crps, labels, np.repeat(np.arange(blocks), 2)


def test_all_blocks_of_two_the_right_way_round_are_one_order_of_two_to_the_blocks() -> None:
    found = permuted(*pairs(5, 4.0, 8.0), np.random.default_rng(1))
    assert found.difference == pytest.approx(0.6 - 0.2)
    assert found.p == pytest.approx(1 / 32, abs=0.006)
    assert (found.blocks, found.families) == (5, (5, 5))
    assert found.lower == pytest.approx(found.difference) == found.upper


def test_the_test_is_one_sided() -> None:
    assert permuted(*pairs(5, 8.0, 4.0), np.random.default_rng(1)).p == 1.0


def test_blocks_in_any_order_are_kept_together() -> None:
    crps, labels, blocks = pairs(5, 4.0, 8.0)
    mixed = np.random.default_rng(2).permutation(len(blocks))
    found = permuted(crps[mixed], labels[mixed], blocks[mixed], np.random.default_rng(1))
    assert found.p == pytest.approx(1 / 32, abs=0.006)


def test_a_block_that_is_easy_as_a_whole_tells_nothing() -> None:
    crps, labels, blocks = pairs(3, 5.0, 5.0)
    easy = np.column_stack([np.full(4, 0.1), np.full(4, 10.0)])
    found = permuted(
        np.vstack([crps, easy]), np.append(labels, [True] * 4), np.append(blocks, [9] * 4),
        np.random.default_rng(1),
    )  # fmt: skip
    assert (found.blocks, found.difference, found.p) == (3, 0.0, 1.0)


def test_without_both_labels_in_a_block_nothing_is_claimed() -> None:
    crps, labels, blocks = pairs(5, 4.0, 8.0)
    found = permuted(crps, np.zeros_like(labels), blocks, np.random.default_rng(1))
    assert (found.difference, found.p, found.blocks) == (None, None, 0)


def test_labels_at_random_are_found_no_more_often_than_said() -> None:
    rng = np.random.default_rng(3)
    blocks, labels = np.repeat(np.arange(6), 4), np.tile([True, True, False, False], 6)
    crps = rng.gamma(3.0, size=(100, 24, 1)) * [[1.0, 0.0]] + [[0.0, 10.0]]
    found = [permuted(one, labels, blocks, rng).p or 0.0 for one in crps]
    assert np.mean(np.array(found) <= 0.1) <= 0.1 + 2 * 0.03
    assert 0.4 < np.mean(found) < 0.6


def test_only_the_ceiling_meets_a_limit_and_copies_have_one_threshold() -> None:
    counts = simulated_counts(np.random.default_rng(4))
    assert {name for name in counts.families if counts.of(name).n_limit.sum()} == {"ceiling"}
    copies, spread = (counts.of(name).rate.mean(axis=1).std() for name in ("copies", "spread 1"))
    assert copies < spread / 2
