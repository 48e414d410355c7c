"""Muon for the matrices of blocks, AdamW for embeddings and gains, on one schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import optax

if TYPE_CHECKING:
    from tasklaws.ladder.model import Tree
    from tasklaws.ladder.size import Size

WARM_UP = 50
"""Steps over which the rate rises."""
LAST = 0.05
"""Share of the highest rate that is left at the end."""
DECAY = 0.05
CLIP = 1.0


def optimiser(size: Size, steps: int) -> optax.GradientTransformation:
    """Return the optimiser of a run of `steps` steps.

    Source: Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024.
    """
    adam, muon = size.rate
    return optax.chain(
        optax.clip_by_global_norm(CLIP),
        optax.partition(
            {
                "matrices": optax.contrib.muon(
                    _schedule(muon, steps), ns_steps=4, beta=0.95, weight_decay=DECAY * adam / muon
                ),
                "rest": optax.adamw(_schedule(adam, steps), b1=0.9, b2=0.98, weight_decay=0.0),
            },
            _kinds,
        ),
    )


def _schedule(highest: float, steps: int) -> optax.Schedule:
    return optax.warmup_cosine_decay_schedule(
        0.0, highest, min(WARM_UP, steps // 4), steps, end_value=LAST * highest
    )


def _kinds(params: Tree) -> Tree:
    """Return which part of the optimiser each array belongs to."""
    return jax.tree_util.tree_map_with_path(
        lambda path, leaf: "matrices" if "blocks" in str(path[0]) and leaf.ndim == 2 else "rest",  # noqa: PLR2004
        params,
    )
