from __future__ import annotations

import jax
import numpy as np
import pytest

from tasklaws.core.errors import BadInput
from tasklaws.ladder.corpus import corpus, documents, padded
from tasklaws.ladder.model import Params, Rows, initial, logits, loss
from tasklaws.ladder.preset import MIX
from tasklaws.ladder.size import ANSWER_PLACES, PROMPT_PLACES, SHAPES, size_of
from tasklaws.ladder.vocabulary import VOCABULARY, encode

SIZE = size_of(16)
slopes_of = jax.jit(jax.grad(loss), static_argnames="heads")


@pytest.fixture(scope="module")
def params() -> Params:
    return initial(SIZE, 0)


def test_packed_rows_equal_single_documents(params: Params) -> None:
    """Attention does not leak from one document into another, and no place depends on its row."""
    data = corpus(MIX, 60, 0)
    packed = np.asarray(logits(params, data.rows, SIZE.heads))
    texts = list(documents(MIX, 60, 0))
    alone = np.asarray(logits(params, padded(texts), SIZE.heads))
    for (prompt, answer), single in zip(texts, alone, strict=True):
        numbers = encode(f"{prompt}{answer}$")
        row, first = _found(data.rows, numbers)
        part = packed[row, first : first + len(numbers)]
        np.testing.assert_allclose(part, single[: len(numbers)], atol=2e-5)


def _found(rows: Rows, numbers: list[int]) -> tuple[int, int]:
    for row, tokens in enumerate(rows.tokens.tolist()):
        for first in range(len(tokens) - len(numbers) + 1):
            starts = rows.places[row, first] == 0
            if starts and tokens[first : first + len(numbers)] == numbers:
                return row, first
    raise AssertionError("the document is in no row")


def test_later_symbols_change_nothing_before_them(params: Params) -> None:
    rows = padded([("W123>", "120=03.330=06")])
    changed = rows._replace(tokens=np.array(rows.tokens))
    changed.tokens[0, 9:] = 50
    before, after = (np.asarray(logits(params, each, SIZE.heads))[0] for each in (rows, changed))
    np.testing.assert_array_equal(before[:9], after[:9])
    assert np.abs(before[9] - after[9]).max() > 1e-3


def test_loss_is_that_of_answer_symbols(params: Params) -> None:
    rows = padded([("W12>", "120=03"), ("Rab>", "cb")])
    table = np.asarray(jax.nn.log_softmax(logits(params, rows, SIZE.heads)))
    parts = []
    for row, (prompt, answer) in enumerate((("W12>", "120=03"), ("Rab>", "cb"))):
        asked, said = encode(prompt), encode(f"{answer}$")
        parts += [-table[row, len(asked) - 1 + i, symbol] for i, symbol in enumerate(said)]
    assert float(loss(params, rows, SIZE.heads)) == pytest.approx(np.mean(parts), abs=1e-5)


def test_rows_without_answers_cost_nothing(params: Params) -> None:
    nothing = Rows(*(np.zeros((2, 64), np.uint8) for _ in Rows._fields))
    slopes = slopes_of(params, nothing, SIZE.heads)
    assert float(loss(params, nothing, SIZE.heads)) == 0
    assert all(not np.asarray(leaf).any() for leaf in jax.tree.leaves(slopes))


def test_slopes_are_those_of_the_loss(params: Params) -> None:
    """Along a random direction the loss changes as its gradient says."""
    rows = padded([("W12>", "120=03"), ("Rab>", "cb")])
    rng = np.random.default_rng(0)
    way = jax.tree.map(lambda leaf: rng.standard_normal(leaf.shape).astype(np.float32), params)
    slope = sum(
        float((a * b).sum())
        for a, b in zip(
            jax.tree.leaves(slopes_of(params, rows, SIZE.heads)), jax.tree.leaves(way), strict=True
        )
    )
    step = 1e-3
    up, down = (
        float(loss(jax.tree.map(lambda p, w, s=s: p + s * w, params, way), rows, SIZE.heads))
        for s in (step, -step)
    )
    assert (up - down) / (2 * step) == pytest.approx(slope, rel=0.02)


@pytest.mark.parametrize("width", SHAPES)
def test_parameters_are_as_many_as_the_size_says(width: int) -> None:
    size = size_of(width)
    found = initial(size, 0)
    assert sum(leaf.size for leaf in jax.tree.leaves((found["blocks"], found["gain"]))) == size.n_params
    assert found["tokens"].size + found["places"].size == size.n_embedding
    assert found["tokens"].shape == (len(VOCABULARY), width)
    assert found["places"].shape == (PROMPT_PLACES + ANSWER_PLACES, width)


def test_seeds_differ_and_come_again() -> None:
    first, again, other = (jax.tree.leaves(initial(SIZE, seed)) for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[-1], other[-1])


def test_an_unknown_width_is_refused() -> None:
    with pytest.raises(BadInput, match="no rung of width 10"):
        size_of(10)
