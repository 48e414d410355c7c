"""Answers of a model: many prompts at once, one symbol a step, with a cache of keys and values.

One compiled graph reads the prompt and writes the answer. Rows are greedy or sampled by their temperature;
uniform numbers come from the host, so that nothing else has to be compiled for chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

from tasklaws.ladder.corpus import LENGTH
from tasklaws.ladder.model import NEVER, Block, Params, answer_likelihoods, embedded, fed, logits_of, normed
from tasklaws.ladder.packed import packed
from tasklaws.ladder.rows import Rows
from tasklaws.ladder.size import ANSWER_PLACES, PROMPT_PLACES, Size
from tasklaws.ladder.vocabulary import END, VOCABULARY, decode, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tasklaws.ladder.rows import Array

BATCH = 100
"""Rows of one call, whatever is asked for: every shape has to be compiled. In calls with more rows, more of
them wait for the longest answer or are filling."""
DRAWN = 400
"""Answers whose chances are drawn together; more would be other samples for the same seed."""
_END = VOCABULARY.index(END)


@dataclass(frozen=True)
class Written:
    """One answer."""

    text: str
    log_prob: float
    """Log-probability of the answer under the model at temperature 1 (nats), its end included."""
    n_tokens: int
    ended: bool
    """Whether the model ended the answer itself, before the places ran out."""

    def cut(self, places: int | None) -> Written:
        """Return what there is of the answer after so many symbols; of a part, the chance is not known."""
        if places is None or self.n_tokens <= places:
            return self
        return Written(decode(encode(self.text)[:places]), -math.inf, places, ended=False)


class Writer:
    """The compiled decoder of one model."""

    def __init__(self, size: Size, params: Params) -> None:
        self.size, self.params = size, params

    def write(
        self, prompts: Sequence[str], temperatures: Sequence[float], rng: np.random.Generator
    ) -> list[Written]:
        """Return an answer to each of `prompts`; temperature 0 takes the most likely symbol."""
        answers: list[Written] = []
        chances = np.zeros((ANSWER_PLACES, 0), np.float32)
        for first in range(0, len(prompts), BATCH):
            if first % DRAWN == 0:
                chances = rng.random((ANSWER_PLACES, DRAWN), np.float32)
            part, of_part = slice(first, first + BATCH), slice(first % DRAWN, first % DRAWN + BATCH)
            heat = np.asarray(temperatures[part], np.float32)
            answers += self._batch(prompts[part], heat, chances[:, of_part])
        return answers

    def write_drawn(
        self, prompts: Sequence[str], temperatures: Sequence[float], chances: NDArray[np.float32]
    ) -> list[Written]:
        """Return an answer to each of `prompts`, which hangs on nothing that is asked beside it.

        Args:
            prompts: what is asked.
            temperatures: of each; 0 takes the most likely symbol.
            chances: uniform numbers, of shape (`ANSWER_PLACES`, prompts): a column decides one answer.
        """
        answers: list[Written] = []
        for first in range(0, len(prompts), BATCH):
            part = slice(first, first + BATCH)
            heat, drawn = np.asarray(temperatures[part], np.float32), chances[:, part]
            spare = ((0, 0), (0, BATCH - drawn.shape[1]))
            answers += self._batch(prompts[part], heat, np.pad(drawn, spare))
        return answers

    def _batch(
        self, prompts: Sequence[str], temperatures: NDArray[np.float32], chances: NDArray[np.float32]
    ) -> list[Written]:
        asked = np.zeros((BATCH, PROMPT_PLACES), np.int32)
        lengths = np.ones(BATCH, np.int32)
        for row, prompt in enumerate(prompts):
            numbers = encode(prompt)
            asked[row, : len(numbers)], lengths[row] = numbers, len(numbers)
        heat = np.zeros(BATCH, np.float32)
        heat[: len(prompts)] = temperatures
        real = np.arange(BATCH) < len(prompts)
        tokens, likely, counts, ended = map(
            np.asarray, _decode(self.params, asked, lengths, heat, chances, real, self.size.heads)
        )
        return [
            Written(
                decode(tokens[row, : counts[row]].tolist()),
                float(likely[row]),
                int(counts[row]),
                bool(ended[row]),
            )
            for row in range(len(prompts))
        ]

    def reference_nll(self, texts: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        """Return the negative log-likelihood (nats) of each answer given its prompt, its end included."""
        total, rows = np.zeros(len(texts) + 1), packed(texts)
        for first in range(0, len(rows.tokens), BATCH):
            part = Rows(*(_filled(cells[first : first + BATCH]) for cells in rows))
            nll = np.asarray(_nll(self.params, part, self.size.heads), np.float64)
            total += np.bincount(part.documents[:, :-1].ravel(), nll.ravel(), len(total))
        return total[1:]


def _filled(cells: Array) -> Array:
    """Return `cells` with empty rows behind them, so that every call has one shape."""
    return np.pad(cells, ((0, BATCH - len(cells)), (0, 0)))


@partial(jax.jit, static_argnames="heads")
def _nll(params: Params, rows: Rows, heads: int) -> Array:
    return -answer_likelihoods(params, rows, heads)


@partial(jax.jit, static_argnames="heads")
def _decode(  # noqa: PLR0917  arrays of one graph
    params: Params, asked: Array, lengths: Array, heat: Array, chances: Array, real: Array, heads: int
) -> tuple[Array, Array, Array, Array]:
    """Return answers (rows, places), their log-probabilities, lengths, and whether they ended themselves."""
    rows, width = asked.shape[0], params["tokens"].shape[1]
    cache = [jnp.zeros((2, rows, heads, LENGTH, width // heads), jnp.float32) for _ in params["blocks"]]
    state = {
        "at": jnp.array(0),
        "token": asked[:, 0],
        "cache": cache,
        "said": jnp.zeros((rows, ANSWER_PLACES), jnp.int32),
        "likely": jnp.zeros(rows),
        "counts": jnp.zeros(rows, jnp.int32),
        "done": ~real,
    }

    def going(state: dict[str, Array]) -> Array:
        return (state["at"] < LENGTH) & ~state["done"].all()

    def step(state: dict[str, Array]) -> dict[str, Array]:
        at = state["at"]
        place = jnp.where(at < lengths, at, PROMPT_PLACES + at - lengths)
        x = embedded(params, state["token"], jnp.minimum(place, PROMPT_PLACES + ANSWER_PLACES - 1))
        new_cache = []
        for block, kept in zip(params["blocks"], state["cache"], strict=True):
            added, with_it = _attend_one(block, x, kept, at, heads)
            x = x + added
            x = x + fed(block, x)
            new_cache.append(with_it)
        scores = logits_of(params, x)
        written = jnp.clip(at + 1 - lengths, 0, ANSWER_PLACES - 1)
        chosen = _chosen(scores, heat, chances[written, jnp.arange(rows)])
        answering = (at + 1 >= lengths) & ~state["done"] & (at + 1 - lengths < ANSWER_PLACES)
        gained = jnp.take_along_axis(jax.nn.log_softmax(scores), chosen[:, None], axis=-1)[:, 0]
        said = (
            state["said"]
            .at[jnp.arange(rows), written]
            .set(jnp.where(answering, chosen, state["said"][jnp.arange(rows), written]))
        )
        following = asked[:, jnp.minimum(at + 1, asked.shape[1] - 1)]
        return {
            "at": at + 1,
            "token": jnp.where(at + 1 < lengths, following, chosen),
            "cache": new_cache,
            "said": said,
            "likely": state["likely"] + jnp.where(answering, gained, 0.0),
            "counts": state["counts"] + answering,
            "done": state["done"] | (answering & (chosen == _END)),
        }

    state = jax.lax.while_loop(going, step, state)
    return state["said"], state["likely"], state["counts"], state["done"]


def _attend_one(block: Block, x: Array, kept: Array, at: Array, heads: int) -> tuple[Array, Array]:
    """Return what attention adds at one place, and the cache with its key and value."""
    rows, width = x.shape
    q, k, v = jnp.split(normed(x, block["attend_gain"]) @ block["qkv"], 3, axis=-1)
    q, k, v = (part.reshape(rows, heads, width // heads) for part in (q, k, v))
    kept = jax.lax.dynamic_update_slice(kept, jnp.stack([k, v])[:, :, :, None], (0, 0, 0, at, 0))
    weights = jnp.einsum("bhd,bhkd->bhk", q, kept[0]) / math.sqrt(width // heads)
    weights = jax.nn.softmax(jnp.where(jnp.arange(LENGTH) <= at, weights, NEVER), axis=-1)
    return jnp.einsum("bhk,bhkd->bhd", weights, kept[1]).reshape(rows, width) @ block["out"], kept


def _chosen(scores: Array, heat: Array, chance: Array) -> Array:
    """Return the most likely symbol, or one drawn at the row's temperature by inverting the distribution."""
    warm = jax.nn.softmax(scores / jnp.maximum(heat, 1e-6)[:, None], axis=-1)
    drawn = (jnp.cumsum(warm, axis=-1) < chance[:, None]).sum(-1)
    return jnp.where(heat > 0, jnp.minimum(drawn, scores.shape[-1] - 1), scores.argmax(-1)).astype(jnp.int32)
