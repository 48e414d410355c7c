from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
import pytest

from tasklaws.core.errors import BadInput
from tasklaws.families import FAMILIES
from tasklaws.ladder import probe
from tasklaws.ladder.corpus import padded
from tasklaws.ladder.model import initial, logits, logits_of
from tasklaws.ladder.probe import Place, first_letter, probed, running_state
from tasklaws.ladder.size import size_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.spec.family import Instance

SIZE = size_of(8)
WORDS = FAMILIES["transform"].instances(4, 200)


def places(rng: np.random.Generator, labels: NDArray[np.int64]) -> dict[Place, NDArray[np.float64]]:
    """Return 60 places of noise, of which one tells the label."""
    found = {(0, -i): rng.standard_normal((len(labels), 8)) for i in range(60)}
    found[0, -7][:, :3] += 3 * np.eye(3)[labels]
    return found


def test_a_place_that_tells_the_label_is_found(rng: np.random.Generator) -> None:
    labels = rng.integers(3, size=400)
    place, right = probe._best(places(rng, labels), labels, 3, probe._split(400, rng))
    assert place == (0, -7)
    assert right.shape == (100,)
    assert right.mean() > 0.85


def test_the_best_of_many_places_of_noise_is_no_better_than_guessing(rng: np.random.Generator) -> None:
    """Chosen and scored on the same texts it would look better: places are chosen on texts of their own."""
    scored, chosen = [], []
    for _ in range(15):
        labels = rng.integers(2, size=200)
        noise = {(0, -i): rng.standard_normal((200, 4)) for i in range(40)}
        parts = probe._split(200, rng)
        scored.append(probe._best(noise, labels, 2, parts)[1].mean())
        chosen.append(probe._best(noise, labels, 2, [parts[0], parts[2], parts[2]])[1].mean())
    assert np.mean(scored) == pytest.approx(0.5, abs=0.06)
    assert np.mean(chosen) > 0.6


def test_the_regression_is_at_its_best(rng: np.random.Generator) -> None:
    """It finds the likeliest label of a mixture whose best possible rule is known."""
    labels = rng.integers(2, size=4000)
    x = rng.standard_normal((4000, 2)) + np.where(labels[:, None], 1.0, -1.0)
    said = probe._fitted(x, labels, 2)(x)
    assert (said == (x.sum(1) > 0)).mean() > 0.98


def test_parts_are_disjoint_and_whole(rng: np.random.Generator) -> None:
    parts = probe._split(103, rng)
    assert sorted(np.concatenate(parts)) == list(range(103))
    assert [len(part) for part in parts] == [52, 26, 25]


def test_streams_are_those_of_the_model() -> None:
    params = initial(SIZE, 0)
    prompts = [FAMILIES["transform"].compact(i) for i in WORDS[:5]]
    found = probe._residuals(SIZE, params, prompts, None)
    table = np.asarray(logits(params, padded([(p, "") for p in prompts]), SIZE.heads))
    assert set(found) == {(layer, at) for layer in range(3) for at in range(-5, 1)}
    for at in range(-5, 1):
        own = np.asarray(logits_of(params, found[2, at].astype(np.float32)))
        np.testing.assert_allclose(own, table[:, at + 5], atol=1e-5)
    only = probe._residuals(SIZE, params, prompts, 0)
    assert set(only) == {(0, 0), (1, 0), (2, 0)}


def test_what_stands_in_the_question_is_no_finding() -> None:
    """An untrained model shows the first letter as well as any other."""
    found = probed(SIZE, initial(SIZE, 5), WORDS, first_letter)
    assert found.accuracy > 5 * found.most_common
    assert found.lower < 0 < found.upper or found.difference == 0
    assert found.n_texts == 50


def test_a_label_that_the_model_does_not_hold_is_not_read() -> None:
    def dice(instance: Instance) -> str:
        return str(crc32(instance.instance_id.encode()) % 2)

    found = probed(SIZE, initial(SIZE, 5), WORDS, dice)
    assert abs(found.accuracy - 0.5) < 0.25
    assert found.lower < 0 < found.upper


def test_the_difference_is_that_of_the_accuracies() -> None:
    found = probed(SIZE, initial(SIZE, 5), WORDS, first_letter, at=0, seed=3)
    assert found.difference == pytest.approx(found.accuracy - found.control)
    assert found.place[1] == found.control_place[1] == 0
    assert found.upper - found.difference == pytest.approx(found.difference - found.lower)
    assert found == probed(SIZE, initial(SIZE, 5), WORDS, first_letter, at=0, seed=3)


def test_the_properties_are_what_they_say() -> None:
    (chain,) = FAMILIES["work_in_order"].instances(3, 1)
    digits = chain.inputs["digits"]
    assert running_state(chain) == str(sum(digits) % 10)
    assert first_letter(WORDS[0]) == FAMILIES["transform"].compact(WORDS[0])[1]


@pytest.mark.parametrize(
    "instances", [WORDS[:20], WORDS[:1] * 100, [*WORDS, *FAMILIES["transform"].instances(5, 5)]]
)
def test_too_few_or_uneven_prompts_are_refused(instances: list[Instance]) -> None:
    with pytest.raises(BadInput, match="cannot be probed"):
        probed(SIZE, initial(SIZE, 0), instances, first_letter)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
