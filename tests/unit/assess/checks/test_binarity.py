"""D7: tokens that err alone are partly right, a gate is all or nothing, right or wrong cannot tell."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from tests.characteristics.checks._metric_worlds import THE_DESIGN, Shape, measured_family
from tests.characteristics.checks.binarity import at_the_bar, digests, written
from tests.characteristics.design import drawn_suite, first_family

from tasklaws.assess.check import CHECKS

judge = CHECKS["binarity"].judge
LONG = Shape(8, 7, 200)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("length", [3, 24])
def test_binarity_of_tokens_that_err_alone_is_one_over_their_number(length: int) -> None:
    found = judge(written(LONG, length, 0.0, 0.3, rng()), rng())
    assert found.ok is True
    assert found.statistic == pytest.approx(1 / length, rel=0.1)
    assert found.lower < 1 / length < found.upper


def test_binarity_of_correlated_tokens_as_published() -> None:
    found = judge(written(LONG, 24, 0.2, 0.0, rng()), rng())
    assert found.statistic == pytest.approx(0.235, abs=0.05)


def test_binarity_fails_where_a_gate_gives_right_answers_or_guesses() -> None:
    found = judge(digests(THE_DESIGN, 0.3, rng()), rng())
    assert found.ok is False
    assert found.statistic == pytest.approx(1, abs=0.1)
    assert found.p < 0.01
    assert "all or nothing" in found.text


def test_binarity_is_unknown_at_the_bar() -> None:
    outcomes = [judge(at_the_bar(THE_DESIGN, 0.0, rng(seed)), rng()).ok for seed in range(20)]
    assert outcomes.count(None) >= 12


def test_binarity_passes_where_one_metric_of_two_is_partial() -> None:
    gate = digests(THE_DESIGN, 0.3, rng())
    exact = gate.runs.filter(metric="exact")["score"].to_numpy().reshape(20, 6, 8)
    half = np.clip((exact + rng().random(exact.shape)) / 2, 0, 1)
    found = judge(measured_family({"exact": exact, "a": exact * 0.99, "b": half}, THE_DESIGN, rng()), rng())
    assert found.ok is True
    assert found.details["metrics"]["a"]["lower"] > 0.8


def test_binarity_does_not_apply_to_right_or_wrong() -> None:
    found = judge(first_family(drawn_suite(np.full((3, 4), 0.5), 8, rng())), rng())
    assert not found.applies


def test_binarity_is_unknown_where_nothing_is_solved_sometimes() -> None:
    exact = np.zeros((3, 6, 8))
    found = judge(
        measured_family({"exact": exact, "a": rng().random(exact.shape)}, Shape(6, 3, 8), rng()), rng()
    )
    assert found.ok is None
    assert found.applies


def test_binarity_is_the_same_for_the_same_seed() -> None:
    make = partial(written, THE_DESIGN, 24, 0.2, 0.3)
    assert repr(judge(make(rng()), rng(7))) == repr(judge(make(rng()), rng(7)))
