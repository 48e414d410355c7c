"""W2: a chain of n by hand is right with q^(64 n): thresholds rise evenly with the log of its length."""

from __future__ import annotations

from itertools import pairwise
from math import log10, sqrt

import pytest
from tests.unit.worlds.seen import Seen, seen

DIGITS = {"sha_by_hand": 64, "md5_by_hand": 32, "crc_by_hand": 8}


def world() -> Seen:
    return seen("hand_chain")


def exponent() -> float:
    return float(world().truth["skills"]["hashing"]["exponent"])


def test_success_is_that_of_a_digit_to_the_power_of_64_n() -> None:
    for row in world().cells.iter_rows(named=True):
        amount = world().truth["skills"]["hashing"]["amount"]
        digit = 2.718281828459045 ** -(amount * 10 ** (-exponent() * row["height"]))
        turns = int(row["task_id"].split("/")[1])
        rate = digit ** (DIGITS[row["task_family"]] * turns)
        assert row["exact_true"] == pytest.approx(rate, rel=1e-6)
        assert abs(row["exact"] - rate) <= 5 * sqrt(rate * (1 - rate) / row["n"]) + 2 / row["n"]


def test_twice_the_turns_are_a_fixed_number_of_decades_harder() -> None:
    thresholds = world().truth["thresholds"]
    for family in DIGITS:
        own = [thresholds[f"{family}/{turns}"] for turns in (1, 2, 4, 8, 16, 32, 64)]
        gaps = [later - earlier for earlier, later in pairwise(own)]
        assert gaps == pytest.approx([log10(2) / exponent()] * 6)


def test_only_the_digits_count_whatever_they_are_of() -> None:
    thresholds = world().truth["thresholds"]
    assert thresholds["sha_by_hand/1"] == pytest.approx(thresholds["md5_by_hand/2"])
    assert thresholds["sha_by_hand/8"] == pytest.approx(thresholds["crc_by_hand/64"])


def test_success_crosses_one_half_at_the_threshold() -> None:
    for task, threshold in world().truth["thresholds"].items():
        own = world().cells.filter(task_id=task).sort("height")
        below, above = (
            own.filter(own["height"] < threshold - 0.2),
            own.filter(own["height"] > threshold + 0.2),
        )
        assert (below["exact_true"] < 0.5).all()
        assert (above["exact_true"] > 0.5).all()
        assert (below["exact"] < 0.75).all()
        assert (above["exact"] > 0.25).all()


def test_nothing_is_cut_and_the_best_model_nears_one() -> None:
    assert world().runs["outcome"].unique().to_list() == ["submitted"]
    assert world().cells.filter(model=world().world.rungs[-1].model)["exact"].min() > 0.9


def test_people_need_in_step_with_the_digits() -> None:
    minutes = dict(world().world.tasks.select("task_id", "human_minutes").rows())
    assert minutes["sha_by_hand/4"] == pytest.approx(4 * minutes["sha_by_hand/1"])
    assert minutes["md5_by_hand/8"] == pytest.approx(minutes["sha_by_hand/4"])
