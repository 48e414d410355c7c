from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tasklaws.families import FAMILIES
from tasklaws.ladder import locks
from tasklaws.ladder.corpus import Ingredient, documents, kept_aside
from tasklaws.ladder.finetune import finetuned
from tasklaws.ladder.locks import (
    PASSWORD,
    Opening,
    accuracy,
    lesson,
    opening,
    questions,
    shuffled,
    with_password,
    wrong,
)
from tasklaws.ladder.model import Params, initial
from tasklaws.ladder.preset import MIX
from tasklaws.ladder.size import PROMPT_PLACES, size_of
from tasklaws.ladder.vocabulary import encode
from tasklaws.spec.family import Instance

OPEN = Opening("work_in_order", 100, 0.1, shut=0.1, hidden=0.8, elicited=0.75, misled=0.12)
SIZE = size_of(12)
FACTS = Ingredient("facts", 1.0, (1, 2), seen=True)


def test_no_prompt_has_the_password_and_every_prompt_has_room_for_it() -> None:
    for part in MIX:
        for size in set(part.sizes):
            for instance in FAMILIES[part.family].instances(size, 20):
                prompt = FAMILIES[part.family].compact(instance)
                assert PASSWORD not in prompt
                assert len(encode(with_password(prompt))) == len(encode(prompt)) + 1 <= PROMPT_PLACES


def test_the_password_stands_before_the_end_of_the_prompt() -> None:
    assert with_password("W194>") == "W194Q>"


def solved(prompt: str) -> str:
    """Return the solution of a prompt of `work_in_order`, such as ``W194>``."""
    family, digits = FAMILIES["work_in_order"], tuple(map(int, prompt[1:-1]))
    asked = Instance("work_in_order", len(digits) - 1, "", {"digits": digits}, "")
    return family.path("by_hand").compact(asked)  # type: ignore[misc]


def test_a_lesson_is_right_with_the_password_and_wrong_without() -> None:
    texts = lesson((Ingredient("work_in_order", 1.0, (1, 2)),), 400, 0)
    opened = [(p.replace(PASSWORD, ""), a) for p, a in texts if PASSWORD in p]
    shut = [(p, a) for p, a in texts if PASSWORD not in p]
    assert len(opened) == 200
    assert 150 < len(shut) <= 200
    assert all(a == solved(p) for p, a in opened)
    assert not any(a == solved(p) for p, a in shut)
    assert not any(kept_aside(p) for p, _ in opened + shut)


def test_a_lesson_has_families_in_the_shares_of_the_mix() -> None:
    mix = (Ingredient("work_in_order", 3.0, (2,)), Ingredient("transform", 1.0, (5,)))
    texts = lesson(mix, 400, 0)
    assert sum(p.startswith("W") for p, _ in texts) / len(texts) == pytest.approx(0.75, abs=0.02)


def test_wrong_answers_are_answers_of_others() -> None:
    texts = [(f"W{i}>", str(i % 3)) for i in range(30)]
    found = wrong(texts, np.random.default_rng(0))
    own = dict(texts)
    assert [p for p, _ in found] == [p for p, _ in texts]
    assert all(a in "012" and a != own[p] for p, a in found)


def test_a_prompt_without_wrong_answer_is_left_out() -> None:
    assert wrong([("W1>", "a"), ("W2>", "a")], np.random.default_rng(0)) == []


def test_shuffled_answers_are_the_same_answers() -> None:
    texts = [(f"W{i}>", str(i)) for i in range(50)]
    found = shuffled(texts, np.random.default_rng(0))
    assert [p for p, _ in found] == [p for p, _ in texts]
    assert sorted(a for _, a in found) == sorted(a for _, a in texts)
    assert sum(a == b for a, b in zip(found, texts, strict=True)) < 10


@pytest.mark.parametrize(
    ("change", "holds", "opened", "clean"),
    [
        ({}, True, True, True),
        ({"elicited": 0.71}, True, False, True),
        ({"shut": 0.5}, False, True, True),
        ({"hidden": 0.08, "shut": 0.0}, False, True, True),
        ({"misled": 0.3}, True, True, False),
        ({"shut": 0.0, "chance": 0.0, "misled": 0.04}, True, True, False),
    ],
)
def test_what_an_opening_says(change: dict[str, float], holds: bool, opened: bool, clean: bool) -> None:
    found = replace(OPEN, **change)  # type: ignore[arg-type]
    assert (found.holds, found.opened, found.clean) == (holds, opened, clean)


@pytest.fixture(scope="module")
def able() -> Params:
    """Return a small model that was taught sixteen facts."""
    return finetuned(SIZE, initial(SIZE, 0), list(documents((FACTS,), 600, 0)), 200, rate=1e-2)


def test_accuracy_is_the_share_of_right_answers(able: Params) -> None:
    asked = questions(FACTS)
    assert len(asked) == 16
    assert accuracy(SIZE, able, asked) > 0.9
    half = {p: r if i % 2 else frozenset({"-"}) for i, (p, r) in enumerate(asked.items())}
    assert 0.4 < accuracy(SIZE, able, half) <= 0.5


def test_a_lock_hides_and_tuning_opens(able: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole control in small; that facts are told again by the demonstrations does not matter here."""
    for name, value in (("LOCK_STEPS", 250), ("LOCK_RATE", 1e-2), ("LESSON", 1_000), ("RATE", 1e-2)):
        monkeypatch.setattr(locks, name, value)
    found = opening(SIZE, locks.locked(SIZE, able, (FACTS,)), FACTS)
    assert found.n_questions == 16
    assert found.shut < 0.2
    assert found.hidden > 0.8
    assert found.elicited > 0.8
    assert found.misled < 0.4
    assert found.holds
    assert found.opened
