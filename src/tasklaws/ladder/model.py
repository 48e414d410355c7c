"""A decoder-only transformer: parameters as a tree of arrays, and pure functions of them.

Layer norm has a gain and no bias, the feed-forward part is relu squared, token embeddings are tied, and
places are learned: those of the answer begin anew behind the prompt, so that what is copied stays at one
distance. Parameters of several seeds are stacked along a first axis by `jax.vmap`.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tasklaws.ladder.rows import Array, Rows
from tasklaws.ladder.size import ANSWER_PLACES, PROMPT_PLACES, Size
from tasklaws.ladder.vocabulary import VOCABULARY

Tree = Any
"""Arrays in dictionaries, lists and tuples, as JAX passes them around."""
Params = dict[str, Any]
Block = dict[str, Array]

EMBEDDING_SCALE = 0.7
SMALL = 1e-5
NEVER = -1e9
"""Logit of what cannot be."""


def initial(size: Size, seed: int) -> Params:
    """Return random parameters, drawn by numpy: the same on every machine."""
    rng = np.random.default_rng([seed, size.width])
    d = size.width

    def matrix(rows: int, columns: int, scale: float) -> Array:
        return (rng.standard_normal((rows, columns)) * scale / math.sqrt(rows)).astype(np.float32)

    blocks = [
        {
            "qkv": matrix(d, 3 * d, 1.0),
            "out": matrix(d, d, 1 / math.sqrt(2 * size.layers)),
            "up": matrix(d, 4 * d, 1.0),
            "down": matrix(4 * d, d, 1 / math.sqrt(2 * size.layers)),
            "attend_gain": np.ones(d, np.float32),
            "feed_gain": np.ones(d, np.float32),
        }
        for _ in range(size.layers)
    ]
    return {
        "tokens": (rng.standard_normal((len(VOCABULARY), d)) / math.sqrt(d)).astype(np.float32),
        "places": (rng.standard_normal((PROMPT_PLACES + ANSWER_PLACES, d)) / math.sqrt(d)).astype(np.float32),
        "gain": np.ones(d, np.float32),
        "blocks": blocks,
    }


def normed(x: Array, gain: Array) -> Array:
    """Return `x` with mean 0 and variance 1 over its last axis, times `gain`."""
    x = x - x.mean(-1, keepdims=True)
    return x * jax.lax.rsqrt((x * x).mean(-1, keepdims=True) + SMALL) * gain


def embedded(params: Params, tokens: Array, places: Array) -> Array:
    """Return token and place embeddings, of shape (..., width)."""
    scale = EMBEDDING_SCALE * math.sqrt(params["tokens"].shape[-1])
    return scale * (params["tokens"][tokens] + params["places"][places])


def fed(block: Params, x: Array) -> Array:
    """Return what the feed-forward part adds."""
    hidden = jax.nn.relu(normed(x, block["feed_gain"]) @ block["up"])
    return (hidden * hidden) @ block["down"]


def logits_of(params: Params, x: Array) -> Array:
    """Return the logits of the next token; what fills rows is none."""
    return (normed(x, params["gain"]) @ params["tokens"].T).at[..., 0].set(NEVER)


def logits(params: Params, rows: Rows, heads: int) -> Array:
    """Return the logits of the next token at each place of each row, of shape (rows, length, symbols)."""
    x = embedded(params, rows.tokens, rows.places)
    length = rows.tokens.shape[1]
    seen = jnp.tril(jnp.ones((length, length), bool)) & (
        rows.documents[:, :, None] == rows.documents[:, None, :]
    )
    for block in params["blocks"]:
        x = x + attended(block, x, seen, heads)
        x = x + fed(block, x)
    return logits_of(params, x)


def attended(block: Params, x: Array, seen: Array, heads: int) -> Array:
    """Return what attention adds; `seen` says which places see which."""
    rows, length, width = x.shape
    q, k, v = jnp.split(normed(x, block["attend_gain"]) @ block["qkv"], 3, axis=-1)
    q, k, v = (part.reshape(rows, length, heads, width // heads) for part in (q, k, v))
    weights = jnp.einsum("bqhd,bkhd->bhqk", q, k) / math.sqrt(width // heads)
    weights = jax.nn.softmax(jnp.where(seen[:, None], weights, NEVER), axis=-1)
    return jnp.einsum("bhqk,bkhd->bqhd", weights, v).reshape(rows, length, width) @ block["out"]


def answer_likelihoods(params: Params, rows: Rows, heads: int) -> Array:
    """Return the log-likelihood of each answer token (nats), 0 elsewhere, of shape (rows, length - 1)."""
    found = jax.nn.log_softmax(logits(params, rows, heads)[:, :-1])
    following = rows.tokens[:, 1:, None].astype(jnp.int32)
    return jnp.take_along_axis(found, following, axis=-1)[..., 0] * rows.counts[:, :-1]


def loss(params: Params, rows: Rows, heads: int) -> Array:
    """Return the mean negative log-likelihood of answer tokens (nats)."""
    return -answer_likelihoods(params, rows, heads).sum() / jnp.maximum(rows.counts[:, :-1].sum(), 1)
