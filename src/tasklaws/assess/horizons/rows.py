"""Time horizons as rows: a number with its interval, or why there is none. Never a bare number.

Draws in which success does not fall with time have no time horizon. In the interval they stand on both
sides, as shorter than anything and as longer than anything, so that many of them leave the interval open.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.horizons.estimates import LATENT
from tasklaws.infer.horizon.logistic import ALL_FAIL, ALL_PASS, FEW, RISING, SEPARATED
from tasklaws.infer.horizon.mixed import tail

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasklaws.assess.horizons.estimates import Estimate
    from tasklaws.infer.arrays import Floats

OPEN = 1000.0
"""Doublings beyond which an end of an interval is no time: 2^1000 minutes."""
PERCENT = 100
TOLD = 0.01
"""Share of undefined draws from which they are told of in words."""


@dataclass(frozen=True)
class Row:
    """The time horizon of one agent at one share of success, by one estimator."""

    alias: str
    success: int
    """In percent."""
    minutes: float | None
    lower: float | None
    upper: float | None
    kind: str
    curve: str
    status: str
    """ok, extrapolation, bound or failed."""
    reason: str | None
    tasks: int
    """Tasks that the agent was asked."""
    attempts: float
    shortest: float | None
    """Minutes of the shortest task among them."""
    longest: float | None
    undefined_draws: float | None
    """Share of draws without a time horizon."""
    sensitivity: dict[str, dict[str, float | None]] | None = None
    """The same with attempts counted otherwise: choice -> value -> minutes."""

    def document(self) -> dict[str, Any]:
        """Return the row as JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Interval:
    """Ends in doublings, infinite where open."""

    low: float
    high: float
    undefined: float
    """Share of draws without a finite time horizon."""


def interval(draws: Floats, level: float, *, metr: bool = False, families: int = 0) -> Interval | None:
    """Return the percentile interval of one agent's draws at `level`; None where none is defined.

    Args:
        draws: log2 minutes; -inf where nothing succeeded, inf where everything did, NaN where undefined.
        level: share of draws inside.
        metr: leave out whatever is not finite.
        families: where draws are of families alone, how many there are: few make the tails thinner than they
            should be.
    """
    finite = np.isfinite(draws)
    if not finite.any():
        return None
    out = tail(level, families) if families else (1 - level) / 2
    tails = np.array([out, 1 - out])
    undefined = float((~finite).mean())
    if metr:
        low, high = np.quantile(draws[finite], tails)
        return Interval(float(low), float(high), undefined)
    # far beyond every finite draw, yet finite, so that quantiles interpolate
    far = 1e6
    ordered = (np.clip(np.where(np.isnan(draws), side * far, draws), -far, far) for side in (-1, 1))
    low, high = (float(np.quantile(values, q)) for values, q in zip(ordered, tails, strict=True))
    return Interval(low if low > -OPEN else -math.inf, high if high < OPEN else math.inf, undefined)


def rows(estimate: Estimate, successes: Sequence[int], level: float) -> Iterator[Row]:
    """Yield the rows of one estimator: agent by agent, in growing success."""
    at = {success: estimate.at(success / PERCENT) for success in successes}
    draws = (
        {success: estimate.draws_at(success / PERCENT) for success in successes} if estimate.draws_at else {}
    )
    for place, alias in enumerate(estimate.cells.agents):
        told = _Agent.of(estimate, place, alias)
        for success in successes:
            spread = (
                interval(draws[success][:, place], level, metr=estimate.metr, families=told.independent)
                if draws
                else None
            )
            yield told.row(success, float(at[success][place]), spread, level)


@dataclass(frozen=True, eq=False)
class _Agent:
    """What one agent was asked, and the state of its fit."""

    estimate: Estimate
    alias: str
    state: int
    own: str
    minutes: Floats
    """Of the tasks that it was asked, growing."""
    family: Floats
    rate: Floats
    n: Floats

    @classmethod
    def of(cls, estimate: Estimate, place: int, alias: str) -> _Agent:
        cells = estimate.cells
        tried = np.flatnonzero(cells.n[place] > 0)
        tried = tried[np.argsort(estimate.minutes[tried], kind="stable")]
        n = cells.n[place, tried]
        own = estimate.own[place] if estimate.own else ""
        return cls(
            estimate, alias, int(estimate.state[place]), own, estimate.minutes[tried],
            cells.family[tried].astype(float), cells.k[place, tried] / n, n,
        )  # fmt: skip

    @property
    def independent(self) -> int:
        """Return the number of families where draws are of families alone, and else 0."""
        return np.unique(self.family).size if self.estimate.curve == LATENT else 0

    def row(self, success: int, doublings: float, spread: Interval | None, level: float) -> Row:
        """Return the row at one share of success."""
        if self.state in {ALL_FAIL, ALL_PASS}:
            return self._bound(success, level)
        if not math.isfinite(doublings) or abs(doublings) > OPEN:
            return self._row(success, "failed", (self._why_failed(),))
        if self.state == SEPARATED:
            return self._separated(success, doublings)
        minutes = 2.0**doublings
        outside = not self.minutes[0] <= minutes <= self.minutes[-1]
        said = (self._outside(minutes) if outside else "", *self._ends(spread))
        status = "extrapolation" if outside else "ok"
        ends = (None, None) if spread is None else (_minutes(spread.low), _minutes(spread.high))
        return self._row(success, status, said, minutes, *ends, None if spread is None else spread.undefined)

    def _row(  # noqa: PLR0917  the number, its ends and what is undefined in it
        self,
        success: int,
        status: str,
        said: Sequence[str],
        minutes: float | None = None,
        lower: float | None = None,
        upper: float | None = None,
        undefined: float | None = None,
    ) -> Row:
        words = [one for one in (*said, self.own, self.estimate.note) if one]
        asked = self.minutes.size > 0
        return Row(
            self.alias, success, minutes, lower, upper, self.estimate.kind, self.estimate.curve, status,
            "; ".join(words) or None, self.minutes.size, float(self.n.sum()),
            float(self.minutes[0]) if asked else None, float(self.minutes[-1]) if asked else None, undefined,
        )  # fmt: skip

    def _why_failed(self) -> str:
        if self.state == RISING:
            return "success does not fall with human time"
        if self.state == FEW:
            return "no attempts, or tasks of one human time only" if self.n.size else "no attempts"
        return "" if self.own else "the fit has no such time"

    def _outside(self, minutes: float) -> str:
        side = "below" if minutes < self.minutes[0] else "above"
        return f"{side} the tasks that were asked, which take {_span(self.minutes)}"

    def _ends(self, spread: Interval | None) -> Iterator[str]:
        if spread is None:
            yield self.estimate.refused or ("no draw has a time horizon" if self.estimate.draws_at else "")
            return
        if spread.undefined >= TOLD:
            yield f"{spread.undefined:.0%} of draws have no time horizon"
        for name, end, open_ in (("lower", spread.low, spread.low == -math.inf),
                                 ("upper", spread.high, spread.high == math.inf)):  # fmt: skip
            if open_:
                yield f"no {name} end"
            elif end < math.log2(self.minutes[0]) or end > math.log2(self.minutes[-1]):
                yield f"the {name} end lies outside the tasks ({_span(self.minutes)})"

    def _bound(self, success: int, level: float) -> Row:
        """Return a bound where every attempt ended alike, by families as the units that are independent.

        Were the horizon longer than the time up to which m families failed, each would have failed with
        probability of at most 1 - success; so m of them all fail with at most (1 - success)^m.
        """
        failed = self.state == ALL_FAIL
        rate = success / PERCENT
        by_chance = 1 - rate if failed else rate
        needed = math.ceil(math.log(1 - level) / math.log(by_chance) - 1e-9)
        order = self.minutes if failed else self.minutes[::-1]
        family = self.family if failed else self.family[::-1]
        first = np.sort(np.unique(family, return_index=True)[1])
        what = "failed" if failed else "succeeded"
        every = f"all {self.n.sum():g} attempts at {self.minutes.size} tasks of {first.size} families {what}"
        if first.size < needed:
            return self._row(
                success, "bound", (f"{every}; a bound at {success} % takes {needed} families or more",)
            )
        edge = float(order[first[needed - 1]])
        side, up_to = ("below", "of up to") if failed else ("above", "from")
        said = (
            f"{every}; {side} {_told(edge)} min with {level:.0%} confidence, by {needed} of the families, "
            f"with tasks {up_to} that time"
        )
        return self._row(success, "bound", (said,), None, None if failed else edge, edge if failed else None)

    def _separated(self, success: int, doublings: float) -> Row:
        low, high = self.minutes[self.rate > 0].max(), self.minutes[self.rate < 1].min()
        said = (
            f"every task below {_told(high)} min succeeded and none above {_told(low)} min: "
            "anywhere between fits equally well"
        )
        low, high = min(low, high), max(low, high)
        return self._row(success, "bound", (said,), 2.0**doublings, float(low), float(high))


def _minutes(doublings: float) -> float | None:
    return 2.0**doublings if math.isfinite(doublings) else None


def _span(minutes: Floats) -> str:
    return f"{_told(minutes[0])} to {_told(minutes[-1])} min"


def _told(minutes: float) -> str:
    return f"{minutes:,.0f}" if minutes >= PERCENT else f"{minutes:.3g}"
