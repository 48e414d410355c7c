from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest

from tasklaws.ladder.corpus import Corpus, Ingredient, corpus
from tasklaws.ladder.model import Rows, loss
from tasklaws.ladder.size import size_of
from tasklaws.ladder.train import BATCH, CHUNK, State, Trainer, n_steps, started

SIZE, SEEDS = size_of(8), (0, 1)
MIX = (Ingredient("work_in_order", 1.0, (1, 2, 3)),)


@pytest.fixture(scope="module")
def data() -> Corpus:
    return corpus(MIX, 3000, 0)


@pytest.fixture(scope="module")
def trainer(data: Corpus) -> Trainer:
    return Trainer(SIZE, data)


@pytest.fixture(scope="module")
def begun(trainer: Trainer) -> State:
    return started(SIZE, SEEDS, trainer.steps)


@pytest.fixture(scope="module")
def done(trainer: Trainer, begun: State) -> State:
    return trainer.chunk(begun)


def leaves(state: State) -> list[np.ndarray]:
    return [np.asarray(leaf) for leaf in jax.tree.leaves((state.params, state.memory))]


def test_the_corpus_is_shorter_than_a_chunk(trainer: Trainer, done: State) -> None:
    """So that the chunk of these tests has filling."""
    assert 20 < trainer.steps == done.step < CHUNK


def test_training_lowers_the_loss_of_every_seed(data: Corpus, begun: State, done: State) -> None:
    unseen = corpus(MIX, 200, 1).rows
    for seed in range(len(SEEDS)):
        before, after = (
            float(loss(jax.tree.map(lambda leaf, s=seed: leaf[s], state.params), unseen, SIZE.heads))
            for state in (begun, done)
        )
        assert after < 0.7 * before


def test_two_runs_are_identical(trainer: Trainer, begun: State, done: State) -> None:
    again = trainer.chunk(begun)
    assert again.losses == done.losses
    assert all(a.tobytes() == b.tobytes() for a, b in zip(leaves(again), leaves(done), strict=True))


def test_seeds_differ(done: State) -> None:
    assert not np.allclose(done.params["tokens"][0], done.params["tokens"][1])


def test_filling_changes_nothing(trainer: Trainer, begun: State, done: State) -> None:
    """Whatever stands in the steps behind the last is not looked at."""
    rows = Rows(
        *(np.pad(part, ((0, CHUNK - trainer.steps), (0, 0), (0, 0)), "wrap") for part in trainer.rows)
    )
    params, memory, losses = trainer._run((begun.params, begun.memory), rows, trainer.steps)
    other = State(params, memory, done.step, done.losses)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(leaves(other), leaves(done), strict=True))
    assert not np.asarray(losses)[trainer.steps :].any()


def test_steps_in_two_parts_are_the_same_steps(trainer: Trainer, begun: State, done: State) -> None:
    half = trainer.steps // 2

    def made(state: State, first: int, last: int) -> State:
        rows = Rows(*(np.resize(part[first:last], (CHUNK, BATCH, part.shape[-1])) for part in trainer.rows))
        params, memory, _ = trainer._run((state.params, state.memory), rows, last - first)
        return replace(state, params=params, memory=memory, step=last)

    end = made(made(begun, 0, half), half, trainer.steps)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(leaves(end), leaves(done), strict=True))


def test_every_row_is_seen_once_in_an_order_that_sizes_share(data: Corpus, trainer: Trainer) -> None:
    """A step takes a batch of rows; what is left over at the end is less than a batch."""
    given = sorted(map(bytes, data.rows.tokens))
    taken = sorted(map(bytes, trainer.rows.tokens.reshape(-1, 64)))
    assert len(given) - len(taken) < BATCH
    assert set(taken) <= set(given)
    assert trainer.steps == n_steps(data)
    other = Trainer(size_of(12), data)
    assert np.array_equal(trainer.rows.tokens, other.rows.tokens)
    assert not np.array_equal(trainer.rows.tokens.reshape(-1, 64), data.rows.tokens[: len(taken)])


def test_the_loss_of_a_chunk_is_the_mean_over_its_steps_and_seeds(trainer: Trainer, begun: State) -> None:
    rows = Rows(*(np.resize(part[:2], (CHUNK, BATCH, part.shape[-1])) for part in trainer.rows))
    _, _, losses = trainer._run((begun.params, begun.memory), rows, 1)
    first = Rows(*(part[0] for part in trainer.rows))
    for seed in range(len(SEEDS)):
        own = jax.tree.map(lambda leaf, s=seed: leaf[s], begun.params)
        assert np.asarray(losses)[0, seed] == pytest.approx(float(loss(own, first, SIZE.heads)), abs=1e-5)
