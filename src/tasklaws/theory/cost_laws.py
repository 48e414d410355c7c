"""The law of an attempt: how likely success and failure are, and at what cost; and how laws combine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from tasklaws.theory.masses import Grid, Mass, at_no_cost, nothing, pooled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class CostLaw:
    """Two sub-distributions over cost, of success and of failure; together they are certain.

    Source: formal model, section 3.2.
    """

    ok: Mass
    fail: Mass

    @property
    def all(self) -> Mass:
        """Return the law of the cost, whatever comes of it."""
        return self.ok + self.fail


def done(grid: Grid) -> CostLaw:
    """Return the law of having nothing to do."""
    return CostLaw(at_no_cost(grid), nothing(grid))


def impossible(grid: Grid) -> CostLaw:
    """Return the law of failing at no cost."""
    return CostLaw(nothing(grid), at_no_cost(grid))


def both(first: CostLaw, second: CostLaw) -> CostLaw:
    """Return the law of two parts that are tried and must both succeed."""
    ok = first.ok * second.ok
    return CostLaw(ok, (first.all * second.all).beyond(ok))


def both_or_stop(first: CostLaw, second: CostLaw) -> CostLaw:
    """Return the law of two parts of which the second is tried only where the first succeeded."""
    return CostLaw(first.ok * second.ok, first.fail + first.ok * second.fail)


def chain(laws: Sequence[CostLaw], join: Callable[[CostLaw, CostLaw], CostLaw] = both) -> CostLaw:
    """Return the law of parts one after the other."""
    return reduce(join, laws)


def mixture(weights: Sequence[float], laws: Sequence[CostLaw], grid: Grid) -> CostLaw:
    """Return the law of one of several, chosen with the given probabilities."""
    pairs = list(zip(weights, laws, strict=True))
    return CostLaw(
        pooled((w * law.ok for w, law in pairs), grid), pooled((w * law.fail for w, law in pairs), grid)
    )


def times(law: CostLaw, n: int) -> CostLaw:
    """Return the law of `n` independent turns that must all succeed, by squaring."""
    if n == 1:
        return law
    half = times(law, n // 2)
    doubled = both(half, half)
    return both(doubled, law) if n % 2 else doubled


def first_k(laws: Sequence[CostLaw], k: int, grid: Grid) -> CostLaw:
    """Return the law of parts tried one after the other until `k` have succeeded."""
    reached = [at_no_cost(grid)]  # index: successes so far, below k
    ok = nothing(grid)
    for law in laws:
        onward = [nothing(grid)] * min(len(reached) + 1, k)
        for successes, mass in enumerate(reached):
            onward[successes] = onward[successes] + mass * law.fail
            if successes + 1 == k:
                ok = ok + mass * law.ok
            else:
                onward[successes + 1] = onward[successes + 1] + mass * law.ok
        reached = onward
    return CostLaw(ok, pooled(reached, grid))
