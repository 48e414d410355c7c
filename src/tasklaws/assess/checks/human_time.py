"""C5 human_time: does the time that people take order tasks as models do?

Difficulty is regressed on log time over the whole suite; both are latent, with their errors taken out. What
is asked is that time explains at least half of the variance of difficulty: less, and it leaves more than it
tells. Published for comparison: experts' forecasts of time against measured time .51 (HCAST), mean success
against log time .69 (METR).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import kendalltau

from tasklaws.assess.check import Check, Finding, does_not_apply, unknown
from tasklaws.assess.time_axis import Estimate, axis_with, once, time_axis
from tasklaws.assess.time_words import (
    DO_NOT,
    ERRORS,
    HALF,
    LEAST_TASKS,
    NO_TIMES,
    STANDS,
    added,
    in_play,
    percent,
    scatter,
    without_family,
)

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Evidence, Suite
    from tasklaws.assess.time_axis import TimeAxis

REFERENCE = {"expert forecasts of time, HCAST": 0.51, "mean success over log time, METR": 0.69}
MOST_FAMILIES = 1000


@dataclass(frozen=True)
class Explained:
    """The share of difficulty that human time explains; below 0 where longer tasks are easier."""

    r: Estimate
    """Correlation without errors, after Fisher's transformation."""

    @property
    def share(self) -> tuple[float, float, float]:
        """Return the share with its 90 % interval."""
        value, low, high = (float(np.tanh(z)) for z in (self.r.value, *self.r.interval))
        return value * abs(value), low * abs(low), high * abs(high)

    @property
    def ok(self) -> bool | None:
        """Return whether it is half or more, None where the interval holds half."""
        _, low, high = self.share
        return True if low >= HALF else False if high < HALF else None


def explained(axis: TimeAxis) -> Explained | None:
    """Return what time explains; None where errors of the times leave no differences between tasks."""
    if axis.time_variance <= 0:
        return None
    return Explained(Estimate.left_out(np.arctanh(axis.correlations())))


@once
def sensitivity(suite: Suite) -> dict[float, Explained | None]:
    """Return what time explains for each error of the times that nobody's attempts are behind."""
    axis = time_axis(suite)
    if axis is None or not axis.times.assumed.any():
        return {}
    made = {error: axis_with(suite, error) for error in ERRORS}
    return {error: explained(one) for error, one in made.items() if one is not None}


def judge(evidence: Evidence, _: np.random.Generator) -> Finding:
    """Return whether human time is fit to be the x-axis of difficulty; nothing is drawn."""
    axis = time_axis(evidence.suite)
    if axis is None:
        return does_not_apply(NO_TIMES)
    if evidence.family not in axis.families:
        return without_family(evidence)
    if in_play(axis) < LEAST_TASKS:
        return unknown(
            f"fewer-than-{LEAST_TASKS}-tasks-in-play",
            f"{in_play(axis)} tasks with human times were sometimes solved and sometimes not; a line takes "
            f"{LEAST_TASKS}.",
        )
    found = explained(axis)
    if found is None:
        return unknown(
            "times-differ-by-less-than-their-errors",
            f"The human times of {len(axis.family)} tasks differ by no more than their errors; longer and "
            "shorter tasks or more baselines are needed.",
        )
    return _finding(evidence, axis, found)


def _finding(evidence: Evidence, axis: TimeAxis, found: Explained) -> Finding:
    others = sensitivity(evidence.suite)
    agreed = {found.ok, *(one.ok if one else None for one in others.values())}
    ok = found.ok if len(agreed) == 1 else None
    share, low, high = found.share
    own = added(axis, evidence.family)
    told = _words(axis, found, ok) + _assumed(axis, others) + own.words
    return Finding(
        ok,
        told,
        statistic=share,
        lower=low,
        upper=high,
        p=found.r.below(float(np.arctanh(sqrt(HALF)))),
        reason=None if ok is not None else _missing(axis, found),
        details={**_details(axis, share, others), **own.figures},
        chart=scatter(axis, evidence.family, f"Human time explains {percent(share)} of difficulty"),
    )


def _words(axis: TimeAxis, found: Explained, ok: bool | None) -> str:
    share, low, high = (percent(one) for one in found.share)
    where = f"over {_number(len(axis.family), 'task')} of {_number(len(axis.families), 'family', 'families')}"
    told = (
        f"human time explains {share} [{low}, {high}] of the variance of difficulty {where}, errors taken out"
    )
    told += " (longer tasks are rather easier)" if found.r.value < 0 else ""
    if ok is None:
        return f"Not told whether human time can be the x-axis: {told}, and half is asked; {STANDS}."
    if ok:
        return f"{told[0].upper()}{told[1:]}: a fair x-axis."
    return f"{DO_NOT}: {told}, and half is asked; {STANDS}."


def _number(many: int, one: str, several: str = "") -> str:
    return f"{many} {one if many == 1 else several or one + 's'}"


def _assumed(axis: TimeAxis, others: dict[float, Explained | None]) -> str:
    """Return how much hangs on times whose error is an assumption."""
    shares = [one.share[0] for one in others.values() if one]
    if not shares:
        return ""
    span = f"{percent(min(shares))} to {percent(max(shares))}"
    return f" The errors of {int(axis.times.assumed.sum())} times are assumptions; with others it is {span}."


def _missing(axis: TimeAxis, found: Explained) -> str:
    """Return what would tell: so many families like these, or attempts where errors are assumed."""
    if found.ok is not None:
        return "depends-on-the-errors-of-times-without-attempts"
    low, high = found.r.interval
    off = abs(found.r.value - float(np.arctanh(sqrt(HALF))))
    units = "families" if len(axis.families) > 1 else "tasks"
    groups = len(axis.weights) - 1
    needed = groups * ((high - low) / 2 / off) ** 2 if off else float("inf")
    return f"needs-about-{ceil(needed)}-{units}" if needed <= MOST_FAMILIES else f"needs-many-more-{units}"


def _details(axis: TimeAxis, share: float, others: dict[float, Explained | None]) -> dict[str, Any]:
    slope, times = axis.slope, axis.times
    tau = float(kendalltau(times.log_minutes, axis.difficulty).statistic)
    plain = float(np.corrcoef(times.log_minutes, axis.difficulty)[0, 1])
    return {
        "tasks": len(axis.family),
        "families": len(axis.families),
        "r": float(np.sign(share) * sqrt(abs(share))),
        "r_with_errors": plain,
        "kendall_tau_b": tau,
        "slope_logits": slope.value,
        "slope_lower": slope.interval[0],
        "slope_upper": slope.interval[1],
        "residual_sd_logits": axis.residual_sd,
        "residual_time_factor": exp(min(axis.residual_sd / slope.value, 20.0)) if slope.value > 0 else None,
        "people_log_sd": times.log_sd,
        "median_error_log_minutes": float(np.median(times.se)),
        "tasks_with_attempts": int((~times.assumed).sum()),
        "share_by_assumed_error": {f"{error:g}": one.share[0] for error, one in others.items() if one},
        "published": REFERENCE,
    }


CHECK = Check(
    name="human_time",
    diagnostic="D5",
    letter="C5",
    summary="human time explains at least half of what makes tasks hard for models",
    source="formal model, D5; Kwa et al., arXiv 2503.14499; Rein et al., HCAST, arXiv 2503.17354",
    status="emerging",
    judge=judge,
)
