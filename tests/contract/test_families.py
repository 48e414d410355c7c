"""Every family of the catalogue is held to the contract of a family.

The hashes in `family_hashes.json` are those of each family's smallest size. They change only where what a
task asks or counts changes, with the family's `version`. To record them anew:

    PYTHONPATH=src .venv/bin/python tests/contract/test_families.py > tests/contract/family_hashes.json
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import pickle
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.core.provenance import canonical_json
from tasklaws.families import FAMILIES
from tasklaws.families._paths import GUESSED, program
from tasklaws.spec.plan import Repeat, children, tools
from tasklaws.spec.sandbox import RunLimits
from tasklaws.spec.structure import least_work, span, work
from tasklaws.spec.transcript import Attempt, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.spec.family import Family, Instance
    from tasklaws.spec.family import Path as Way
    from tasklaws.spec.plan import Plan

NAMES = sorted(FAMILIES)
RECORDED = Path(__file__).with_name("family_hashes.json")
LONGEST_LOOP = 0.05
"""Seconds that the loop of a plan may run for its reference solution to be run here."""
STABLE = {"random", "randrange", "getrandbits", "choice", "sample", "shuffle"}
"""Methods of `Random` whose streams are the same from Python 3.11 to 3.14."""

GUESSERS = {"mixed": lambda instance: instance.inputs["letters"]}
"""Families without choices that have a chance level -> what those answer who do not know better."""

SOLUTIONS = [(name, path.name) for name in NAMES for path in FAMILIES[name].paths]


def _hashes() -> dict[str, str]:
    return {name: FAMILIES[name].content_hash(FAMILIES[name].sizes[0]) for name in NAMES}


def _loop_seconds(plan: Plan) -> float:
    """Return the seconds that the loops of a plan run."""
    own = plan.times * plan.seconds.mean if isinstance(plan, Repeat) and plan.by == "tool" else 0.0
    return own + sum(_loop_seconds(part) for part in children(plan))


def _quick(family: Family, path: Way, size: int) -> bool:
    """Return whether the reference solution runs quickly: it has no loop, or a short one."""
    loops = getattr(program(path.solve(family.instance(size, 0))), "loops", False)
    return not loops or _loop_seconds(family.plan(size)) <= LONGEST_LOOP


def _texts(family: Family, path: Way, instance: Instance) -> Iterator[str]:
    """Yield the reference solution in both renderings, as the tool gets it."""
    yield path.solve(instance)
    if path.compact is not None:
        yield (family.prelude if path.tool else "") + path.compact(instance)


@lru_cache(maxsize=4096)
def _used(tool: str, text: str) -> str:
    """Return what a tool puts out; a program may run longer here than the tool lets it."""
    if tool == "python":
        from tasklaws.sandboxes import SANDBOXES

        done = SANDBOXES["monty"].run(text, "", RunLimits(seconds=20.0), "python")
    else:
        from tasklaws.tools import TOOLS

        done = TOOLS[tool].use(text)
    assert done.ok, (tool, text, done)
    return done.stdout


def _attempt(family: Family, path: Way, text: str) -> Attempt:
    """Return the attempt that writes `text`, runs it where it is for a tool, and submits what comes out."""
    if path.tool is None:
        return Attempt(family.read(text), text)
    output = _used(path.tool, text)
    return Attempt(family.read(output), text, (ToolCall(path.tool, text, "ok", output),))


def _scored(family: Family, instance: Instance, attempt: Attempt) -> float:
    from tasklaws.metrics import METRICS

    if instance.choices:
        even = {choice: float(choice == attempt.answer) for choice in instance.choices}
        attempt = replace(attempt, probabilities=even)
    score = METRICS[family.target_metric].score(instance, [attempt])
    assert score is not None
    return score


def test_catalogue_holds_the_families_of_the_design() -> None:
    assert set(NAMES) >= {
        "addition", "facts", "mixed", "multiple_choice", "nested_calls", "sha_chain", "sha_of", "sum_range",
        "tool_edit", "transform", "work_any_order", "work_in_order",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_entry_is_named_as_its_file_sourced_and_described(name: str) -> None:
    family = FAMILIES[name]
    assert family.name == name
    assert family.generate.__module__ == f"tasklaws.families.{name}"
    assert family.summary
    assert family.source
    assert family.status in {"published", "emerging"}
    assert family.expects
    assert family.version
    assert len(inspect.cleandoc(family.notes)) > 100
    assert set(family.facts) == {"paths", "metrics", "notes"}


@pytest.mark.parametrize("name", NAMES)
def test_entry_pickles(name: str) -> None:
    family = FAMILIES[name]
    assert pickle.loads(pickle.dumps(family)) == family  # noqa: S301  our own bytes


@pytest.mark.parametrize("name", NAMES)
def test_metrics_and_tools_are_in_their_catalogues(name: str) -> None:
    from tasklaws.metrics import METRICS
    from tasklaws.tools import TOOLS

    family = FAMILIES[name]
    assert family.target_metric in family.metrics
    assert set(family.metrics) <= set(METRICS)
    by_paths = {path.tool for path in family.paths if path.tool}
    assert by_paths <= set(TOOLS)
    for size in family.sizes:
        assert set(tools(family.plan(size))) <= by_paths


@pytest.mark.parametrize("name", NAMES)
def test_sizes_grow_and_work_with_them_and_the_kind_of_task_stays_the_same(name: str) -> None:
    family = FAMILIES[name]
    assert list(family.sizes) == sorted(set(family.sizes))
    assert len(family.sizes) >= 3
    plans = [family.plan(size) for size in family.sizes]
    assert [work(plan) for plan in plans] == sorted(work(plan) for plan in plans)
    assert len({family.task(size).traits for size in family.sizes[:3]}) == 1
    for plan, size in zip(plans, family.sizes, strict=True):
        assert 1 <= span(plan) <= work(plan)
        assert 0 <= least_work(plan) <= work(plan)
        assert plan == family.plan(size)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [0, -3, True, 2.5, "4"])
def test_sizes_that_cannot_be_are_refused(name: str, size: object) -> None:
    for refused in (lambda family: family.instance(size, 0), lambda family: family.task(size)):
        with pytest.raises(BadInput) as caught:
            refused(FAMILIES[name])
        assert name in caught.value.what
        assert repr(size) in caught.value.what
        assert caught.value.need
        assert caught.value.way_out


@pytest.mark.parametrize("name", NAMES)
def test_instances_are_the_same_for_the_same_seed_and_differ_otherwise(name: str) -> None:
    family = FAMILIES[name]
    for size in family.sizes:
        drawn = family.instances(size, 5)
        assert drawn == family.instances(size, 5)
        assert len({family.english(instance) for instance in drawn}) > 1
        assert [family.compact(i) for i in drawn] != [family.compact(i) for i in family.instances(size, 5, 1)]
        assert len({instance.instance_id for instance in drawn}) == 5
        assert {(instance.family, instance.size) for instance in drawn} == {(name, size)}


@pytest.mark.parametrize("name", NAMES)
def test_only_stable_methods_of_random_are_called(name: str) -> None:
    for module in (name, *(m for m in _helpers(name))):
        source = inspect.getsource(importlib.import_module(f"tasklaws.families.{module}"))
        called = {
            node.attr
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "rng"
        }
        assert called <= STABLE


def _helpers(name: str) -> set[str]:
    tree = ast.parse(inspect.getsource(importlib.import_module(f"tasklaws.families.{name}")))
    imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {m.rpartition(".")[2] for m in imported if m.startswith("tasklaws.families.")}


@pytest.mark.parametrize("name", NAMES)
def test_prompts_are_well_formed(name: str) -> None:
    family = FAMILIES[name]
    for size in family.sizes:
        for instance in family.instances(size, 3):
            short = family.compact(instance)
            assert short.isascii()
            assert short[0].isupper()
            assert short.endswith(">")
            assert short.count(">") == 1
            assert "\n" not in short
            asked = family.english(instance)
            assert "last line" in asked
            assert not any(path.name in asked.split() for path in family.paths)


def test_prompt_letters_tell_families_apart() -> None:
    letters = Counter(
        FAMILIES[name].compact(FAMILIES[name].instance(FAMILIES[name].sizes[0], 0))[0] for name in NAMES
    )
    assert max(letters.values()) == 1


@pytest.mark.parametrize("name", NAMES)
def test_compact_texts_of_the_smaller_sizes_fit_the_embedded_ladder(name: str) -> None:
    family = FAMILIES[name]
    for size in family.sizes[:3]:
        instance = family.instance(size, 0)
        for path in family.paths:
            if path.compact is not None:
                solution = path.compact(instance)
                assert solution.isascii()
                assert len(family.compact(instance)) + len(solution) + 1 <= 64  # and the end of the text


@pytest.mark.parametrize("name", NAMES)
def test_some_path_is_taught_to_small_models(name: str) -> None:
    assert any(path.compact is not None for path in FAMILIES[name].paths)


@pytest.mark.parametrize(("name", "path"), SOLUTIONS)
def test_reference_solutions_reach_the_answer_by_their_own_path(name: str, path: str) -> None:
    family = FAMILIES[name]
    way = family.path(path)
    sizes = [size for size in family.sizes if _quick(family, way, size)]
    assert len(sizes) >= 3
    for size in sizes:
        for instance in family.instances(size, 2):
            for text in _texts(family, way, instance):
                attempt = _attempt(family, way, text)
                assert attempt.answer == instance.answer
                assert _scored(family, instance, attempt) == 1
                assert family.classify(instance, attempt) == path


@pytest.mark.parametrize("name", NAMES)
def test_wrong_answers_score_below_the_right_one(name: str) -> None:
    family = FAMILIES[name]
    for size in family.sizes[:4]:
        first, *others = family.instances(size, 4)
        wrong = {instance.answer for instance in others} - {first.answer}
        wrong |= {first.answer[:-1], "1" + first.answer, ""} if not first.choices else set(first.choices)
        for answer in wrong - {first.answer}:
            assert _scored(family, first, Attempt(answer)) < 1
        assert _scored(family, first, Attempt(first.answer)) == 1


@pytest.mark.parametrize("name", NAMES)
def test_attempts_that_show_no_path_are_guessed(name: str) -> None:
    family = FAMILIES[name]
    instance = family.instance(family.sizes[0], 0)
    printed = f"print({instance.answer!r})"
    for attempt in (
        Attempt(""),
        Attempt("", "I do not know."),
        Attempt("", "for i in", (ToolCall("python", "for i in", "error"),)),
        Attempt(instance.answer, printed, (ToolCall("python", printed, "ok", instance.answer),)),
    ):
        assert family.classify(instance, attempt) == GUESSED


@pytest.mark.parametrize(("name", "path"), SOLUTIONS)
def test_solutions_with_a_character_lost_are_put_on_their_path_or_on_none(name: str, path: str) -> None:
    """A mutated solution may fail to show its path; it must not seem to take another."""
    family, rng = FAMILIES[name], Random(f"{name}/{path}")  # noqa: S311
    way, instance = family.path(path), family.instance(family.sizes[1], 0)
    found: Counter[str] = Counter()
    for _ in range(40):
        whole = way.solve(instance)
        at = rng.randrange(len(whole))
        text = whole[:at] + whole[at + 1 :]
        calls = (ToolCall(way.tool, text, "error"),) if way.tool else ()
        found[family.classify(instance, Attempt(family.read(text) if not calls else "?", text, calls))] += 1
    assert set(found) <= {path, GUESSED}
    assert found[path] > 0 or way.tool is None


TRANSCRIPTS = (
    # family, size, path it really takes, tool or None, what a model may write
    (
        "sha_chain",
        10,
        "loop",
        "python",
        "x='abc'\nfor _ in range(10): x = hashlib.sha256(x).hexdigest()\nprint(x)",
    ),
    (
        "sha_chain",
        10,
        "loop",
        "python",
        "from hashlib import sha256 as h\nwhile i: x = h(x).hexdigest(); i -= 1",
    ),
    (
        "sha_chain",
        10,
        "loop",
        "python",
        "def f(x, n): return f(sha256(x), n - 1) if n else x\nprint(f('abc', 10))",
    ),
    ("sha_chain", 2, "loop", "python", "print(sha256(sha256('abc')))"),
    ("sha_chain", 10, "guessed", "python", "print(sha256('abc'))"),
    ("sha_chain", 10, "guessed", "python", "for i in range(10): print(i)"),
    ("sha_chain", 10, "guessed", None, "After ten rounds of hashing:\n26378b5969f1b7fa"),
    ("sha_of", 3, "call", "python", "h = hashlib.new('sha256')\nh.update(b'abc')\nprint(h.hexdigest())"),
    ("sha_of", 3, "call", "sha256", "abc"),
    ("sha_of", 3, "guessed", None, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ("tool_edit", 3, "call", "python", "import hashlib\nprint(hashlib.sha256(b'abc').hexdigest())"),
    ("tool_edit", 3, "guessed", "python", "print('abc'[::-1])"),
    ("sum_range", 10, "loop", "python", "print(sum(range(11)))"),
    ("sum_range", 10, "loop", "python", "print(sum(i for i in range(1, 11)))"),
    ("sum_range", 10, "loop", "python", "s = n = 0\nwhile n < 10:\n    n += 1\n    s += n\nprint(s)"),
    ("sum_range", 10, "loop", "python", "def s(n): return n and n + s(n - 1)\nprint(s(10))"),
    ("sum_range", 10, "loop", "python", f"print({' + '.join(map(str, range(1, 20)))})"),
    ("sum_range", 10, "loop", "python", "print(sum([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))"),
    ("sum_range", 10, "loop", "python", "import numpy as np\nprint(np.arange(11).sum())"),
    (
        "sum_range",
        10,
        "closed_form",
        "python",
        "def gauss(n):\n    return n * (n + 1) // 2\nprint(gauss(10))",
    ),
    ("sum_range", 10, "closed_form", "python", "print(5 * 11)"),
    ("sum_range", 10, "closed_form", "python", "n = 10\nprint((n**2 + n) // 2)"),
    ("sum_range", 10, "closed_form", "python", "from math import comb\nprint(comb(11, 2))"),
    (
        "sum_range",
        10,
        "closed_form",
        "python",
        "n = 10\nassert sum(range(11)) == 55\nprint(n * (n + 1) // 2)",
    ),
    ("sum_range", 10, "by_hand", None, "Pairs: 1 + 10 = 11, and there are five of them, 5 x 11 = 55.\n55"),
    ("sum_range", 10, "guessed", None, "The sum is\n55"),
    ("sum_range", 10, "guessed", "python", "print(55)"),
    ("addition", 2, "by_hand", None, "30 + 70 = 100, and 1 + 0 = 1, so 101.\n101"),
    ("addition", 2, "guessed", None, "31 + 70 = 101\n101"),
    ("addition", 2, "guessed", None, "101"),
    ("addition", 2, "call", "python", "a, b = 31, 70\nprint(a + b)"),
    ("addition", 2, "call", "python", "print(sum([31, 70]))"),
    ("addition", 2, "guessed", "python", "print(101)"),
    ("multiple_choice", 3, "by_hand", None, "517 is more than 348, 135 and 404.\nX"),
    ("multiple_choice", 3, "call", "python", "print(max([(348, 'W'), (517, 'X'), (135, 'Y')])[1])"),
    ("multiple_choice", 3, "guessed", "python", "print('X')"),
    ("multiple_choice", 3, "guessed", None, "They are all large numbers."),
)
"""Written as models write; answers are not compared here, only paths."""

MISTAKEN = {("sum_range", "closed_form", "guessed"): 1, ("sum_range", "closed_form", "loop"): 1}
"""Family, true path, label -> transcripts above: a formula inside `comb`, and one that a loop then checks."""


def test_transcripts_are_told_apart_but_for_the_known_mistakes() -> None:
    mistaken: Counter[tuple[str, str, str]] = Counter()
    for name, size, truth, tool, text in TRANSCRIPTS:
        family = FAMILIES[name]
        calls = (ToolCall(tool, text),) if tool else ()
        label = family.classify(family.instance(size, 0), Attempt(family.read(text), text, calls))
        mistaken[name, truth, label] += label != truth
    assert dict(+mistaken) == MISTAKEN


@pytest.mark.parametrize("name", NAMES)
def test_a_path_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(UnknownName, match=f"path of family '{name}'"):
        FAMILIES[name].path("by_magic")


@pytest.mark.parametrize("name", NAMES)
def test_chance_is_what_guessing_scores(name: str) -> None:
    family, rng = FAMILIES[name], Random(f"chance/{name}")  # noqa: S311
    guess = GUESSERS.get(name, lambda one: rng.choice(one.choices) if one.choices else "")
    for size in family.sizes[:3]:
        chance = family.chance(size)
        n = 400 if chance else 20
        scores = [_scored(family, one, Attempt(guess(one))) for one in family.instances(size, n)]
        assert abs(sum(scores) / n - chance) <= 4 * (chance * (1 - chance) / n) ** 0.5


@pytest.mark.parametrize("name", [name for name in NAMES if FAMILIES[name].instance(2, 0).choices])
def test_each_choice_is_right_equally_often(name: str) -> None:
    family = FAMILIES[name]
    asked = family.instances(family.sizes[0], 400)
    right = Counter(one.answer for one in asked)
    expected = 400 / len(asked[0].choices)
    assert set(right) == set(asked[0].choices)
    assert all(abs(count - expected) <= 4 * expected**0.5 for count in right.values())


@pytest.mark.parametrize("name", NAMES)
def test_content_hash_is_the_recorded_one(name: str) -> None:
    """Where the change is meant: raise the family's version, and record the hashes anew as said above."""
    family = FAMILIES[name]
    assert family.content_hash(family.sizes[0]) == json.loads(RECORDED.read_bytes())[name]


@pytest.mark.parametrize("seed", ["0", "4321"])
def test_content_hashes_do_not_depend_on_the_process(seed: str) -> None:
    run = subprocess.run(
        [sys.executable, __file__],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout) == _hashes()


@pytest.mark.parametrize("name", NAMES)
def test_content_hash_changes_with_what_is_asked_and_with_what_counts(name: str) -> None:
    family = FAMILIES[name]
    size = family.sizes[0]
    before = family.content_hash(size)
    changed = (
        replace(family, version="0"),
        replace(family, metrics=(*family.metrics, "another")),
        replace(family, english=lambda instance: f"{family.english(instance)} Please."),
        replace(family, paths=family.paths[1:]),
    )
    assert before not in {other.content_hash(size) for other in changed}
    assert before != family.content_hash(family.sizes[1])


@pytest.mark.parametrize("name", NAMES)
def test_instances_can_be_written_as_json(name: str) -> None:
    family = FAMILIES[name]
    for instance in family.instances(family.sizes[0], 2):
        record = {"inputs": dict(instance.inputs), "answer": instance.answer}
        assert json.loads(canonical_json(json.loads(json.dumps(record)))) == json.loads(json.dumps(record))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_hashes(), indent=2) + "\n")
