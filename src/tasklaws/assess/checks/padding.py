"""C5 padding: are tasks longer without being harder?

Four ways. Three by two one-sided tests against a quarter of the slope that is found elsewhere: within the
families of a suite, between them, and in the family that is judged. The fourth: the tasks of the family take
people at least twice as long as others of the suite that are as hard for models.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.check import Check, Finding, does_not_apply, unknown
from tasklaws.assess.loop_share import loop_shares
from tasklaws.assess.time_axis import axis_with, once, time_axis
from tasklaws.assess.time_slopes import MARGIN, own_slope, slopes
from tasklaws.assess.time_words import (
    DO_NOT,
    ERRORS,
    NO_TIMES,
    STANDS,
    added,
    percent,
    scatter,
    tenfold,
    without_family,
)

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Evidence, Suite
    from tasklaws.assess.time_axis import Estimate, TimeAxis
    from tasklaws.assess.time_slopes import Flat, Slopes

LEVEL = 0.05
LEAST_FAMILIES = 6
LEAST_OWN = 4
"""Tasks of a family that a slope of its own takes."""
LONGER = 2.0
"""Factor of human time from which a family counts as padded: four baselines of a task leave as much open."""


@dataclass(frozen=True)
class Tests:
    """Slopes of a suite, and those of one family, for one error of the times without attempts."""

    slopes: Slopes
    sound: bool
    """Whether longer tasks are shown to be harder within families."""
    own: Flat | None
    """Of the family, where its tasks are enough and longer tasks of the others are harder."""
    longer: Estimate | None
    """Logarithm of how many times as long people take as for other tasks as hard, where `sound`."""

    @property
    def p(self) -> dict[str, float]:
        """Return p of the null of each way that there is no such padding."""
        found = {"within": self.slopes.within.p, "between": self.slopes.between.p}
        if self.own is not None:
            found["own"] = self.own.p
        if self.longer is not None:
            # doubled: at the margin it called .09 of sound families at a level of .05
            found["longer"] = min(1.0, 2 * (1 - self.longer.below(log(LONGER))))
        return found


@once
def axes(suite: Suite) -> list[TimeAxis]:
    """Return the axis, and where times lack attempts those for other errors of them."""
    axis = time_axis(suite)
    if axis is None:
        return []
    others = [axis_with(suite, error) for error in ERRORS if error != 1] if axis.times.assumed.any() else []
    return [axis, *(one for one in others if one is not None)]


@once
def suite_slopes(suite: Suite) -> list[Slopes | None]:
    """Return the slopes of a suite, for each of its axes."""
    return [slopes(axis) for axis in axes(suite)]


def tests(suite: Suite, family: str) -> list[Tests | None]:
    """Return the tests for each error of the times without attempts; None where only errors are seen."""
    many = suite_slopes(suite)
    return [_tests(axis, family, one) if one else None for axis, one in zip(axes(suite), many, strict=True)]


def _tests(axis: TimeAxis, family: str, found: Slopes) -> Tests:
    sound = 1 - found.overall.less.below(0.0) < LEVEL
    enough = (axis.family == axis.families.index(family)).sum() >= LEAST_OWN
    own = own_slope(axis, family) if enough else None
    return Tests(found, sound, own, added(axis, family).longer if sound else None)


def _several(axis: TimeAxis) -> int:
    """Return how many families have tasks of different human times."""
    log, own = axis.times.log_minutes, axis.family
    return sum(np.ptp(log[own == place]) > 0 for place in range(len(axis.families)))


def judge(evidence: Evidence, _: np.random.Generator) -> Finding:
    """Return whether longer tasks are harder, in the suite and in the family; nothing is drawn."""
    axis = time_axis(evidence.suite)
    return _with_loops(
        does_not_apply(NO_TIMES) if axis is None else _judged(evidence, axis),
        loop_shares(evidence.family, evidence.counts.tasks),
    )


def _judged(evidence: Evidence, axis: TimeAxis) -> Finding:
    if evidence.family not in axis.families:
        return without_family(evidence)
    if _several(axis) < LEAST_FAMILIES:
        return unknown(
            f"fewer-than-{LEAST_FAMILIES}-families",
            f"{_several(axis)} families have tasks of different human times; padding is told from "
            f"{LEAST_FAMILIES} or more.",
            families=len(axis.families),
        )
    made = tests(evidence.suite, evidence.family)
    if made[0] is None:
        return unknown(
            "times-differ-by-less-than-their-errors",
            "Human times within families, or between them, differ by no more than their errors; more "
            "baselines or tasks of more different length are needed.",
        )
    return _finding(axis, evidence.family, made[0], [one for one in made if one is not None], len(made))


def _finding(axis: TimeAxis, family: str, main: Tests, told: list[Tests], tried: int) -> Finding:
    called = [name for name in main.p if all(one.p.get(name, 1.0) < LEVEL for one in told)]
    sound = all(one.sound for one in told) and len(told) == tried
    ok = False if called else True if sound else None
    slope = main.slopes.within.slope
    own = added(axis, family)
    flats = {"within": main.slopes.within, "between": main.slopes.between, "own": main.own}
    return Finding(
        ok,
        _words(family, main, called, ok) + own.words,
        statistic=slope.value,
        lower=slope.interval[0],
        upper=slope.interval[1],
        p=min(max(one.p.get(name, 1.0) for one in told) for name in main.p),
        reason=None if ok is not None else "needs-more-tasks-of-different-length-per-family",
        details={
            "called": called,
            "p": main.p,
            "slopes": {name: _figures(one) for name, one in flats.items() if one},
            **own.figures,
        },
        chart=scatter(axis, family, _title(family, called, ok)),
    )


def _words(family: str, main: Tests, called: list[str], ok: bool | None) -> str:
    within, between = tenfold(main.slopes.within.slope), tenfold(main.slopes.between.slope)
    both = f"{within} within families, {between} between them"
    if ok is None:
        return f"Not told whether longer tasks are harder: {both}; {STANDS}."
    if ok:
        return f"Longer tasks are harder: {both}."
    own = f" ({tenfold(main.own.slope)}; other families: {tenfold(main.own.other)})" if main.own else ""
    figures = {"within": f" ({both})", "between": f" ({both})", "own": own, "longer": ""}
    said = [f"{CALLED[name].format(family=family)}{figures[name]}" for name in called]
    return f"{DO_NOT}: {', and '.join(said)}; {STANDS}."


def _title(family: str, called: list[str], ok: bool | None) -> str:
    if called:
        return (CALLED[called[0]][0].upper() + CALLED[called[0]][1:]).format(family=family)
    return "Longer tasks are harder" if ok else "It is not told whether longer tasks are harder"


def _figures(one: Flat) -> dict[str, float]:
    low, high = one.slope.interval
    return {"slope": one.slope.value, "lower": low, "upper": high, "other": one.other.value, "p": one.p}


def _with_loops(finding: Finding, shares: dict[str, float]) -> Finding:
    """Return the finding with what plans tell of padding, where the family has plans."""
    if not shares:
        return finding
    mean = fmean(shares.values())
    said = f" In its plans {percent(mean)} of the operations repeat a loop or reuse an artefact."
    details = {**finding.details, "loop_share": mean, "loop_share_by_task": shares}
    return replace(finding, text=finding.text + (said if mean > 0 else ""), details=details)


CALLED = {
    "within": "longer tasks of a family are no harder",
    "between": "families that take people longer are no harder",
    "own": "longer tasks of {family} are no harder",
    "longer": "tasks of {family} take people longer than their difficulty tells",
}

CHECK = Check(
    name="padding",
    diagnostic="D6",
    letter="C5",
    summary="tasks that take people longer are harder for models",
    source=f"formal model, D6: slopes inside {MARGIN} of another, by two one-sided tests",
    status="emerging",
    judge=judge,
)
