"""How fast time horizons grow from release to release: a line through the agents that led when they came."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from tasklaws.assess.horizons.estimates import Estimate
    from tasklaws.assess.horizons.rows import Row
    from tasklaws.infer.arrays import Floats

LEAST = 3
"""Dated agents that a trend takes."""
HALF = 50
TOLD = 0.01


@dataclass(frozen=True)
class Trend:
    """Days in which the 50 % time horizon doubles; null with a reason."""

    doubling_days: float | None
    lower: float | None
    upper: float | None
    reason: str | None
    curve: str
    agents: tuple[str, ...] = ()
    """Those that led when they were released."""
    left_out: tuple[str, ...] = ()
    """Dated agents without a time horizon within the tasks."""
    r_squared: float | None = None

    def document(self) -> dict[str, Any]:
        """Return the trend as JSON."""
        return asdict(self)


def trend(estimate: Estimate, rows: Sequence[Row], released: Sequence[date | None], level: float) -> Trend:
    """Return the trend of one estimator over the agents that led at their release (the ladder is fixed).

    Only time horizons within the tasks that were asked enter. In draws an agent without one is left out of
    the line; the agents that led stay those of all data.

    Args:
        estimate: its time horizons and their draws.
        rows: its rows at 50 %, in the order of its agents.
        released: day of release of each agent.
        level: of the interval.
    """
    dated = [(day, place) for place, day in enumerate(released) if day is not None]
    known = [(day, place) for day, place in dated if rows[place].status == "ok"]
    lost = tuple(rows[place].alias for _, place in dated if rows[place].status != "ok")
    leading = _leading(sorted(known), rows)
    if len(leading) < LEAST:
        what = "agents with a release date led with a time horizon within the tasks"
        reason = f"{len(leading)} {what}; it takes {LEAST}"
        return Trend(None, None, None, reason, estimate.curve, left_out=lost)
    places = [place for _, place in leading]
    names = tuple(rows[place].alias for place in places)
    days = np.array([day.toordinal() for day, _ in leading], float)
    found = estimate.at(HALF / 100)[places]
    slope, explained = _line(days, found[None])[0], _explained(days, found)
    lower, upper, said = _ends(days, estimate, places, level)
    if slope <= 0:
        said = ["time horizons do not grow with the day of release", *said]
    doubling = 1 / float(slope) if slope > 0 else None
    return Trend(doubling, lower, upper, "; ".join(said) or None, estimate.curve, names, lost, explained)


def _leading(known: list[tuple[date, int]], rows: Sequence[Row]) -> list[tuple[date, int]]:
    """Return those whose time horizon exceeds all released before; of one day the longest leads."""
    best, kept = -math.inf, []
    for day in sorted({day for day, _ in known}):
        minutes, place = max((rows[place].minutes or 0.0, place) for own, place in known if own == day)
        if minutes > best:
            best = minutes
            kept.append((day, place))
    return kept


def _ends(
    days: Floats, estimate: Estimate, places: list[int], level: float
) -> tuple[float | None, float | None, list[str]]:
    """Return the ends of the interval in days, and what is to be said of them."""
    if estimate.draws_at is None:
        return None, None, [estimate.refused or "no draws"]
    draws = estimate.draws_at(HALF / 100)[:, places]
    slopes = _line(days, draws)
    usable = np.isfinite(slopes)
    if not usable.any():
        return None, None, ["no draw has a trend"]
    low, high = np.quantile(slopes[usable], [(1 - level) / 2, (1 + level) / 2])
    said = []
    missing = float((~np.isfinite(draws)).any(axis=1).mean())
    if missing >= TOLD:
        said.append(f"in {missing:.0%} of draws an agent has no time horizon and is left out of the line")
    if low <= 0:
        said.append("no upper end: growth is not told from none")
    return (1 / float(high) if high > 0 else None), (1 / float(low) if low > 0 else None), said


def _line(days: Floats, doublings: Floats) -> Floats:
    """Return the least-squares slope of each row of (draws, agents), over finite entries; NaN below three."""
    known = np.isfinite(doublings)
    many = known.sum(axis=1)
    y = np.where(known, doublings, 0.0)
    share = np.maximum(many, 1)
    x = (days - (known * days).sum(axis=1, keepdims=True) / share[:, None]) * known
    spread = (x**2).sum(axis=1)
    usable = (many >= LEAST) & (spread > 0)
    slopes: Floats = np.where(usable, (x * y).sum(axis=1) / np.where(usable, spread, 1.0), np.nan)
    return slopes


def _explained(days: Floats, doublings: Floats) -> float | None:
    """Return the squared correlation of days and doublings."""
    if not np.ptp(doublings) > 0:
        return None
    return float(np.corrcoef(days, doublings)[0, 1] ** 2)
