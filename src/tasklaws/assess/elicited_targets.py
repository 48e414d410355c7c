"""Every size of a ladder forecast twice: by the law of low effort and by that of high effort.

The forecasts of one fold are separate fits, so that their draws count as independent: the interval of how
far they are apart is rather too wide than too narrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasklaws.assess.aggregates import mean_draws
from tasklaws.assess.backtest import attempt
from tasklaws.assess.backtesting import cases_of
from tasklaws.assess.scores import covered, score
from tasklaws.infer.law import default_law

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tasklaws.assess.backtest import Case
    from tasklaws.assess.selection import Selection
    from tasklaws.infer.arrays import Floats, RateForecast

LEVEL = 0.9
ENDS = (0.05, 0.5, 0.95)
LEAST_SIZES = 3
"""Sizes before the one that is forecast: the first forecast is of the fourth."""


@dataclass(frozen=True)
class Side:
    """One fold at one effort: what the law of that effort forecast, and what came."""

    case: Case
    forecast: RateForecast

    def draws(self, at: int, chosen: NDArray[np.bool_], rng: np.random.Generator) -> Floats:
        """Return draws of the mean score over tasks that is expected of target `at`, of shape (draws,)."""
        joint, n = self.forecast.joint, self.case.target.n[at, chosen]
        return np.empty(0) if joint is None else mean_draws(joint[at][:, chosen], n, self._noise(chosen), rng)

    def observed(self, at: int, chosen: NDArray[np.bool_]) -> float:
        """Return the mean score over tasks that target `at` showed."""
        return float((self.case.k[at, chosen] / self.case.target.n[at, chosen]).mean())

    def known(self) -> NDArray[np.bool_]:
        """Return which tasks are forecast and were tried, of shape (targets, tasks)."""
        return np.asarray((self.case.target.n > 0) & np.isfinite(self.forecast.points).all(axis=2))

    def _noise(self, chosen: NDArray[np.bool_]) -> Floats:
        return np.asarray(self.forecast.noise[chosen])


@dataclass(frozen=True)
class Pair:
    """One fold at both efforts, with the same models and tasks."""

    low: Side
    high: Side

    @property
    def families(self) -> NDArray[np.str_]:
        """Return the family of each task."""
        return np.array(self.low.case.ladder.families)

    def chosen(self, at: int, family: str | None) -> NDArray[np.bool_]:
        """Return which tasks of a family, or of all, target `at` tried and both laws forecast."""
        own = np.ones(self.families.size, bool) if family is None else self.families == family
        return np.asarray(own & self.low.known()[at] & self.high.known()[at])


def pairs(low: Selection, high: Selection) -> Iterator[Pair]:
    """Yield the folds from the fourth size on, forecast by the law of each effort."""
    for below, above in zip(cases_of(low)[0], cases_of(high)[0], strict=True):
        if len(set(below.ladder.sizes)) >= LEAST_SIZES:
            yield Pair(Side(below, attempt(default_law, below)), Side(above, attempt(default_law, above)))


def targets(pair: Pair, family: str | None) -> Iterator[dict[str, Any]]:
    """Yield what each law says of the mean score over tasks, and what came, for each target of a fold."""
    case = pair.low.case
    for at, model in enumerate(case.target.models):
        chosen = pair.chosen(at, family)
        rng = np.random.default_rng([case.order, at])
        low, high = pair.low.draws(at, chosen, rng), pair.high.draws(at, chosen, rng)
        if not chosen.any() or not low.size or not high.size:
            continue
        yield {
            "model": model,
            "block": case.block,
            "family": family,
            "tasks": int(chosen.sum()),
            **_spread("low", low, pair.low.observed(at, chosen)),
            **_spread("high", high, pair.high.observed(at, chosen)),
            **_apart(high - low),
        }


def _spread(effort: str, draws: Floats, observed: float) -> dict[str, float]:
    ends = zip(("q050", "q500", "q950"), np.quantile(draws, ENDS), strict=True)
    return {
        **{f"{effort}_{name}": float(end) for name, end in ends},
        f"{effort}_se": float(draws.std()),
        f"{effort}_observed": observed,
    }


def _apart(draws: Floats) -> dict[str, float]:
    lower, _, upper = np.quantile(draws, ENDS)
    return {"apart": float(draws.mean()), "apart_lower": float(lower), "apart_upper": float(upper)}


def held(pair: Pair) -> pl.DataFrame:
    """Return whether the interval of each law holds the scores at high effort, one row per target and task.

    Columns: block, family, n (attempts), held (by the law of low effort, 1 or 0), own (by that of high).
    """
    case = pair.high.case
    inside = [_inside(side.forecast, case) for side in (pair.low, pair.high)]
    frame = pl.DataFrame(
        {
            "block": [case.block] * inside[0].size,
            "family": list(case.ladder.families) * inside[0].shape[0],
            "n": case.target.n.ravel(),
            "held": inside[0].ravel(),
            "own": inside[1].ravel(),
        }
    )
    return frame.filter(pl.col("held").is_finite(), pl.col("own").is_finite())


def _inside(forecast: RateForecast, case: Case) -> Floats:
    """Return 1 where the interval of a forecast holds the score, of shape (targets, tasks)."""
    n = case.target.n
    rng = np.random.default_rng(case.order)
    return covered(score(forecast, n, np.where(n > 0, case.k, 0.0), rng).pit, LEVEL)
