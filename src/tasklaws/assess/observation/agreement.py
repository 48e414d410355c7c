"""How far two readers agree: Cohen's kappa with its interval, and who called what how.

Source:
    Cohen (1960), A coefficient of agreement for nominal scales; Fleiss, Cohen and Everitt (1969), Large
    sample standard errors of kappa and weighted kappa, eq. 13.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.core.proportions import clopper_pearson, jeffreys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

Z = 1.959964
"""Quantile of the normal distribution of an interval of 95 %."""
TINY = 1e-9


@dataclass(frozen=True)
class Kappa:
    """Agreement beyond chance; None where both readers used one and the same label only."""

    kappa: float | None
    lower: float | None
    upper: float | None
    n: int
    agreed: int

    @property
    def reason(self) -> str | None:
        """Return why there is no kappa."""
        if self.kappa is not None:
            return None
        return "both readers gave one and the same label" if self.n else "no attempt was read by both"


def confusion(first: Mapping[str, str], second: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return how often each pair of labels was given to attempts that both read."""
    pairs = Counter((first[one], second[one]) for one in first if one in second)
    return [{"first": a, "second": b, "n": n} for (a, b), n in sorted(pairs.items())]


def cohens_kappa(first: Mapping[str, str], second: Mapping[str, str]) -> Kappa:
    """Return the agreement of two readers on the attempts that both read."""
    both = [one for one in first if one in second]
    names = sorted({first[one] for one in both} | {second[one] for one in both})
    counts = np.zeros((len(names), len(names)))
    for one in both:
        counts[names.index(first[one]), names.index(second[one])] += 1
    n, agreed = len(both), int(np.trace(counts))
    if len(names) <= 1:
        return Kappa(None, None, None, n, agreed)
    p = counts / n
    chance = float(p.sum(axis=1) @ p.sum(axis=0))
    kappa = (agreed / n - chance) / (1 - chance)
    half = Z * float(np.sqrt(_variance(p, agreed / n, chance) / n))
    lower, upper = (kappa - half, kappa + half) if half > TINY else _exact(agreed, n, chance)
    return Kappa(kappa, max(lower, -1.0), min(upper, 1.0), n, agreed)


def _exact(agreed: int, n: int, chance: float) -> tuple[float, float]:
    """Return the interval of kappa that the exact one of the agreement gives; its own has no width here."""
    lower, upper = ((end - chance) / (1 - chance) for end in clopper_pearson(agreed, n))
    return lower, upper


def _variance(p: NDArray[np.float64], agreed: float, chance: float) -> float:
    """Return n times the variance of kappa for a table of shares."""
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    diagonal = np.diag(p)
    sums = columns[:, None] + rows[None, :]
    on = diagonal * ((1 - chance) - (rows + columns) * (1 - agreed)) ** 2
    off = (p * sums**2).sum() - (diagonal * (rows + columns) ** 2).sum()
    rest = (agreed * chance - 2 * chance + agreed) ** 2
    return float(max((on.sum() + (1 - agreed) ** 2 * off - rest) / (1 - chance) ** 4, 0.0))


@dataclass(frozen=True)
class Rate:
    """A share of attempts of a kind, weighted by how likely each was to be read."""

    share: float | None
    lower: float | None
    upper: float | None
    n: int
    """Attempts of the kind that were read."""


def weighted_rate(hits: Mapping[str, bool], weights: Mapping[str, float], level: float = 0.9) -> Rate:
    """Return the share of attempts with a hit, each counted with its weight.

    The ratio of two Horvitz-Thompson totals; the interval is that of a binomial with as many attempts as the
    unequal weights are worth (Kish 1965, section 11.7).
    """
    if not hits:
        return Rate(None, None, None, 0)
    weight = np.array([weights[one] for one in hits])
    hit = np.array([hits[one] for one in hits], dtype=float)
    share = float(weight @ hit / weight.sum())
    worth = float(weight.sum() ** 2 / (weight @ weight))
    return Rate(share, *jeffreys(share * worth, worth, level), len(hits))
