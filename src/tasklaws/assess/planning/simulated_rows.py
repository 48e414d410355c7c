"""Rows of a plan that are found by simulation, each with its interval."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.certificate import certify
from tasklaws.assess.planning.next_rung import LEAST_SIZES
from tasklaws.assess.planning.rows import Row
from tasklaws.assess.planning.simulated import KINDS, Kind, drawn, share, told_apart
from tasklaws.assess.planning.two_modes import POWER, WANTED, WORLDS, Modes, baselines_for_power, power_curve
from tasklaws.core.progress import SILENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.assess.planning.design import Design
    from tasklaws.core.progress import Progress

LEVELS_WORLDS = 50
FEW_WORLDS = 500
"""For modes that `POWER` does not hold."""
CONDEMNED = ("only_detectable", "invalid")


def levels_rows(design: Design, seed: int) -> Iterator[Row]:
    """Yield how often C1 is right about families of the design."""
    words = {
        "sound": "tasks that are spread are told to be (C1)",
        "copies": "copies of one task are found (C1)",
    }
    if design.rungs < LEAST_SIZES or design.tasks < 2:  # noqa: PLR2004  a spread takes two
        yield Row(words["copies"], 0.0, note=f"C1 asks for {LEAST_SIZES} sizes and 2 tasks")
        return
    for kind, told in told_apart(design, LEVELS_WORLDS, seed):
        yield Row(
            words[kind], *told, note=f"share of {LEVELS_WORLDS} simulated families; 95 % Clopper-Pearson"
        )


def mode_rows(modes: Modes, seed: int, progress: Progress) -> Iterator[Row]:
    """Yield how many baselines it takes to see two modes, and the power at some numbers."""
    recorded = POWER.get(modes)
    with progress.stage("baselines", total=1) as advance:
        curve = recorded or power_curve(modes, np.random.default_rng(seed), FEW_WORLDS)
        advance(1)
    worlds = WORLDS if recorded else FEW_WORLDS
    about = f"a share of {modes.weight:g} lies {modes.separation:g} standard deviations away"
    yield Row(f"baselines to see two modes with power {WANTED:g}", baselines_for_power(curve), note=about)
    for n, value in curve.items():
        told = share(round(value * worlds), worlds)
        yield Row(f"power to see two modes with {n} baselines", *told, note=f"{worlds:,} worlds; test at 5 %")


def simulated_rows(design: Design, worlds: int, seed: int, progress: Progress = SILENT) -> Iterator[Row]:
    """Yield how often the whole certificate is right about worlds of the design."""
    with progress.stage("simulate", total=worlds * len(KINDS)) as advance:
        for number, kind in enumerate(KINDS):
            found: Counter[str] = Counter()
            for world in range(worlds):
                rng = np.random.default_rng([seed, number, world])
                found[certify(drawn(design, kind, rng), informing=False).verdict] += 1
                advance(1)
            yield from _verdict_rows(kind, found, worlds)


def _verdict_rows(kind: Kind, found: Counter[str], worlds: int) -> Iterator[Row]:
    said = ", ".join(f"{n} {verdict.replace('_', ' ')}" for verdict, n in found.most_common())
    condemned = share(sum(found[verdict] for verdict in CONDEMNED), worlds)
    if kind != "sound":
        name = {"copies": "copies of one task", "step": "a step"}[kind]
        yield Row(f"{name}: found out by the certificate", *condemned, note=said)
        return
    yield Row("a sound family: certified forecastable", *share(found["forecastable"], worlds), note=said)
    yield Row("a sound family: wrongly condemned", *condemned, note=f"{worlds} worlds; 95 % Clopper-Pearson")
