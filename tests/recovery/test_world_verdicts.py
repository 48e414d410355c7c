"""Worlds whose fault is known come out with the verdict that their fault deserves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasklaws.assess.diagnosis import Diagnosed, diagnose
from tasklaws.run.simulation import simulate

if TYPE_CHECKING:
    from pathlib import Path

FINE, PROCESS, STEP, BROKEN = "forecastable", "forecastable_via_process", "only_detectable", "invalid"
STATED = {
    "W1": {"addition": FINE, "sha_chain": BROKEN, "sum_range": BROKEN},
    "W2": {"crc_by_hand": FINE, "md5_by_hand": FINE, "sha_by_hand": FINE},
    "W3": {"sum_range": STEP, "sum_of_squares": STEP},
    "W4": {"sha_of": PROCESS, "tool_choice": PROCESS, "tool_edit": PROCESS},
    "W5": {"addition": FINE, "copying": FINE, "transform": FINE},
    "W6": {"addition": FINE, "transform": FINE},
    "W7": {"coding": FINE, "counting": FINE, "planning": FINE, "reading": FINE},
    "W8": {"counting": FINE, "counting_padded": FINE},
    "W9": {"coding": BROKEN, "counting": BROKEN, "planning": BROKEN, "reading": BROKEN},
    "W10": {"snags": FINE, "steady": FINE, "traps": FINE},
    "W11": {"shape_0.5": FINE, "shape_1": FINE, "shape_2": FINE},
    "W12": {"drifting": FINE, "spiralling": FINE, "undisturbed": FINE},
    "W13": {"constant": FINE, "easing": BROKEN, "hardening": BROKEN},
    "W14": {f"family_{letter}": FINE for letter in "abcdef"},
    "W15": {f"frequent_{n}": STEP for n in (1, 2, 3, 4, 5)},
    "W16": {"addition": FINE, "sha_chain": BROKEN, "sum_range": BROKEN},
    "W17": {"sha_chain": BROKEN, "sum_range": BROKEN},
}
"""World -> family -> verdict at 8 rungs; families whose data do not tell are left out."""
FAILED = {
    ("W1", "sha_chain"): {"C1 distinct_levels", "C4 harness_ceiling"},
    ("W3", "sum_range"): {"C1 distinct_levels"},
    ("W4", "sha_of"): {"C6 binarity"},
    ("W8", "counting_padded"): {"C5 padding"},
    ("W9", "coding"): {"C7 hardness_adjustment"},
    ("W13", "easing"): {"C10 elicitation"},
    ("W14", "family_a"): {"C2 residual_dependence"},
    ("W15", "frequent_1"): {"C9 step"},
    ("W16", "sha_chain"): {"C4 harness_ceiling"},
}
"""Checks that must fail."""
FIRST = {
    ("W1", "sha_chain"): "harness_limits",
    ("W3", "sum_range"): "path_change",
    ("W4", "sha_of"): "metric",
    ("W7", "coding"): None,
    ("W9", "coding"): "x_axis",
    ("W13", "easing"): "elicitation",
    ("W15", "frequent_2"): "genuine_step",
}
"""What the triage names first."""


def diagnosed(world: str, folder: Path) -> dict[str, Diagnosed]:
    simulate(world, folder / "study", rungs=8, runs=60_000, seed=0)
    return {one.certificate.family: one for one in diagnose(folder / "study").families}


@pytest.mark.parametrize("world", STATED)
def test_world_has_the_verdict_that_it_deserves(world: str, tmp_path: Path) -> None:
    found = diagnosed(world, tmp_path)
    verdicts = {family: found[family].certificate.verdict for family in STATED[world]}
    assert verdicts == STATED[world]
    for (name, family), checks in FAILED.items():
        if name == world:
            failed = {one.check.label for one in found[family].certificate.listed if one.ok is False}
            assert checks <= failed
    for (name, family), leaf in FIRST.items():
        if name == world:
            assert found[family].triage.leaf == leaf
