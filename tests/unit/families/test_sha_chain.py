"""sha_chain: one task at every size, and a ceiling that the timeout sets."""

from __future__ import annotations

import hashlib
from functools import reduce
from itertools import product

import pytest

from tasklaws.families.sha_chain import FAMILY, KNOWN, SECONDS_PER_TURN, chain
from tasklaws.spec.agent import Agent
from tasklaws.spec.harness import Harness
from tasklaws.spec.structure import groups, least_work, shared_groups, span, work
from tasklaws.theory.exact import evaluate


def _hashed(text: str, turns: int) -> str:
    return reduce(lambda so_far, _: hashlib.sha256(so_far.encode("ascii")).hexdigest(), range(turns), text)


@pytest.mark.parametrize("size", [1, 2, 10, 1000])
def test_answer_is_the_digest_of_the_digest_and_so_on(size: int) -> None:
    for instance in FAMILY.instances(size, 3):
        assert instance.answer == _hashed(instance.inputs["word"], size)


def test_one_turn_is_the_published_digest() -> None:
    # FIPS 180-2, appendix B.1
    assert chain("abc", 1) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_long_chains_come_from_the_record() -> None:
    assert [len(words) for words in KNOWN.values()] == [8, 8, 8]
    for size, words in KNOWN.items():
        for instance in FAMILY.instances(size, 6):
            assert instance.answer == words[instance.inputs["word"]]
    assert KNOWN[10**6]["abc"] == _hashed("abc", 10**6)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "word"), [*product([10**6, 10**7], KNOWN[10**6]), (10**8, "abc")])
def test_recorded_chains_are_right(size: int, word: str) -> None:
    assert KNOWN[size][word] == _hashed(word, size)


def test_nothing_in_the_plan_can_be_left_out_or_done_at_once() -> None:
    plan = FAMILY.plan(1000)
    assert (work(plan), span(plan), least_work(plan)) == (1000, 1000, 1000)
    traits = FAMILY.task(1000).traits
    assert (traits.tool, traits.sequential, traits.deterministic, traits.knowledge) == (
        True,
        True,
        True,
        False,
    )
    assert "loop: hash" in shared_groups(plan)
    assert set(groups(plan)) == {"script"}


@pytest.mark.parametrize("timeout", [1e-3, 0.5, 4.0, 30.0])
def test_score_over_the_sizes_is_the_script_times_a_ceiling_set_by_the_timeout(timeout: float) -> None:
    """Formal model, P5: kappa(theta) x, with x the share of sizes that end within the timeout."""
    share = sum(size * SECONDS_PER_TURN.value <= timeout for size in FAMILY.sizes) / len(FAMILY.sizes)
    for error in (0.0, 0.01):
        agent, harness = Agent("any", {"general": error}), Harness(call_limit=timeout)
        found = [evaluate(FAMILY.plan(size), agent, harness).success for size in FAMILY.sizes]
        scripts = [evaluate(FAMILY.plan(size), agent).success for size in FAMILY.sizes]
        solved = [score for score in found if score > 0]
        assert len(solved) == share * len(FAMILY.sizes)
        assert solved == pytest.approx(scripts[: len(solved)])
    assert scripts[-1] == pytest.approx(scripts[0], abs=0.02)


def test_there_is_one_path_and_one_thing_to_expect() -> None:
    assert [path.name for path in FAMILY.paths] == ["loop"]
    assert FAMILY.expects == ("one threshold: all tasks are one task",)


def test_compact_rendering_is_that_of_the_embedded_ladder() -> None:
    instance = FAMILY.instance(10, 0)
    word = instance.inputs["word"]
    assert FAMILY.compact(instance) == f"S{word} 10>"
    path = FAMILY.path("loop")
    assert path.compact is not None
    assert path.compact(instance) == f"x='{word}'\nfor i in range(10):x=sha256(x)\nprint(x)"
