"""D6: longer and not harder, within families, between them, in one family."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.characteristics.checks._timed import Size, baselines, sloped, timed, world_suite
from tests.characteristics.design import drawn_suite

from tasklaws.assess.check import CHECKS
from tasklaws.assess.loop_share import loop_share, loop_shares
from tasklaws.assess.time_axis import time_axis
from tasklaws.assess.time_slopes import slopes
from tasklaws.core.tables import HUMAN_TIMES
from tasklaws.families import FAMILIES
from tasklaws.infer.irt.explained import curves, regress
from tasklaws.spec.plan import InOrder, Repeat
from tasklaws.spec.step import Step

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Suite

JUDGE = CHECKS["padding"].judge
BIG = Size(12, 10, 8, runs=40, people=8)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def finding(suite: Suite, family: int = 0):  # noqa: ANN201
    return JUDGE(suite.evidence(suite.families[family]), rng())


def test_equal_slopes_pass() -> None:
    found = finding(sloped(1.0, BIG, rng()))
    assert found.ok
    assert found.lower < 1.05
    assert found.upper > 0.95


def test_padding_within_families_is_found() -> None:
    found = finding(sloped(0.0, BIG, rng()))
    assert found.ok is False
    assert "within" in found.details["called"]
    assert "law over the ladder is not touched" in found.text


def test_padding_between_families_is_found() -> None:
    size, source = Size(16, 8, 8, runs=20, people=8), rng()
    own, mean = source.normal(size=128), np.repeat(2 * source.normal(size=16), 8)
    found = finding(timed(own, own - own.reshape(16, 8).mean(1).repeat(8) + mean, size, rng()))
    assert found.ok is False
    assert "between" in found.details["called"]


def test_a_flat_family_is_found_and_its_neighbours_are_not_blamed_for_it() -> None:
    suite = sloped(1.0, Size(8, 20, runs=20), rng(), first=(0.0, 1.0, 4.0))
    assert "own" in finding(suite).details["called"]
    assert "own" not in finding(suite, 1).details["called"]


def test_a_family_five_times_as_long_is_found() -> None:
    suite = sloped(1.0, BIG, rng(), first=(1.0, 5.0, 1.0), residual=0.2)
    found = finding(suite)
    assert found.details["called"] == ["longer"]
    assert found.details["times_as_long"] == pytest.approx(5, rel=0.4)
    assert finding(suite, 1).ok


def test_twins_of_w8_are_found_in_half_of_the_worlds_or_more() -> None:
    names = "coding_padded", "coding"
    suites = [world_suite("padded", 6, 20, rng(seed)) for seed in range(5)]
    fails = [[JUDGE(suite.evidence(name), rng()).ok is False for suite in suites] for name in names]
    assert sum(fails[0]) >= 3
    assert sum(fails[1]) <= 1


def test_few_families_are_unknown_and_none_without_times() -> None:
    assert finding(world_suite("spread_skills", 6, 8, rng())).reason == "fewer-than-6-families"
    assert not finding(replace(sloped(1.0, Size(), rng()), human=HUMAN_TIMES.empty())).applies


def test_errors_of_times_do_not_pass_for_padding() -> None:
    size = Size(12, 10, 8, runs=40, people=2)
    axis = time_axis(sloped(1.0, size, rng()))
    assert axis is not None
    found = slopes(axis)
    assert found is not None
    assert found.within.slope.value == pytest.approx(1.0, abs=0.25)


def test_loops_add_no_new_thing_to_get_right() -> None:
    step = Step("turn")
    assert loop_share(Repeat(step, 20, "tool")) == pytest.approx(0.95)
    assert loop_share(Repeat(step, 20, "hand")) == 0
    assert loop_share(InOrder((Step("a", group="script"), Step("b", group="script")))) == pytest.approx(0.5)


def test_plans_of_our_families_tell_their_loops() -> None:
    assert loop_shares("sha_chain", ["sha_chain/10", "sha_chain/odd", "other/3"]) == {
        "sha_chain/10": loop_share(FAMILIES["sha_chain"].plan(10))
    }
    assert loop_share(FAMILIES["sha_chain"].plan(10)) == pytest.approx(0.9)
    assert loop_shares("unheard_of", ["unheard_of/1"]) == {}


def test_the_regression_finds_a_known_line_though_many_tasks_are_never_solved() -> None:
    source = rng()
    x = source.normal(size=400) * 2
    ability, n = np.linspace(-4, -2, 6), np.full((400, 6), 20.0)
    difficulty = 0.5 + x + 0.7 * source.normal(size=400)
    k = source.binomial(20, 1 / (1 + np.exp(difficulty[:, None] - ability))).astype(float)
    told = curves(k, n, np.zeros(400), ability)
    found = regress(told, np.column_stack([np.ones(400), x]), np.ones((1, 400)))
    assert (k.sum(1) == 0).mean() > 0.1
    assert found.coefficients[0] == pytest.approx([0.5, 1.0], abs=0.15)
    assert found.sd[0] == pytest.approx(0.7, abs=0.12)


@pytest.mark.parametrize("name", ["human_time", "padding"])
@pytest.mark.parametrize(
    "kind", ["random", "zero", "one", "single", "two", "fractional", "asked not", "alike"]
)
def test_odd_counts_get_an_answer(name: str, kind: str) -> None:
    source = rng(3)
    tasks, models = (1 if kind == "single" else 24), (2 if kind == "two" else 6)
    rates = {"zero": 0.0, "one": 1.0}.get(kind, 0.5) * np.ones((tasks, models))
    families = tuple(f"f{i % 8}" for i in range(tasks))
    suite = drawn_suite(rates, 8, source, families=families, floor=0.25)
    counts = suite.counts
    if kind == "fractional":
        counts = replace(counts, k=counts.k * source.random(counts.k.shape))
    if kind == "asked not":
        counts = replace(counts, k=counts.k * 0, n=counts.n * 0)
    minutes = np.exp((0 if kind == "alike" else 2) * source.normal(size=(tasks, 2)))
    human = baselines(counts.tasks, families, minutes).with_columns(
        score=pl.Series(source.integers(0, 2, minutes.size).astype(float))
    )
    found = CHECKS[name].judge(replace(suite, counts=counts, human=human).evidence("f0"), source)
    assert found.text
    assert found.ok is not True or kind in {"random", "fractional"}
    assert found.p is None or 0 <= found.p <= 1
