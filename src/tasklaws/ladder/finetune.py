"""Fine-tuning: a trained model is shown some documents for a few steps.

Adam with a rate that falls in a straight line to nothing. How many steps and at what rate is not known when
the step is compiled, so that one compiled function serves every fine-tuning of a size.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from tasklaws.core.errors import BadInput
from tasklaws.ladder.corpus import BATCH, Packer, kept_aside
from tasklaws.ladder.rows import Array, Rows
from tasklaws.ladder.train import filled, steps_made

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.ladder.model import Params, Tree
    from tasklaws.ladder.size import Size
    from tasklaws.spec.elicitation import Solver
    from tasklaws.spec.family import Family, Instance

Text = tuple[str, str]
"""A document: prompt and answer."""

CALL = 32
"""Steps that one call of the compiled function makes at most."""
RATE = 3e-3
"""Rate of the first step where none is given."""
CLIP = 1.0


class Falling(NamedTuple):
    """How far a rate has fallen."""

    done: Array
    steps: Array
    rate: Array


def _falling() -> optax.GradientTransformation:
    """Return the descent at a rate that falls in a straight line to nothing over the steps of the run."""

    def update(moves: Tree, at: Falling, _: Tree = None) -> tuple[Tree, Falling]:
        rate = at.rate * jnp.maximum(1 - at.done / at.steps, 0.0)
        return jax.tree.map(lambda move: -rate * move, moves), at._replace(done=at.done + 1)

    def init(_: Tree) -> Falling:
        return Falling(jnp.zeros(()), jnp.ones(()), jnp.zeros(()))

    return optax.GradientTransformation(init, update)


CHANGE = optax.chain(optax.clip_by_global_norm(CLIP), optax.scale_by_adam(b1=0.9, b2=0.98), _falling())


@partial(jax.jit, static_argnames="heads")
def _made(start: tuple[Tree, Tree], rows: Rows, n: Array, heads: int) -> tuple[Tree, Tree, Array]:
    return steps_made(CHANGE, heads, start, rows, n)


def finetuned(
    size: Size, params: Params, texts: Sequence[Text], steps: int, *, rate: float = RATE, seed: int = 0
) -> Params:
    """Return `params` of one model after `steps` steps on `texts`, which are gone through again and again.

    Raises:
        BadInput: there are no texts, or one is longer than a row.
    """
    rows = batches(texts, steps, np.random.default_rng(seed))
    stacked = jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], params)
    memory = jax.vmap(CHANGE.init)(stacked)
    given = (jnp.zeros(1), jnp.full(1, float(steps)), jnp.full(1, rate))
    memory = (*memory[:-1], Falling(*given))
    for first in range(0, steps, CALL):
        part = Rows(*(filled(cells[first : first + CALL], CALL) for cells in rows))
        stacked, memory, _ = _made((stacked, memory), part, min(CALL, steps - first), size.heads)
    return jax.tree.map(lambda leaf: np.asarray(leaf[0]), stacked)  # type: ignore[no-any-return]


def batches(texts: Sequence[Text], steps: int, rng: np.random.Generator) -> Rows:
    """Return `steps` batches of packed rows; each pass over `texts` has an order of its own.

    Raises:
        BadInput: there are no texts, or one is longer than a row.
    """
    if not texts:
        raise BadInput("there is no text to fine-tune on.", "It takes one or more.", "Give some.")
    passes: list[Rows] = []
    while sum(rows.tokens.shape[0] for rows in passes) < steps * BATCH:
        packer = Packer()
        for index in rng.permutation(len(texts)):
            packer.add(*texts[index])
        passes.append(packer.rows())
    cells = (np.concatenate(parts)[: steps * BATCH] for parts in zip(*passes, strict=True))
    return Rows(*(part.reshape(steps, BATCH, -1) for part in cells))


def rejection_sampled(
    solver: Solver,
    family: Family,
    instances: Sequence[Instance],
    rng: np.random.Generator,
    *,
    n: int,
    temperature: float = 1.0,
) -> list[Text]:
    """Return the right ones among `n` sampled solutions of each instance, each different one once.

    Raises:
        BadInput: a prompt is kept aside for evaluation.
    """
    aside = next((prompt for prompt in map(family.compact, instances) if kept_aside(prompt)), None)
    if aside is not None:
        raise BadInput(
            f"the prompt {aside!r} is kept aside for evaluation.",
            "A model must not be tuned on what it is asked later.",
            "Draw other instances to tune on.",
        )
    asked = [instance for instance in instances for _ in range(n)]
    found = zip(asked, solver.attempts(asked, temperature, rng), strict=True)
    right = [(family.compact(instance), got.text) for instance, got in found if solver.right(instance, got)]
    return list(dict.fromkeys(right))
