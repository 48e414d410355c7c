"""Weights of tasks: how they are shared out, and which files are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasklaws.core.errors import BadInput
from tasklaws.spec.weights import Weights, read_weights

TASKS = {"a/1": "a", "a/2": "a", "b/1": "b", "c/1": "c"}


def test_families_count_alike_or_tasks_do() -> None:
    assert Weights().shares(TASKS) == pytest.approx({"a/1": 1 / 6, "a/2": 1 / 6, "b/1": 1 / 3, "c/1": 1 / 3})
    assert Weights(per="task").shares(TASKS) == pytest.approx(dict.fromkeys(TASKS, 0.25))


def test_a_named_task_weighs_beside_its_family_and_the_very_name_goes_before_a_pattern() -> None:
    asked = Weights(families={"*": 1.0, "b": 3.0}, tasks={"a/1": 2.0}, others=0.0)
    assert asked.shares(TASKS) == pytest.approx({"a/1": 2 / 7, "a/2": 1 / 7, "b/1": 3 / 7, "c/1": 1 / 7})


@given(st.dictionaries(st.sampled_from("abc"), st.floats(0, 9)), st.floats(0.01, 9))
def test_shares_sum_to_one_whatever_is_named(families: dict[str, float], others: float) -> None:
    asked = Weights(families=families, tasks={"a/1": 0.5}, others=others)
    shares = asked.shares(TASKS)
    assert sum(shares.values()) == pytest.approx(1)
    assert min(shares.values()) >= 0


def test_the_example_is_read() -> None:
    root = Path(__file__).resolve().parents[3]
    asked = read_weights(root / "examples" / "weights.toml")
    assert asked.others == 0.5
    assert asked.families == {"sum_range": 2, "work_*": 1, "facts": 0}
    assert asked.tasks == {"sha_of/6": 1}


def test_what_a_file_does_not_name_counts_nothing_unless_it_says(tmp_path: Path) -> None:
    path = tmp_path / "w.toml"
    path.write_text("[families]\na = 1\n", encoding="utf-8")
    assert read_weights(path).shares(TASKS) == {"a/1": 0.5, "a/2": 0.5, "b/1": 0, "c/1": 0}
    path.write_text("others = 1\n", encoding="utf-8")
    assert read_weights(path, "task") == Weights(per="task")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[families]\na = -1", "families.a = -1.*0 or more"),
        ("[families]\na = nan", "families.a = nan.*0 or more"),
        ("[tasks]\n'a/1' = true", "tasks.a/1 = True"),
        ("others = inf", "others = inf"),
        ("families = 3", "It must be a table"),
        ("[families]\na = 0", "every weight is 0"),
        ("[familys]\na = 1", "Did you mean 'families'"),
        ("[families", "Weights are a TOML file"),
    ],
)
def test_bad_weights_are_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "w.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        read_weights(path)
