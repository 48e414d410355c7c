"""Linear probes: whether a property of the question can be read off what a model carries along.

A probe of an untrained model of the same size stands beside each: random weights pass on much of what they
read, and only what a trained model shows beyond them was learned. Of many places the best is chosen on texts
of its own, for both models, and scored on others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import sqrt
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from scipy.stats import norm

from tasklaws.core.errors import BadInput
from tasklaws.families import FAMILIES
from tasklaws.ladder.corpus import LENGTH, padded
from tasklaws.ladder.model import Params, attended, embedded, fed, initial
from tasklaws.ladder.vocabulary import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from tasklaws.ladder.rows import Array, Rows
    from tasklaws.ladder.size import Size
    from tasklaws.spec.family import Instance

PENALTY = 1e-2
"""Of squared weights, for each text."""
LEVEL = 0.9
SHARES = (0.5, 0.25)
"""Shares of the texts that probes are fitted on and places are chosen on; the others score."""
LEAST = 40
"""Texts below which nothing is probed."""
CONTROL_SEED = 1_000
"""Seed of the untrained model; no rung has it."""

Place = tuple[int, int]
"""Layer (0: embeddings) and symbol, counted from the end of the prompt (0: its last)."""


@dataclass(frozen=True)
class Probed:
    """How well a property is read off a model and off an untrained one, on texts used for nothing else."""

    place: Place
    accuracy: float
    control_place: Place
    control: float
    difference: float
    lower: float
    upper: float
    """Bounds of the difference at 90 %, over texts: models of other seeds are not covered."""
    most_common: float
    """Accuracy of always saying what is most common."""
    n_texts: int


def running_state(instance: Instance) -> str:
    """Return the digit kept after the last sum of `work_in_order`: nothing but the computation holds it."""
    return instance.answer[-1]


def first_letter(instance: Instance) -> str:
    """Return the first letter of the word: it stands in the question."""
    return str(instance.inputs["word"])[0]


def probed(
    size: Size,
    params: Params,
    instances: Sequence[Instance],
    label: Callable[[Instance], str],
    *,
    at: int | None = None,
    seed: int = 0,
) -> Probed:
    """Return how well `label` can be read off the prompts of `instances`, which are of one family and size.

    Args:
        size: Of the model.
        params: Its parameters.
        instances: Questions; a prompt that comes again is used once.
        label: The property.
        at: Symbol to look at, 0 for the last of the prompt, -1 for the one before it; None: any.
        seed: Of the split and of the untrained model.

    Raises:
        BadInput: there are too few different prompts, or they have different lengths.
    """
    prompts = {FAMILIES[instance.family].compact(instance): label(instance) for instance in instances}
    _check(prompts)
    names, labels = np.unique(list(prompts.values()), return_inverse=True)
    parts = _split(len(prompts), np.random.default_rng(seed))
    ours, other = (
        _best(_residuals(size, model, list(prompts), at), labels, len(names), parts)
        for model in (params, initial(size, CONTROL_SEED + seed))
    )
    gained = ours[1].astype(float) - other[1]
    half = norm.ppf((1 + LEVEL) / 2) * gained.std(ddof=1) / sqrt(gained.size)
    common = np.bincount(labels[parts[0]]).argmax()
    return Probed(
        ours[0],
        float(ours[1].mean()),
        other[0],
        float(other[1].mean()),
        float(gained.mean()),
        float(gained.mean() - half),
        float(gained.mean() + half),
        float((labels[parts[2]] == common).mean()),
        len(parts[2]),
    )


def _check(prompts: dict[str, str]) -> None:
    lengths = {len(encode(prompt)) for prompt in prompts}
    if len(prompts) < LEAST or len(lengths) > 1:
        raise BadInput(
            f"{len(prompts)} different prompts of {len(lengths)} lengths cannot be probed.",
            f"It takes {LEAST} or more of one length.",
            "Draw more instances of one family and size.",
        )


def _split(n: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Return which texts fit, which choose and which score."""
    first, second = np.cumsum([round(share * n) for share in SHARES])
    return np.split(rng.permutation(n), [first, second])


def _residuals(
    size: Size, params: Params, prompts: Sequence[str], only: int | None
) -> dict[Place, NDArray[np.float64]]:
    """Return what the model carries at each place of the prompts, of shape (texts, width)."""
    length = len(encode(prompts[0]))
    found = np.asarray(_streams(params, padded([(prompt, "") for prompt in prompts]), size.heads), float)
    return {
        (layer, at): stream[:, length - 1 + at]
        for layer, stream in enumerate(found)
        for at in (range(1 - length, 1) if only is None else (only,))
    }


@partial(jax.jit, static_argnames="heads")
def _streams(params: Params, rows: Rows, heads: int) -> Array:
    """Return the residual stream before the first block and after each, (layers + 1, rows, length, width)."""
    x = embedded(params, rows.tokens, rows.places)
    seen = jnp.tril(jnp.ones((LENGTH, LENGTH), bool))[None]
    streams = [x]
    for block in params["blocks"]:
        x = x + attended(block, x, seen, heads)
        x = x + fed(block, x)
        streams.append(x)
    return jnp.stack(streams)


def _best(
    places: dict[Place, NDArray[np.float64]],
    labels: NDArray[np.int64],
    n_labels: int,
    parts: Sequence[NDArray[np.int64]],
) -> tuple[Place, NDArray[np.bool_]]:
    """Return the place that does best on the texts that choose, and which of those that score are right."""
    fit, choose, score = parts
    said = {place: _fitted(x[fit], labels[fit], n_labels)(x) == labels for place, x in places.items()}
    best = max(said, key=lambda place: (said[place][choose].mean(), place))
    return best, said[best][score]


def _fitted(
    x: NDArray[np.float64], labels: NDArray[np.int64], n_labels: int
) -> Callable[[NDArray[np.float64]], NDArray[np.int64]]:
    """Return the logistic regression of `labels` on `x`, as a function that says which label is likeliest."""
    middle, spread = x.mean(0), x.std(0) + 1e-9
    wanted = np.eye(n_labels)[labels]

    def seen(given: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([(given - middle) / spread, np.ones(len(given))])

    def cost(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(-1, n_labels)
        scores = inside @ weights
        loss = -(wanted * log_softmax(scores, axis=1)).sum() / len(x) + PENALTY / 2 * (flat**2).sum()
        slope = inside.T @ (softmax(scores, axis=1) - wanted) / len(x) + PENALTY * weights
        return float(loss), slope.ravel()

    inside = seen(x)
    weights = minimize(cost, np.zeros(inside.shape[1] * n_labels), jac=True, method="L-BFGS-B").x
    return lambda given: (seen(given) @ weights.reshape(-1, n_labels)).argmax(1)
