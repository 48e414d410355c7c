"""What the best warning of a red line can be: crossings of a known law, and the lead of who knows it.

A family's score is the mean over its tasks of the share of successes; a line is crossed at a rung where
it is at or above a threshold. Who knows the law of every rung, but not the chance of its attempts, gives
each rung its probability of a crossing, and nobody does better. Its alarm stands where that probability
is at or above an alert; the lead of a crossing is the number of rungs, that of the crossing among them,
over which the alarm stood without a break. Chances at different rungs are independent.

A latent step of hazard h per rung is the case in which all those probabilities are h: its lead is 0
where the alert is above h, and else the alarm has always stood, so that its lead says nothing. Its
scores, and the skill of the best forecaster over "as before", are in `early_warning`.

Source: formal model, F7 (lead), P3 (Gumbel curve), P12 (latent steps), 0b.2 (rung shock).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit

from tasklaws.core.errors import BadPlan
from tasklaws.spec.agent import SkillLaw
from tasklaws.spec.bounds import between, not_negative, share, whole
from tasklaws.theory import hazards

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

NODES = 61
"""Nodes of the quadrature over a shock."""
TIE = 1e-9
"""A score may lie so many successes below the threshold and still count as on it: rounding."""


def gumbel_rates(places: ArrayLike, locations: ArrayLike, exponent: float) -> Floats:
    """Return the success rates of tasks whose hazard falls as a power of compute, of shape (rungs, tasks).

    Args:
        places: log10 of the compute of each rung.
        locations: log10 of the compute at which the hazard of each task is 1, so that its rate is 1/e.
        exponent: of the hazard; 10 % to 90 % takes 1.34 / exponent decades.
    """
    between(exponent, 0.0, math.inf, "the exponent of a hazard")
    x, b = (np.atleast_1d(np.asarray(values, dtype=float)) for values in (places, locations))
    middle = float(x.mean())
    law, flops = SkillLaw(1.0, exponent), 10.0 ** (x - middle)
    return np.stack([hazards.rate(law, 10 ** (exponent * (at - middle)), flops) for at in b], axis=1)


def crossing(rates: ArrayLike, attempts: int, threshold: float, shock: float = 0.0) -> Floats:
    """Return the probability that each rung's score is at or above a threshold, of shape (rungs,).

    Args:
        rates: success rates, of shape (rungs, tasks).
        attempts: at each task, the same for all.
        threshold: a score between 0 and 1.
        shock: standard deviation, in logits, of what shifts all tasks of a rung alike.

    Raises:
        BadPlan: a rate or the threshold is no share, the attempts no number, or the shock negative.
    """
    p = _rates(rates)
    whole(attempts, 1, "the number of attempts at a task")
    share(threshold, "the threshold of a red line")
    not_negative(shock, "the standard deviation of a rung shock")
    least = math.ceil(threshold * attempts * p.shape[1] - TIE)
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES if shock else 1)
    levels = logit(p)[:, None, :] + shock * nodes[:, None]
    beyond = _successes(expit(levels), attempts)[..., least:].sum(axis=-1)
    return np.asarray(np.clip(beyond @ weights / weights.sum(), 0.0, 1.0))


def first_crossing(probability: ArrayLike) -> Floats:
    """Return the probability that each rung is the first to cross, and last that none does.

    Args:
        probability: of a crossing at each rung, of shape (rungs,).
    """
    p = _shares(probability)
    return np.asarray(np.append(p, 1.0) * np.concatenate([[1.0], np.cumprod(1 - p)]))


def leads(probability: ArrayLike, alert: float) -> Ints:
    """Return the lead of each rung, were it the first to cross, of shape (rungs,).

    Args:
        probability: of a crossing at each rung that is forecast.
        alert: probability from which on there is an alarm: the cost of a false one over that of a miss.
    """
    share(alert, "the alert of a red line")
    at = np.arange(1, _shares(probability).size + 1)
    silent = np.where(_shares(probability) >= alert, 0, at)
    found: Ints = at - np.maximum.accumulate(silent)
    return found


@dataclass(frozen=True)
class Alarms:
    """What the alarms of one who knows the law come to, on a line that no rung has crossed before."""

    crossed: float
    """Probability that one of the rungs crosses."""
    lead: Floats
    """Probability of each lead, from 0 up to the number of rungs, given that one crosses."""
    false_alarms: float
    """Expected number of alarms at rungs that then do not cross, up to the first that does; where that one
    has an alarm too, the last of them were early rather than wrong."""

    @property
    def missed(self) -> float:
        """Return the probability of no alarm at the crossing, given that there is one."""
        return float(self.lead[0])

    @property
    def mean_lead(self) -> float:
        """Return the mean lead in rungs, a missed crossing counted as 0."""
        return float(np.arange(self.lead.size) @ self.lead)


def alarms(probability: ArrayLike, alert: float) -> Alarms:
    """Return what alarms come to where the probability of each rung is known, and no rung has crossed.

    Args:
        probability: of a crossing at each rung that is forecast, of shape (rungs,).
        alert: probability from which on there is an alarm.

    Raises:
        BadPlan: no rung can cross, so that there is no lead.
    """
    p = _shares(probability)
    first = first_crossing(p)
    if not first[:-1].any():
        raise BadPlan(
            f"none of {p.size} rungs can cross the line.",
            "A lead is that of a crossing.",
            "Give a lower threshold, or more rungs.",
        )
    law = np.bincount(leads(p, alert), weights=first[:-1], minlength=p.size + 1)
    crossed, still = float(law.sum()), np.cumprod(1 - p)
    return Alarms(crossed, law / crossed, float(still[p >= alert].sum()))


def _successes(rates: Floats, attempts: int) -> Floats:
    """Return the law of all successes of a rung: binomials convolved over tasks, which come last."""
    total = attempts * rates.shape[-1]
    turn = np.exp(-2j * np.pi * np.arange(total + 1) / (total + 1))
    each = 1 - rates[..., None] + rates[..., None] * turn
    return np.asarray(np.fft.ifft(np.prod(each, axis=-2) ** attempts).real)


def _rates(rates: ArrayLike) -> Floats:
    p = np.asarray(rates, dtype=float)
    if p.ndim != 2 or not p.size or not ((p >= 0) & (p <= 1)).all():  # noqa: PLR2004  rungs and tasks
        raise BadPlan(
            f"the rates have shape {p.shape}, or one of them is no share.",
            "They are one for each rung and task, between 0 and 1.",
            "Correct them.",
        )
    return p


def _shares(probability: ArrayLike) -> Floats:
    p = np.atleast_1d(np.asarray(probability, dtype=float))
    for value in p:
        share(float(value), "the probability that a rung crosses")
    return p
