from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import numpy as np
import pytest

from tasklaws.ladder.model import Tree, initial
from tasklaws.ladder.optimiser import LAST, optimiser
from tasklaws.ladder.size import size_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Update = Callable[[Tree, Tree, Tree], tuple[Tree, Tree]]

SIZE, STEPS = size_of(8), 40


@pytest.fixture(scope="module")
def update() -> Update:
    return jax.jit(optimiser(SIZE, STEPS).update)


@pytest.fixture(scope="module")
def moves(update: Update) -> list[Tree]:
    """Return what a run does with one and the same gradient: the moves of each step."""
    params = initial(SIZE, 0)
    rng = np.random.default_rng(0)
    slopes = jax.tree.map(lambda leaf: rng.standard_normal(leaf.shape).astype(np.float32), params)
    memory, found = optimiser(SIZE, STEPS).init(params), []
    for _ in range(STEPS):
        move, memory = update(slopes, memory, params)
        found.append(jax.tree.map(np.asarray, move))
    return found


def test_matrices_of_blocks_move_in_all_directions_alike(moves: list[Tree]) -> None:
    """Muon: the singular values of a step are nearly one; those of a random matrix are not."""
    for name in ("qkv", "out", "up", "down"):
        values = np.linalg.svd(moves[10]["blocks"][0][name], compute_uv=False)
        assert values.max() / values.min() < 3


def test_embeddings_and_gains_move_by_the_rate_of_adam(moves: list[Tree]) -> None:
    """With a constant gradient AdamW moves each number by the rate."""
    adam, _ = SIZE.rate
    for leaf in (moves[10]["tokens"], moves[10]["places"], moves[10]["blocks"][0]["attend_gain"]):
        assert np.abs(leaf) == pytest.approx(adam, rel=0.01)


def test_the_rate_rises_and_falls(moves: list[Tree]) -> None:
    sizes = [float(np.abs(move["tokens"]).mean()) for move in moves]
    top = sizes.index(max(sizes))
    assert top == STEPS // 4
    assert sizes[0] == 0
    assert sizes[: top + 1] == sorted(sizes[: top + 1])
    assert sizes[top:] == sorted(sizes[top:], reverse=True)
    assert sizes[-1] == pytest.approx(LAST * SIZE.rate[0], rel=0.15)


def test_great_gradients_are_cut(update: Update) -> None:
    """A gradient a thousand times as great leaves the same memory and makes the same move."""
    params = initial(SIZE, 0)
    small = jax.tree.map(np.ones_like, params)
    great = jax.tree.map(lambda leaf: 1000 * leaf, small)
    memory = optimiser(SIZE, STEPS).init(params)
    first, second = (update(slopes, memory, params) for slopes in (small, great))
    for a, b in zip(jax.tree.leaves(first), jax.tree.leaves(second), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4)
