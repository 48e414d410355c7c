"""Success by a budget, from attempts of which some were cut short: cumulative incidence with influences.

An attempt ends in a success, in a failure that was submitted, or it is cut. A failure will never be a
success, so it is no censoring: it is the other way to end, and what is estimated is the cumulative incidence
of success (Aalen and Johansen 1978). The limit that a failure had need not be known for that. Where all had
one limit, this is the Kaplan-Meier estimate in which failures stay at risk until the limit, and at the limit
the plain share. Cuts must tell nothing of what would have come, given that the attempt was still running.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SUCCESS, FAILURE, CUT = 1, 2, 0
"""Ways in which an attempt ends."""


@dataclass(frozen=True)
class Incidence:
    """Estimated share of success at each budget, and what each attempt contributes to it."""

    budgets: Floats
    success: Floats
    """Of shape (budgets,)."""
    influence: Floats
    """Change of `success` with the weight of an attempt, of shape (attempts, budgets); columns sum to 0."""
    at_risk: NDArray[np.int64]
    """Attempts that neither succeeded nor were cut below each budget, failures among them."""
    known: NDArray[np.bool_]
    """False where every attempt that could still tell had been cut below the budget."""


@dataclass(frozen=True)
class _Steps:
    """What happens at each distinct amount, in order."""

    running: Floats
    """Attempts that had not ended below it."""
    hazard: Floats
    """Share of them that end there, cuts aside."""
    won: Floats
    """Successes there."""

    @property
    def left(self) -> Floats:
        """Return the share of attempts that would still run just below, were none cut."""
        return np.concatenate([[1.0], np.cumprod(1.0 - self.hazard)[:-1]])

    @property
    def reached(self) -> Floats:
        """Return the share of success up to and with each amount."""
        return np.cumsum(self.left * self.won / self.running)


def incidence(amount: Floats, kind: NDArray[np.int64], budgets: Floats) -> Incidence:
    """Return the cumulative incidence of success at `budgets`.

    Args:
        amount: used by each attempt when it ended.
        kind: how it ended: SUCCESS, FAILURE or CUT. One cut at an amount was still running at it.
        budgets: growing.
    """
    times, place = np.unique(amount, return_inverse=True)
    steps = _steps(place, kind, len(times))
    last = np.searchsorted(times, budgets, side="right") - 1
    success = np.where(last >= 0, steps.reached[last], 0.0)
    whole = budgets <= amount[kind == CUT].min(initial=np.inf)
    plain = np.searchsorted(np.sort(amount[kind == SUCCESS]), budgets, side="right") / len(amount)
    success = np.where(whole, plain, success)  # the same number, without the rounding of products
    at_risk = ((kind == FAILURE)[:, None] | (amount[:, None] >= budgets)).sum(axis=0)
    known = (budgets <= amount.max()) | bool((steps.hazard >= 1).any())
    return Incidence(budgets, success, _influence(steps, place, kind, last, success), at_risk, known)


def _steps(place: NDArray[np.intp], kind: NDArray[np.int64], many: int) -> _Steps:
    at = np.bincount(place, minlength=many)
    running = len(place) - np.cumsum(at) + at
    ended = np.bincount(place[kind != CUT], minlength=many)
    won = np.bincount(place[kind == SUCCESS], minlength=many)
    return _Steps(running.astype(float), ended / running, won.astype(float))


def _influence(
    steps: _Steps, place: NDArray[np.intp], kind: NDArray[np.int64], last: NDArray[np.intp], success: Floats
) -> Floats:
    """Return the derivatives of `success` by the weights of attempts (the infinitesimal jackknife).

    The weight of an attempt adds to the events at its end and to the attempts running until then; both change
    the share won at that time, and by the share left also all that comes later.
    """
    running, hazard, left, reached = steps.running, steps.hazard, steps.left, steps.reached
    rest = np.divide(1.0, (1.0 - hazard) * running, out=np.zeros_like(hazard), where=hazard < 1)
    own = np.cumsum(left * steps.won / running**2)
    later, earlier = np.cumsum(hazard * rest), np.cumsum(hazard * rest * reached)
    by_then = place[:, None] <= last[None, :]
    to_come = success[None, :] - reached[place][:, None]
    gain = np.where(by_then & (kind == SUCCESS)[:, None], (left / running)[place][:, None], 0.0)
    lost = np.where(by_then & (kind != CUT)[:, None], rest[place][:, None] * to_come, 0.0)
    seen = np.minimum(place[:, None], last[None, :])
    spread = np.where(seen >= 0, success[None, :] * later[seen] - earlier[seen] - own[seen], 0.0)
    return gain - lost + spread
