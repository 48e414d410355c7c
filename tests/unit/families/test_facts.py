"""What is special about facts: a fixed table, frequencies by rank, and nothing but knowledge that helps."""

from __future__ import annotations

import math
from collections import Counter
from itertools import chain

import pytest

from tasklaws.core.errors import BadInput
from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.families.facts import CLASSES, FAMILY, N_FACTS, TABLE, frequency, known_as
from tasklaws.spec.structure import knowledge, least_work, traits, work
from tasklaws.spec.transcript import Attempt, ToolCall


def test_the_table_is_fixed_and_ambiguous_in_neither_direction() -> None:
    keys, values = zip(*TABLE, strict=True)
    assert len(set(keys)) == len(set(values)) == len(TABLE) == N_FACTS == 64
    assert {len(key) for key in keys} == {3}
    assert {len(value) for value in values} == {2}
    assert sha256_hex(canonical_json([list(fact) for fact in TABLE])).startswith("0cadbb144c07")


def test_frequencies_fall_with_the_rank_plus_three() -> None:
    assert math.isclose(sum(frequency(rank) for rank in range(1, 65)), 1.0)
    for rank in range(1, 65):
        assert math.isclose(frequency(rank) * (rank + 3), frequency(1) * 4)


def test_classes_hold_every_rank_once() -> None:
    assert list(chain.from_iterable(CLASSES)) == list(range(1, 65))


@pytest.mark.parametrize("size", FAMILY.sizes)
def test_nothing_but_knowledge_helps(size: int) -> None:
    plan = FAMILY.plan(size)
    told = traits(plan)
    assert told.knowledge
    assert not told.tool
    assert not told.sequential
    assert work(plan) == least_work(plan) == 1
    (bit,) = knowledge(plan)
    assert bit in {known_as(rank) for rank in CLASSES[size - 1]}


@pytest.mark.parametrize("size", FAMILY.sizes)
def test_every_fact_of_a_class_is_asked_as_often(size: int) -> None:
    n = 1200
    asked = Counter(instance.inputs["rank"] for instance in FAMILY.instances(size, n))
    share = 1 / len(CLASSES[size - 1])
    assert set(asked) == set(CLASSES[size - 1])
    for rank, count in asked.items():
        assert abs(count - n * share) <= 4 * math.sqrt(n * share * (1 - share)), rank


@pytest.mark.parametrize("size", FAMILY.sizes)
def test_the_answer_is_what_the_table_says_and_the_question_does_not(size: int) -> None:
    for instance in FAMILY.instances(size, 20):
        key, value = TABLE[instance.inputs["rank"] - 1]
        assert instance.answer == dict(TABLE)[key] == value
        assert FAMILY.compact(instance) == f"F{key}>"
        words = FAMILY.english(instance).replace(".", " ").replace("?", " ").split()
        assert key in words
        assert value not in words


@pytest.mark.parametrize("size", [5, 64])
def test_a_size_without_a_class_is_refused(size: int) -> None:
    for refusing in (FAMILY.plan, lambda n: FAMILY.instance(n, 0)):
        with pytest.raises(BadInput, match="from 1 to 4"):
            refusing(size)


@pytest.mark.parametrize(
    ("attempt", "path"),
    [
        (Attempt(TABLE[0][1], TABLE[0][1]), "recall"),
        (Attempt(TABLE[9][1], TABLE[9][1]), "recall"),
        (Attempt("unknown", "unknown"), "guessed"),
        (Attempt("", ""), "guessed"),
        (Attempt(TABLE[0][1], "", (ToolCall("python", f"print({TABLE[0][1]!r})"),)), "guessed"),
    ],
)
def test_classify_takes_values_of_the_table_for_recalled(attempt: Attempt, path: str) -> None:
    assert FAMILY.classify(FAMILY.instance(1, 0), attempt) == path
