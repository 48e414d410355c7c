"""How far off past forecasts were, and whether they beat simple rules beyond chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasklaws.assess.baseline import LAW
from tasklaws.assess.blocks import LEAST_BLOCKS, Interval, block_sums, bootstrap
from tasklaws.assess.headline.claim import Claim, Rest
from tasklaws.assess.headline.maker import Maker
from tasklaws.assess.headline.words import NBSP, count

if TYPE_CHECKING:
    from tasklaws.assess.backtesting import Backtest
    from tasklaws.assess.headline.known import Known
    from tasklaws.assess.skill import Skill

LEVEL = 0.05
PLACES = {"released": "past release"}
"""Axis of the ladder -> what was held out; on every other axis it is a size."""


def make(known: Known) -> Claim:
    """Return the error of the backtest and its skill; where there is none, why nothing is known of it."""
    tested = known.tested
    if tested is None:
        why = known.reason("tested", "no forecast could be made of models that are known")
        text = f"How far off such forecasts are is not known, as none was scored: {why}."
        return Claim("past", text, "observed", (Rest("backtest", known.verb("backtest")),))
    rest = Rest("backtest", known.verb("backtest"), tested.table.of(LAW)["absolute_error"].count())
    return Claim("past", _text(tested, known.axis), "derived", (rest,), _change(tested))


def error(tested: Backtest) -> Interval:
    """Return the mean absolute error of the law in points, with its interval over blocks."""
    rows = tested.table.of(LAW).filter(pl.col("absolute_error").is_not_null())
    off = rows["absolute_error"].to_numpy()
    sums = block_sums(np.stack([off, np.ones_like(off)], axis=1), rows["block"].to_numpy())
    return bootstrap(sums, lambda total: total[..., 0] / total[..., 1], np.random.default_rng(0))


def _text(tested: Backtest, axis: str | None) -> str:
    off = error(tested)
    told = (
        f" (90{NBSP}% interval {off.lower:.1f} to {off.upper:.1f})"
        if off.lower is not None and off.upper is not None
        else ", with no interval as there is one size"
    )
    missed = (
        "nothing that could be scored" if off.value is None else f"{off.value:.1f}{NBSP}points a task{told}"
    )
    what = count(tested.n_folds, PLACES.get(axis or "", "past size"))
    were = "was" if tested.n_folds == 1 else "were"
    return f"{what}, forecast only from those before, {were} missed by {missed}.{_lead(tested.headline)}"


def _lead(skill: Skill | None) -> str:
    if skill is None or skill.skill.value is None:
        return " No simple rule could be compared."
    value, lower, upper = skill.skill.value, skill.skill.lower, skill.skill.upper
    err = f"{100 * abs(value):.0f}{NBSP}% {'less' if value > 0 else 'more'}"
    rule = f"the best simple rule{_percent_span(lower, upper, value)}"
    return f" As distributions (CRPS) they err {err} than {rule}; {_beyond_chance(skill)}."


def _percent_span(lower: float | None, upper: float | None, value: float) -> str:
    if lower is None or upper is None:
        return ""
    low, high = (lower, upper) if value > 0 else (-upper, -lower)
    return f" ({100 * low:.0f} to {100 * high:.0f}{NBSP}%)"


def _beyond_chance(skill: Skill) -> str:
    p = skill.sign_flip.p
    if p is None or skill.n_blocks < LEAST_BLOCKS:
        return f"from {count(skill.n_blocks, 'comparison')} that may be luck"
    return f"p = {p:.2g}, {'more than chance explains' if p < LEVEL else 'so chance is not ruled out'}"


def _change(tested: Backtest) -> str | None:
    """Return the error at one further size that would turn the comparison round."""
    skill = tested.headline
    if skill is None:
        return None
    lead = (skill.crps_reference - skill.crps) * skill.n_blocks
    who, whom = ("the forecast", "the rule") if lead > 0 else ("the rule", "the forecast")
    larger = f"{abs(lead):.1f}{NBSP}points (CRPS) a task larger for {who} than for {whom}"
    return f"One more such test with errors {larger}: then {whom} is ahead."


CLAIM = Maker("past", 40, make)
