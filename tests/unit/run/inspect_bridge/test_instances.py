"""Instances as samples of Inspect, and back."""

from __future__ import annotations

import pytest

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.families import FAMILIES
from tasklaws.run.inspect_bridge.instances import instance_of, sample_of


@pytest.mark.parametrize("name", FAMILIES)
def test_a_sample_says_which_instance_it_asks(name: str) -> None:
    family = FAMILIES[name]
    for instance in family.instances(family.sizes[1], 3, seed=7):
        sample = sample_of(instance)
        assert sample.id == instance.instance_id
        assert sample.target == instance.answer
        assert sample.metadata is not None
        assert sample.metadata["task_id"] == f"{name}/{family.sizes[1]}"
        assert instance_of(sample.metadata) == instance


def test_the_question_is_the_english_one_unless_the_compact_one_is_wanted() -> None:
    family = FAMILIES["sha_of"]
    instance = family.instance(3, 0)
    assert sample_of(instance).input == sample_of(instance, "english").input == family.english(instance)
    assert sample_of(instance, "compact").input == family.compact(instance)


def test_the_sample_of_somebody_else_is_refused() -> None:
    with pytest.raises(BadInput, match=r"has no 'size'.*task_family, size, seed and index.*family_task"):
        instance_of({"task_family": "sha_of"})
    with pytest.raises(UnknownName, match="Did you mean 'sha_of'"):
        instance_of({"task_family": "sha_off", "size": 1, "seed": 0, "index": 0})
