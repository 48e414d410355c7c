"""Looking into a model: who is chosen, what is tuned on, how sure a gain is, and the step as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tasklaws.families import FAMILIES
from tasklaws.ladder.corpus import Ingredient, held_out, kept_aside
from tasklaws.ladder.generate import Writer
from tasklaws.ladder.model import initial
from tasklaws.ladder.preset import PRESETS
from tasklaws.ladder.size import size_of
from tasklaws.run import rung_internals
from tasklaws.run.local import LocalSolver
from tasklaws.run.local_attempts import LocalAttempt
from tasklaws.run.rung_internals import fresh, gain, graded, looked_into
from tasklaws.spec.transcript import Attempt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.family import Instance

CHOICE = Ingredient("multiple_choice", 1.0, (1, 2))
CHAIN = Ingredient("work_in_order", 1.0, (1, 3))
MIX = (CHOICE, CHAIN, Ingredient("facts", 1.0, (1,), seen=True))
SIZE = size_of(8)


@pytest.fixture(scope="module")
def writer() -> Writer:
    return Writer(SIZE, initial(SIZE, 0))


class Able(LocalSolver):
    """A solver that is right on a stated share of the questions of each family."""

    def __init__(self, writer: Writer, shares: dict[str, float]) -> None:
        super().__init__(writer)
        self.shares = shares
        self.asked: list[Instance] = []

    def attempts(
        self, instances: Sequence[Instance], temperature: float, rng: np.random.Generator, **_: object
    ) -> list[Attempt]:
        self.asked += instances
        return [None] * len(instances)  # type: ignore[list-item]

    def right(self, instance: Instance, attempt: Attempt) -> bool:
        own = [one for one in self.asked if one.family == instance.family]
        return own.index(instance) < self.shares[instance.family] * len(own)


def test_fresh_questions_are_different_and_never_kept_aside() -> None:
    family = FAMILIES[CHAIN.family]
    prompts = [family.compact(one) for one in fresh(CHAIN, 40)]
    assert 40 < len(prompts) == len(set(prompts)) <= 80
    assert not any(map(kept_aside, prompts))
    assert {one.size for one in fresh(CHAIN, 40)} == {1, 3}


def test_the_pilot_is_part_of_what_is_sampled_on() -> None:
    few, more = ({FAMILIES[CHAIN.family].compact(one) for one in fresh(CHAIN, n)} for n in (10, 40))
    assert few < more


@pytest.mark.parametrize(
    ("choice", "chain", "wanted"),
    [
        (0.3, 0.45, ["work_in_order", "multiple_choice"]),
        (0.45, 0.75, ["multiple_choice", "work_in_order"]),
        (0.0, 0.5, ["work_in_order"]),
        (1.0, 0.02, []),
    ],
)
def test_families_nearest_to_one_half_are_chosen(
    writer: Writer, choice: float, chain: float, wanted: list[str]
) -> None:
    solver = Able(writer, {"multiple_choice": choice, "work_in_order": chain})
    assert [part.family for part in graded(solver, MIX)] == wanted
    assert not any(kept_aside(FAMILIES[one.family].compact(one)) for one in solver.asked)


def test_a_gain_has_the_interval_of_matched_proportions() -> None:
    """With 20 of 100 won and 5 lost: (20.5 - 5.5) / 102 and its standard error."""
    before = np.arange(100) < 40
    after = before.copy()
    after[:5], after[60:80] = False, True
    lower, upper = gain(before, after)
    middle = 15 / 102
    half = 1.644854 * np.sqrt(26 / 102 - middle**2) / np.sqrt(102)
    assert (lower, upper) == pytest.approx((middle - half, middle + half), abs=1e-6)


def test_intervals_hold_the_true_gain_nine_times_in_ten() -> None:
    rng, held = np.random.default_rng(0), 0
    for _ in range(2_000):
        outcome = rng.choice(4, size=80, p=(0.5, 0.15, 0.05, 0.3))
        lower, upper = gain(np.isin(outcome, (2, 3)), np.isin(outcome, (1, 3)))
        held += lower <= 0.1 <= upper
    assert held / 2_000 == pytest.approx(0.9, abs=0.025)


def test_scores_that_do_not_move_still_have_an_interval() -> None:
    same = np.ones(60, bool)
    lower, upper = gain(same, same)
    assert lower == -upper < 0


def test_an_untrained_model_has_no_family_to_tune_and_is_probed(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rung_internals, "PROMPTS", 80)
    preset = replace(PRESETS["default"], mix=(CHAIN,))
    steps: list[str] = []
    found = looked_into(writer, preset, held_out(FAMILIES[CHAIN.family], 1, 5), steps.append)
    assert found["tuning"] == []
    assert [row["property"] for row in found["probes"]] == ["running state"]
    assert found["probes"][0]["n_texts"] == 20
    assert steps == ["probes"]


class Taught(LocalSolver):
    """A solver whose samples are reference solutions, each second one too long to be learnt from."""

    def attempts(
        self, instances: Sequence[Instance], temperature: float, rng: np.random.Generator, **_: object
    ) -> list[Attempt]:
        if temperature == 0:
            return super().attempts(instances, temperature, rng)
        solve = FAMILIES[CHOICE.family].paths[0].compact
        assert solve is not None
        return [Attempt(one.answer, solve(one) if i % 2 else "A" * 54) for i, one in enumerate(instances)]

    def right(self, instance: Instance, attempt: Attempt) -> bool:
        return not isinstance(attempt, LocalAttempt) or super().right(instance, attempt)


def test_a_family_is_tuned_on_right_samples_and_scored_on_its_questions(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rung_internals, "STEPS", 128)
    monkeypatch.setattr(rung_internals, "RATE", 1e-2)
    asked = held_out(FAMILIES[CHOICE.family], 1, 20)
    row = rung_internals._tuned(writer, Taught(writer), CHOICE, asked)
    assert row is not None
    assert (row["n"], row["samples"]) == (len(asked), 4 * len(fresh(CHOICE, 40)))
    assert 0 < row["right"] <= row["samples"] / 4
    assert row["before"] == 0 < row["after"] == row["difference"]
    assert row["lower"] < row["difference"]


def test_without_a_right_sample_nothing_is_tuned(writer: Writer) -> None:
    class Strict(LocalSolver):
        def right(self, instance: Instance, attempt: Attempt) -> bool:
            return False

    assert (
        rung_internals._tuned(writer, Strict(writer), CHAIN, held_out(FAMILIES[CHAIN.family], 1, 3)) is None
    )


def test_quick_looks_into_nothing_and_others_into_widths_of_theirs() -> None:
    assert PRESETS["quick"].internals == ()
    assert PRESETS["serious"].internals == PRESETS["serious"].widths
    assert set(PRESETS["default"].internals) < set(PRESETS["default"].widths)
