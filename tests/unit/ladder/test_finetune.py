from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import jax
import numpy as np
import pytest

from tasklaws.core.errors import BadInput
from tasklaws.families import FAMILIES
from tasklaws.ladder import finetune
from tasklaws.ladder.corpus import held_out, kept_aside, padded
from tasklaws.ladder.finetune import CALL, batches, finetuned, rejection_sampled
from tasklaws.ladder.model import Params, initial, loss
from tasklaws.ladder.size import PROMPT_PLACES, size_of
from tasklaws.ladder.train import BATCH
from tasklaws.ladder.vocabulary import decode
from tasklaws.spec.transcript import Attempt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.family import Instance

SIZE = size_of(8)
FAMILY = FAMILIES["work_in_order"]
TEXTS = [(FAMILY.compact(i), FAMILY.paths[0].compact(i)) for i in FAMILY.instances(2, 40)]  # type: ignore[misc]
STEPS = CALL + 8


@pytest.fixture(scope="module")
def params() -> Params:
    return initial(SIZE, 0)


@pytest.fixture(scope="module")
def tuned(params: Params) -> Params:
    return finetuned(SIZE, params, TEXTS, STEPS)


def cost(params: Params) -> float:
    return float(loss(params, padded(TEXTS), SIZE.heads))


def same(a: Params, b: Params) -> bool:
    leaves = zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    return all(np.array_equal(x, y) for x, y in leaves)


def test_tuning_lowers_the_loss_and_leaves_the_model_as_it_was(params: Params, tuned: Params) -> None:
    assert cost(tuned) < 0.8 * cost(params)
    assert same(params, initial(SIZE, 0))
    assert jax.tree.structure(tuned) == jax.tree.structure(params)


def test_the_same_seed_tunes_the_same_way(params: Params, tuned: Params) -> None:
    assert same(finetuned(SIZE, params, TEXTS, STEPS), tuned)
    assert not same(finetuned(SIZE, params, TEXTS, STEPS, seed=1), tuned)


def test_nothing_is_compiled_again_for_other_texts_steps_and_rates(params: Params, tuned: Params) -> None:
    compiled = finetune._made._cache_size()
    finetuned(SIZE, params, TEXTS[:3], 5, rate=1e-4, seed=2)
    assert finetune._made._cache_size() == compiled


def test_without_rate_nothing_moves(params: Params) -> None:
    assert same(finetuned(SIZE, params, TEXTS, 3, rate=0.0), params)


def test_the_rate_falls_to_nothing_over_the_steps(params: Params) -> None:
    """The first step of Adam moves each number by the rate; those after it by less and less."""
    one = finetuned(SIZE, params, TEXTS, 1, rate=1e-3)
    moved = np.abs(one["tokens"] - params["tokens"])
    assert moved.max() == pytest.approx(1e-3, rel=0.01)
    change = finetune.CHANGE
    memory = (*change.init(params)[:-1], finetune.Falling(np.float32(0), np.float32(4), np.float32(1e-3)))
    slopes, found = jax.tree.map(np.ones_like, params), []
    update = jax.jit(change.update)
    for _ in range(5):
        moves, memory = update(slopes, memory, params)
        found.append(float(-moves["gain"][0]))
    assert found == pytest.approx([1e-3, 7.5e-4, 5e-4, 2.5e-4, 0.0], rel=0.01)


def test_each_pass_holds_every_text_once_in_an_order_of_its_own() -> None:
    rows = batches(TEXTS[:10], 4, np.random.default_rng(0))
    cells = [part.reshape(4 * BATCH, -1) for part in rows]
    assert rows.tokens.shape[:2] == (4, BATCH)
    prompts = []
    for tokens, places, which in zip(*cells[:3], strict=True):
        for document in range(1, which.max() + 1):
            asked = (which == document) & (places < PROMPT_PLACES)
            prompts.append(decode(tokens[asked].tolist()))
    wanted = sorted(prompt for prompt, _ in TEXTS[:10])
    assert sorted(prompts[:10]) == sorted(prompts[10:20]) == wanted
    assert prompts[:10] != prompts[10:20]


def test_no_text_is_refused(params: Params) -> None:
    with pytest.raises(BadInput, match="no text to fine-tune on"):
        finetuned(SIZE, params, [], 3)


@dataclass
class Guesser:
    """A solver that writes the reference solution now and then, and keeps count."""

    asked: list[str] = field(default_factory=list)

    def attempts(
        self,
        instances: Sequence[Instance],
        temperature: float,
        rng: np.random.Generator,
        *,
        places: int | None = None,
        shots: Sequence[str] = (),
    ) -> list[Attempt]:
        self.asked += [instance.instance_id for instance in instances]
        return [
            Attempt(i.answer, FAMILY.paths[0].compact(i)) if rng.random() < 0.5 else Attempt("", "no")  # type: ignore[misc]
            for i in instances
        ]

    def right(self, instance: Instance, attempt: Attempt) -> bool:
        return attempt.answer == instance.answer


def test_only_right_samples_are_kept_each_once() -> None:
    shown = [i for i in FAMILY.instances(3, 30) if not kept_aside(FAMILY.compact(i))]
    solver = Guesser()
    texts = rejection_sampled(solver, FAMILY, shown, np.random.default_rng(0), n=2)
    right = {(FAMILY.compact(i), FAMILY.paths[0].compact(i)) for i in shown}  # type: ignore[misc]
    assert len(solver.asked) == 2 * len(shown)
    assert set(texts) <= right
    assert len(shown) / 2 < len(texts) == len(set(texts)) < len(shown)


def test_questions_that_are_kept_aside_are_never_tuned_on() -> None:
    solver = Guesser()
    with pytest.raises(BadInput, match="kept aside for evaluation"):
        rejection_sampled(solver, FAMILY, held_out(FAMILY, 3, 2), np.random.default_rng(0), n=2)
    assert solver.asked == []
