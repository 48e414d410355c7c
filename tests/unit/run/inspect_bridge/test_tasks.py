"""Families as tasks of Inspect: what they are told, what they ask, what their logs say."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest
from inspect_ai import eval  # noqa: A004  Inspect's own name for it
from inspect_ai._util.registry import registry_info, registry_lookup, registry_params
from inspect_ai.model import ModelOutput, ModelUsage, get_model

import tasklaws
from tasklaws.core.errors import BadInput, BadPlan, UnknownName
from tasklaws.families import FAMILIES
from tasklaws.run.inspect_bridge.instances import instance_of
from tasklaws.run.inspect_bridge.tasks import TASKS, family_task
from tasklaws.spec.harness import Harness

if TYPE_CHECKING:
    from pathlib import Path

    from inspect_ai import Task


def _told(task: Task) -> dict[str, Any]:
    assert task.metadata is not None
    return dict(task.metadata["tasklaws"])


def _ids(task: Task) -> list[str]:
    return [str(sample.id) for sample in task.dataset]


@pytest.mark.parametrize("name", FAMILIES)
def test_each_family_is_a_task_of_its_name(name: str) -> None:
    assert registry_lookup("task", f"tasklaws/{name}") is TASKS[name]
    family = FAMILIES[name]
    sizes = family.sizes[:2]
    task = family_task(name, sizes=sizes, items=2)
    assert task.name == name
    assert task.version == family.version
    assert _ids(task) == [f"{name}/{size}/0/{index}" for size in sizes for index in (0, 1)]
    assert _told(task)["content_hash"] == {f"{name}/{size}": family.content_hash(size) for size in sizes}
    assert _told(task)["target_metric"] == family.target_metric
    assert _told(task)["tasklaws_version"] == tasklaws.__version__


def test_families_are_named_without_being_read() -> None:
    script = (
        "import sys; import tasklaws.run.inspect_bridge.tasks\n"
        "print([m for m in sys.modules if m in ('tasklaws.families.transform', 'tasklaws.families.facts')])\n"
        "print([m for m in ('jax', 'polars') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "[]"]


@pytest.mark.parametrize("given", ["2,3", ["2", "3"], [2, 3], (2, 3), ("2", 3, 2), range(2, 4)])
def test_sizes_come_as_the_command_line_passes_them(given: Any) -> None:
    task = family_task("sha_of", sizes=given, items=1)
    assert _ids(task) == ["sha_of/2/0/0", "sha_of/3/0/0"]


def test_one_size_and_no_size() -> None:
    assert len(family_task("sha_of", sizes=4).dataset) == 10
    assert {instance_of(s.metadata or {}).size for s in family_task("sha_of", items=1).dataset} == set(
        FAMILIES["sha_of"].sizes
    )


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        ({"sizes": "2,x"}, BadInput, r"sizes of a family are '2,x'\. .*whole numbers.*-T sizes=1,10,100"),
        ({"sizes": 0}, BadInput, r"sizes of a family are 0\."),
        ({"sizes": [2, 2.5]}, BadInput, r"sizes of a family are \[2, 2\.5\]\."),
        ({"sizes": True}, BadInput, r"sizes of a family are True\."),
        ({"sizes": []}, BadInput, r"sizes of a family are \[\]\."),
        ({"items": 0}, BadPlan, r"number of items of a task is 0\. .*1 or more.* Correct it"),
        ({"items": "many"}, BadPlan, r"number of items of a task is 'many'"),
        ({"epochs": 0}, BadPlan, r"number of epochs is 0\."),
        ({"seed": -1}, BadPlan, r"seed of the instances is -1\."),
        ({"rendering": "latin"}, UnknownName, r"no rendering called 'latin'.*auto, compact, english"),
        ({"elicitation": "best_of_m@4"}, UnknownName, r"'best_of_m'. Did you mean 'best_of_n'"),
        ({"elicitation": "best_of_n"}, BadInput, r"is 'best_of_n'\. .*whole number of samples.*best_of_n@1"),
        ({"elicitation": "best_of_n@0"}, BadInput, r"is 'best_of_n@0'\."),
        ({"token_limit": "lots"}, BadInput, r"token_limit of a task is 'lots'\. .*-T token_limit=60"),
        ({"time_limit": 0.5}, BadInput, r"time_limit of a task is 0\.5\. Inspect counts it in whole"),
        ({"time_limit": -1}, BadPlan, r"time_limit of a harness is -1"),
        ({"harness": {"tokens": 5}}, UnknownName, r"no field of a harness called 'tokens'"),
        ({"harness": {"tools": ["pyton"]}}, UnknownName, r"no tool called 'pyton'. Did you mean 'python'"),
        ({"size": 3}, UnknownName, r"no parameter of a task called 'size'. Did you mean 'sizes'"),
        ({"asked": "nowhere"}, BadInput, r"no questions in nowhere\. .*questions\.json.*STUDY/models"),
    ],
)
def test_what_cannot_be_is_refused(words: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        TASKS["sha_of"](**{"sizes": 2, "items": 1} | words)


def test_there_is_no_such_family() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'sha_chain'"):
        family_task("sha_chian")


def test_a_task_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `inspect eval tasklaws/transform -T sizes=2,3 -T items=2` finds it, by the entry point."""
    monkeypatch.chdir(tmp_path)
    instance = FAMILIES["transform"].instance(2, 0)

    def answer(*_: object) -> ModelOutput:
        said = ModelOutput.from_content("mockllm/model", f"It is\n{instance.answer}")
        said.usage = ModelUsage(input_tokens=9, output_tokens=4, total_tokens=13)
        return said

    (log,) = eval(
        "tasklaws/transform",
        task_args={"sizes": ["2", "3"], "items": 2, "elicitation": "majority@2"},
        model=get_model("mockllm/model", custom_outputs=answer),
        display="none",
        log_dir=str(tmp_path),
    )
    assert (log.status, log.eval.task, log.eval.task_registry_name) == (
        "success",
        "transform",
        "tasklaws/transform",
    )
    assert log.eval.metadata is not None
    assert log.eval.metadata["tasklaws"]["elicitation"] == "majority@2"
    assert log.samples is not None
    right = {str(sample.id): sample.scores["family_metrics"] for sample in log.samples if sample.scores}
    assert {name: score.as_dict()["exact"] for name, score in right.items()} == {
        "transform/2/0/0": 1,
        "transform/2/0/1": 0,
        "transform/3/0/0": 0,
        "transform/3/0/1": 0,
    }


def test_limits_are_those_of_inspect() -> None:
    harness = Harness(message_limit=9, token_limit=500, turn_limit=4, time_limit=60.0, cost_limit=0.5)
    task = family_task("sha_of", sizes=2, items=1, harness=harness)
    assert (task.message_limit, task.token_limit, task.turn_limit, task.time_limit) == (9, 500, 4, 60)
    assert (task.working_limit, task.cost_limit) == (None, 0.5)
    assert isinstance(task.time_limit, int)
    assert task.setup is None
    assert _told(task)["harness"] == asdict(harness)
    assert _told(task)["harness_id"] == harness.harness_id


def test_a_limit_by_name_goes_before_that_of_the_harness() -> None:
    words = {"sizes": 2, "items": 1, "harness": {"token_limit": 500, "scaffold": "loop"}}
    told = _told(TASKS["sha_of"](**words, token_limit=50))
    assert told["harness"] == asdict(Harness(token_limit=50, scaffold="loop"))


def test_a_harness_that_sets_nothing_is_the_default_one() -> None:
    assert _told(family_task("sha_of", sizes=2, items=1))["harness_id"] == "default"
    named = family_task("sha_of", sizes=2, items=1, harness=Harness(token_limit=5), harness_id="short")
    assert _told(named)["harness_id"] == "short"


def test_limits_of_calls_are_set_up_for_our_tools() -> None:
    assert family_task("sha_of", sizes=2, items=1, harness=Harness(call_limit=0.5)).setup is not None
    assert family_task("sha_of", sizes=2, items=1, harness=Harness(tools=("python",))).setup is not None


@pytest.mark.parametrize(
    ("word", "label"), [("greedy", "greedy"), ("greedy@1", "greedy"), ("best_of_n@4", "best_of_n@4")]
)
def test_the_elicitation_has_the_name_of_the_tables(word: str, label: str) -> None:
    assert _told(family_task("sha_of", sizes=2, items=1, elicitation=word))["elicitation"] == label


def test_a_log_makes_its_task_again() -> None:
    harness = Harness(token_limit=500, tools=("python",))
    task = family_task("sha_of", sizes=(2, 3), items=2, seed=5, epochs=3, harness=harness, harness_id="x")
    passed = json.loads(json.dumps(registry_params(task)))
    again = TASKS["sha_of"](**passed)
    assert registry_info(task).name == "tasklaws/sha_of"
    assert _ids(again) == _ids(task)
    assert _told(again) == _told(task)
    assert (again.epochs, again.token_limit) == (3, 500)


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """Return a folder that holds questions of two families, of one with gaps between them."""
    questions = [
        *(FAMILIES["sha_of"].instance(2, index) for index in (4, 7, 9)),
        *(FAMILIES["sha_of"].instance(3, index) for index in (1, 2)),
        FAMILIES["transform"].instance(2, 0),
    ]
    record = {"questions": [asdict(one) for one in questions], "documents": []}
    (tmp_path / "questions.json").write_text(json.dumps(record))
    return tmp_path


def test_held_out_questions_are_put_as_they_stand(asked: Path) -> None:
    found = _ids(family_task("sha_of", asked=str(asked)))
    assert found == ["sha_of/2/0/4", "sha_of/2/0/7", "sha_of/2/0/9", "sha_of/3/0/1", "sha_of/3/0/2"]
    assert _ids(family_task("sha_of", asked=str(asked), sizes=2, items=2)) == found[:2]
    assert _told(family_task("sha_of", asked=str(asked)))["items"] == 3


def test_questions_that_are_not_held_out_are_not_put(asked: Path) -> None:
    with pytest.raises(BadInput, match=r"no questions of 'sha_of' of size 4\. .*held out.*leave `asked` out"):
        family_task("sha_of", asked=str(asked), sizes=(2, 4))
    with pytest.raises(BadInput, match=r"no questions of 'facts'\."):
        family_task("facts", asked=str(asked))


def test_questions_of_another_version_are_not_put(asked: Path) -> None:
    changed = replace(FAMILIES["sha_of"].instance(2, 0), answer="other")
    (asked / "questions.json").write_text(json.dumps({"questions": [asdict(changed)], "documents": []}))
    with pytest.raises(BadInput, match=r"sha_of/2/0/0 is another one.*makes a question again.*train anew"):
        family_task("sha_of", asked=str(asked))
