"""The verdict that findings make: faults first, steps next, and nothing untold ever passes."""

from __future__ import annotations

import numpy as np
import pytest
from tests.characteristics.design import drawn_suite

from tasklaws.assess.certificate import Certificate, generator, judged
from tasklaws.assess.check import Check, Finding, does_not_apply, unknown

EVIDENCE = drawn_suite(np.full((3, 4), 0.5), 8, np.random.default_rng(0)).evidence("family")

LETTERS = {
    "distinct_levels": "C1",
    "residual_dependence": "C2",
    "consistent_steps": "C3",
    "harness_ceiling": "C4",
    "human_time": "C5",
    "linearity": "C6",
    "surrogate": "C6",
    "hardness_adjustment": "C7",
    "enough_data": "C8",
    "step": "C9",
    "elicitation": "C10",
    "subtasks": None,
}
PASS, FAIL = Finding(ok=True, text="sound"), Finding(ok=False, text="broken")


def certificate(**findings: Finding) -> Certificate:
    checks = [
        Check(name, "D1", letter, "", "", "emerging", lambda *_: PASS) for name, letter in LETTERS.items()
    ]
    return judged(EVIDENCE, checks, [findings.get(check.name, PASS) for check in checks])


def test_judged_where_all_passes() -> None:
    found = certificate()
    assert found.verdict == "forecastable"
    assert found.can_carry
    assert found.process_metric is None


@pytest.mark.parametrize("name", ["harness_ceiling", "hardness_adjustment", "elicitation"])
def test_judged_where_something_else_sets_the_scores(name: str) -> None:
    found = certificate(**{name: Finding(ok=False, text=f"fault of {name}"), "step": FAIL})
    assert found.verdict == "invalid"
    assert found.because == (f"fault of {name}",)


@pytest.mark.parametrize("name", ["distinct_levels", "consistent_steps", "step"])
def test_judged_where_nothing_shows_beforehand(name: str) -> None:
    assert certificate(**{name: FAIL, "enough_data": FAIL}).verdict == "only_detectable"


@pytest.mark.parametrize("name", ["residual_dependence", "human_time", "subtasks"])
def test_judged_where_what_fails_does_not_decide(name: str) -> None:
    assert certificate(**{name: FAIL}).verdict == "forecastable"


@pytest.mark.parametrize("name", ["distinct_levels", "enough_data", "step", "linearity", "harness_ceiling"])
def test_judged_where_a_check_is_not_told(name: str) -> None:
    found = certificate(**{name: unknown("two more rungs", "not told")})
    assert found.verdict == "not_enough_data"
    assert found.because == ("two more rungs",)


def test_judged_where_a_check_has_nothing_to_look_at() -> None:
    assert certificate(elicitation=does_not_apply("one elicitation")).verdict == "forecastable"


def test_judged_through_a_process_metric() -> None:
    offer = Finding(ok=True, text="the NLL tells", details={"offered": "reference_nll"})
    found = certificate(linearity=FAIL, surrogate=offer)
    assert found.verdict == "forecastable_via_process"
    assert found.process_metric == "reference_nll"
    assert found.can_carry
    assert certificate(linearity=FAIL, surrogate=offer, enough_data=FAIL).verdict == "not_enough_data"
    assert certificate(linearity=FAIL, surrogate=FAIL).verdict == "only_detectable"
    assert certificate(linearity=FAIL, surrogate=unknown("log-probs", "?")).verdict == "not_enough_data"


def test_judged_by_all_tests_together() -> None:
    by_luck = Finding(ok=False, text="broken", p=0.03)
    several = {
        name: Finding(ok=True, text="sound", p=0.5) for name in ("distinct_levels", "consistent_steps")
    }
    assert certificate(step=by_luck).verdict == "only_detectable"
    found = certificate(step=by_luck, **several)
    assert found.verdict == "forecastable"
    step = next(one for one in found.listed if one.check.name == "step")
    assert step.p_holm == pytest.approx(0.09)
    assert step.ok is True
    sure = certificate(step=Finding(ok=False, text="broken", p=0.001), **several)
    assert sure.verdict == "only_detectable"


def test_generator_is_the_same_in_every_process_and_differs_between_checks() -> None:
    first, again, other = (generator(EVIDENCE, name).random() for name in ("step", "step", "binarity"))
    assert first == again
    assert first != other
