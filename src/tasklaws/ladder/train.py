"""Training: all seeds of a size at once, in chunks of steps that one compiled function runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
import optax

from tasklaws.ladder.corpus import BATCH, n_steps
from tasklaws.ladder.model import Tree, initial, loss
from tasklaws.ladder.optimiser import optimiser
from tasklaws.ladder.rows import Array, Rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.ladder.corpus import Corpus
    from tasklaws.ladder.size import Size

CHUNK = 128
"""Steps that one call of the compiled function makes; its shape is the same for all but the last, padded."""


@dataclass(frozen=True)
class State:
    """Where a run stands; arrays have the seeds as their first axis."""

    params: Tree
    memory: Tree
    """State of the optimiser."""
    step: int
    losses: tuple[float, ...]
    """Mean training loss of each chunk, over seeds."""


def started(size: Size, seeds: tuple[int, ...], steps: int) -> State:
    """Return fresh models of `size`, one per seed."""
    params = jax.tree.map(lambda *leaves: np.stack(leaves), *(initial(size, seed) for seed in seeds))
    memory = jax.jit(jax.vmap(optimiser(size, steps).init))(params)
    return State(params, jax.tree.map(np.asarray, memory), 0, ())


class Trainer:
    """The compiled training step of one size, and the order of the data: the same for all seeds and sizes."""

    def __init__(self, size: Size, corpus: Corpus) -> None:
        self.steps = n_steps(corpus)
        order = np.random.default_rng(0).permutation(corpus.rows.tokens.shape[0])[: self.steps * BATCH]
        self.rows = Rows(*(part[order].reshape(self.steps, BATCH, -1) for part in corpus.rows))
        self._run: Callable[..., tuple[Tree, Tree, Array]] = jax.jit(
            partial(steps_made, optimiser(size, self.steps), size.heads)
        )

    def chunk(self, state: State) -> State:
        """Return the state after the next chunk of steps, or after those that are left."""
        first, last = state.step, min(state.step + CHUNK, self.steps)
        rows = Rows(*(filled(part[first:last], CHUNK) for part in self.rows))
        params, memory, losses = self._run((state.params, state.memory), rows, last - first)
        mean = float(np.asarray(losses)[: last - first].mean())
        return State(params, memory, last, (*state.losses, mean))


def steps_made(
    change: optax.GradientTransformation, heads: int, start: tuple[Tree, Tree], rows: Rows, n: Array
) -> tuple[Tree, Tree, Array]:
    """Return parameters, the optimiser's memory, losses (step, seed) after the first `n` of `rows`.

    Args:
        change: The optimiser.
        heads: Of attention.
        start: Parameters and the optimiser's memory, with seeds as their first axis.
        rows: Batches; those after the first `n` are filling.
        n: Need not be known when this is compiled.
    """

    def step(i: Array, carry: tuple[Tree, Tree, Array]) -> tuple[Tree, Tree, Array]:
        old, kept, losses = carry
        batch = Rows(*(part[i] for part in rows))
        found, slopes = jax.vmap(jax.value_and_grad(lambda p: loss(p, batch, heads)))(old)
        moves, new = jax.vmap(change.update)(slopes, kept, old)
        return optax.apply_updates(old, moves), new, losses.at[i].set(found)

    nothing = jnp.zeros((rows.tokens.shape[0], start[0]["gain"].shape[0]))
    return jax.lax.fori_loop(0, n, step, (*start, nothing))  # type: ignore[no-any-return]


def filled(part: Array, n: int) -> Array:
    """Return `part` with batches of nothing behind it, so that every call has one shape."""
    missing = n - part.shape[0]
    return np.pad(part, ((0, missing), (0, 0), (0, 0))) if missing else part
