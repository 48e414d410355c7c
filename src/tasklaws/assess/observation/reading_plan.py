"""Which attempts to read next: a stratified random sample with known probabilities, and what it estimates.

Strata are model x flagged or not x outcome, or as many of these as leave two places for each, so that every
attempt may be drawn. The rest of the places go to strata in proportion to their size, those with a flag
counting several times. Within a stratum the order is that of a hash of seed and attempt, so that a longer
plan with the same strata holds the shorter one, and new attempts elsewhere change nothing.

Source:
    Horvitz and Thompson (1952), A generalization of sampling without replacement from a finite universe;
    Cochran (1977), Sampling Techniques, chapter 5 (the variance of a stratified share).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasklaws.core.proportions import jeffreys
from tasklaws.core.provenance import sha256_hex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

FLAGGED = 4.0
"""Times that an attempt with a flag counts when places are shared out."""


@dataclass(frozen=True)
class Readable:
    """An attempt that could be read."""

    attempt_id: str
    model: str
    flags: tuple[str, ...]
    outcome: str

    def stratum(self, by: int) -> str:
        """Return the stratum of the attempt by the first `by` of: flagged, model, outcome."""
        ended = "limit" if self.outcome.startswith("limit") else self.outcome
        told = ("flagged" if self.flags else "no flag", self.model, ended)
        return " / ".join(told[:by]) or "all"


@dataclass(frozen=True)
class Drawn:
    """An attempt to be read."""

    attempt_id: str
    stratum: str
    probability: float
    """Of being drawn: places of the stratum over its attempts."""


@dataclass(frozen=True)
class Plan:
    """Attempts to be read, in the order to read them, and how many there are of each stratum."""

    drawn: tuple[Drawn, ...]
    sizes: Mapping[str, int]
    by: int
    """What the strata are made of: the first so many of flagged, model, outcome."""


@dataclass(frozen=True)
class Share:
    """A share of all attempts, estimated from those that were read."""

    share: float
    lower: float
    upper: float
    read: int
    of: int


def planned(attempts: Sequence[Readable], n: int, seed: int = 0, by: int | None = None) -> Plan:
    """Return `n` attempts to read, flagged ones more often.

    Args:
        attempts: all of them.
        n: how many to read.
        seed: the same seed draws the same attempts.
        by: strata of an earlier plan that this one goes on with; None for the finest that `n` allows.
    """
    by = _finest(attempts, n) if by is None else by
    strata: defaultdict[str, list[str]] = defaultdict(list)
    for one in attempts:
        strata[one.stratum(by)].append(one.attempt_id)
    flagged = {one.stratum(by) for one in attempts if one.flags} if by else set()
    sizes = {name: len(strata[name]) for name in sorted(strata)}
    places = shared_out(sizes, flagged, n, seed)
    drawn = [
        Drawn(attempt_id, name, places[name] / sizes[name])
        for name in sizes
        for attempt_id in sorted(strata[name], key=lambda one: _place(seed, one))[: places[name]]
    ]
    return Plan(tuple(sorted(drawn, key=lambda one: _place(seed, one.attempt_id))), sizes, by)


def _finest(attempts: Sequence[Readable], n: int) -> int:
    """Return of how much strata may be made, so that each gets two places."""
    return next((by for by in (3, 2, 1) if 2 * len({one.stratum(by) for one in attempts}) <= n), 0)


def _place(seed: int, name: str) -> str:
    return sha256_hex(f"{seed}/{name}".encode())


def shared_out(sizes: Mapping[str, int], flagged: Collection[str], n: int, seed: int = 0) -> dict[str, int]:
    """Return the places of each stratum: two to each where there is room for that, the rest by weight.

    Where there are fewer places than strata, those that weigh most come first, and the others cannot be
    spoken of.
    """
    weights = {name: size * (FLAGGED if name in flagged else 1.0) for name, size in sizes.items()}
    order = sorted(sizes, key=lambda name: (-weights[name], _place(seed, name)))
    places = dict.fromkeys(sizes, 0)
    left = min(n, sum(sizes.values()))
    for most in (1, 2):
        for name in order:
            if left and places[name] < min(most, sizes[name]):
                places[name] += 1
                left -= 1
    for _ in range(left):
        open_ = [name for name in order if places[name] < sizes[name]]
        neediest = max(open_, key=lambda name: weights[name] / (places[name] + 1))
        places[neediest] += 1
    return places


def estimated(
    read: Mapping[str, Iterable[bool]], sizes: Mapping[str, int], level: float = 0.9
) -> Share | None:
    """Return the share of all attempts that have what readers looked for; None where a stratum was not read.

    The interval is that of a binomial with as many attempts as would give the estimate its variance, in
    which each stratum's share is drawn to one half by one attempt, so that strata without a single hit do
    not look certain.

    Args:
        read: stratum -> whether each attempt that was read has it.
        sizes: stratum -> attempts in all.
        level: of the interval.
    """
    found = {name: list(read.get(name, ())) for name in sizes}
    if not all(found.values()):
        return None
    total = sum(sizes.values())
    share = sum(sizes[name] / total * sum(one) / len(one) for name, one in found.items())
    variance = sum(
        (sizes[name] / total) ** 2 * _spread(sum(one), len(one), sizes[name]) for name, one in found.items()
    )
    n = sum(map(len, found.values()))
    if variance <= 0:
        return Share(share, share, share, n, total)
    middle = min(max(share, 0.5 / n), 1 - 0.5 / n)
    worth = max(middle * (1 - middle) / variance, 1.0)
    lower, upper = jeffreys(share * worth, worth, level)
    return Share(share, lower, upper, n, total)


def _spread(hits: int, n: int, size: int) -> float:
    """Return the variance of a stratum's share; none is left where all of it was read."""
    p = (hits + 0.5) / (n + 1)
    return (1 - n / size) * p * (1 - p) / n if math.isfinite(p) else 0.0
