"""Human time: its law for a plan and a population.

A population is an `Agent`: of it only `knows`, which decides the way taken, and `slowness` of its programs
count. People work until they succeed: instead of failing they lose time in blow-ups. Whoever knows no way
never finishes. Everything is in minutes unless a name says otherwise.

Source: formal model, section 3.3 and P14.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tasklaws.core.errors import BadPlan
from tasklaws.spec.cost import Cost, Fixed, Geometric, LogNormal
from tasklaws.spec.plan import KofN, Maybe, OneOf, Plan, Repeat, children
from tasklaws.spec.step import Step
from tasklaws.spec.structure import knowledge
from tasklaws.theory.costs import draw as draw_costs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tasklaws.spec.agent import Agent

Floats = NDArray[np.float64]

MOST_UNCERTAIN = 12
"""Pieces of knowledge of which a population may be unsure: 2^12 combinations are worked out."""


@dataclass(frozen=True)
class Piece:
    """`times` independent stretches of time, each there with probability `chance`."""

    cost: Cost
    minutes: float = 1.0
    """Minutes per unit of the cost."""
    chance: float = 1.0
    times: int = 1
    blow_up: bool = False

    @property
    def mean(self) -> float:
        """Return the mean in minutes."""
        return self.times * self.chance * self.minutes * self.cost.mean

    @property
    def variance(self) -> float:
        """Return the variance in square minutes."""
        one = self.chance * _mean_square(self.cost) - (self.chance * self.cost.mean) ** 2
        return self.times * self.minutes**2 * max(one, 0.0)


def _mean_square(cost: Cost) -> float:
    match cost:
        case Fixed():
            return cost.value**2
        case LogNormal():
            return cost.mean**2 * math.exp(cost.sigma**2)
        case Geometric():
            return 2 * cost.mean**2 - cost.mean


@dataclass(frozen=True)
class Route:
    """What a share of the population does."""

    share: float
    pieces: tuple[Piece, ...]

    @property
    def mean(self) -> float:
        """Return the mean in minutes."""
        return sum(piece.mean for piece in self.pieces)

    @property
    def variance(self) -> float:
        """Return the variance in square minutes."""
        return sum(piece.variance for piece in self.pieces)

    @property
    def no_blow_up(self) -> float:
        """Return the probability that nothing blows up."""
        return math.prod((1 - piece.chance) ** piece.times for piece in self.pieces if piece.blow_up)


@dataclass(frozen=True)
class TimeLaw:
    """The law of a population's time: one route for each combination of what may be known."""

    routes: tuple[Route, ...]
    """Their shares add up to 1 - `never`."""
    never: float = 0.0
    """Share that knows no way, and so never finishes."""

    @property
    def mean(self) -> float:
        """Return the mean of those who ever finish, in minutes."""
        return sum(route.share * route.mean for route in self.routes) / (1 - self.never)

    @property
    def variance(self) -> float:
        """Return the variance of those who ever finish, in square minutes: within routes and between them."""
        square = sum(route.share * (route.variance + route.mean**2) for route in self.routes)
        return max(square / (1 - self.never) - self.mean**2, 0.0)

    @property
    def no_blow_up(self) -> float:
        """Return the share of those who ever finish that has no blow-up: (1 - b)^n for n equal steps."""
        return sum(route.share * route.no_blow_up for route in self.routes) / (1 - self.never)


def time_law(plan: Plan, person: Agent) -> TimeLaw:
    """Return the law of the time that people like `person` take for `plan`.

    Order does not matter to one person; strictness, retries and shared artefacts count for nothing. Of
    `KofN` the first k parts that can be done at all are done. Of `Repeat` by a tool the part is done once
    and the loop then runs. A piece of knowledge is there for the whole task or not at all.

    Raises:
        BadPlan: a step has no human time; nobody can finish; or more than 12 pieces of knowledge are unsure.
    """
    routes: dict[tuple[Piece, ...], float] = defaultdict(float)
    never = 0.0
    for known, probability in _knowledge(plan, person.knows):
        pieces = _pieces(plan, known, person.slowness)
        if pieces is None:
            never += probability
        else:
            routes[_gathered(pieces)] += probability
    if not routes:
        raise BadPlan(
            f"nobody like {person.name!r} knows a way through the plan.",
            "A law of times needs somebody who finishes.",
            f"Let the population know one of: {', '.join(knowledge(plan))}.",
        )
    return TimeLaw(tuple(Route(probability, pieces) for pieces, probability in routes.items()), never)


def _knowledge(plan: Plan, knows: Mapping[str, float]) -> Iterable[tuple[frozenset[str], float]]:
    """Yield (what is known, probability) for each combination that can occur."""
    chances = {bit: knows.get(bit, 0.0) for bit in knowledge(plan)}
    sure = frozenset(bit for bit, chance in chances.items() if chance == 1)
    unsure = [bit for bit, chance in chances.items() if 0 < chance < 1]
    if len(unsure) > MOST_UNCERTAIN:
        raise BadPlan(
            f"a population is unsure of {len(unsure)} pieces of knowledge: {', '.join(unsure)}.",
            f"{MOST_UNCERTAIN} can be mixed exactly.",
            "Set some to 0 or 1.",
        )
    for held in product((True, False), repeat=len(unsure)):
        odds = (chances[bit] if has else 1 - chances[bit] for bit, has in zip(unsure, held, strict=True))
        yield sure.union(bit for bit, has in zip(unsure, held, strict=True) if has), math.prod(odds)


def _pieces(plan: Plan, known: frozenset[str], slowness: float) -> list[Piece] | None:
    """Return the pieces of time of somebody who has `known`; None where no way is open."""
    match plan:
        case Step():
            return _of_step(plan, slowness)
        case OneOf():
            open_ways = (way.plan for way in plan.ways if way.knows is None or way.knows in known)
            taken = next(open_ways, None)
            return None if taken is None else _pieces(taken, known, slowness)
        case Maybe() if plan.skip in known:
            return []
        case Repeat():
            return _of_loop(plan, _pieces(plan.part, known, slowness), slowness)
        case _:
            parts = [_pieces(part, known, slowness) for part in children(plan)]
            done = [part for part in parts if part is not None]
            needed = plan.k if isinstance(plan, KofN) else len(parts)
            return None if len(done) < needed else [piece for part in done[:needed] for piece in part]


def _of_step(step: Step, slowness: float) -> list[Piece]:
    human = step.human
    if human is None:
        raise BadPlan(
            f"step {step.name!r} has no human time.",
            "The time of a plan is made of the times of its steps.",
            "State it: human=HumanTime(...); HumanTime(0) where it takes no time.",
        )
    work = Piece(LogNormal(human.median_minutes, human.sigma))
    trouble = LogNormal(human.blow_up_minutes, human.blow_up_sigma)
    return [work, Piece(trouble, chance=human.blow_up, blow_up=True), Piece(step.seconds, slowness / 60)]


def _of_loop(loop: Repeat, once: list[Piece] | None, slowness: float) -> list[Piece] | None:
    if once is None:
        return None
    if loop.by == "tool":
        return [*once, Piece(loop.seconds, loop.times * slowness / 60)]
    return [replace(piece, times=piece.times * loop.times) for piece in once]


def _gathered(pieces: list[Piece]) -> tuple[Piece, ...]:
    """Return equal pieces as one, and all certain work as one; drop blow-ups that cannot happen."""
    certain = sum(piece.mean for piece in pieces if piece.variance == 0 and not piece.blow_up)
    counted: Counter[Piece] = Counter()
    for piece in pieces:
        if piece.chance > 0 and (piece.variance > 0 or piece.blow_up):
            counted[replace(piece, times=1)] += piece.times
    spread = [replace(piece, times=times) for piece, times in counted.items()]
    return (Piece(Fixed(certain)), *spread)


def draw(law: TimeLaw, n: int, rng: np.random.Generator) -> Floats:
    """Return the minutes of `n` people, inf for those who never finish; every stretch of time is drawn."""
    minutes: Floats = np.full(n, np.inf)
    shares = [*(route.share for route in law.routes), law.never]
    taken = rng.choice(len(shares), n, p=np.array(shares) / sum(shares))
    for index, route in enumerate(law.routes):
        people = np.flatnonzero(taken == index)
        minutes[people] = sum(_drawn(piece, people.size, rng) for piece in route.pieces)
    return minutes


def _drawn(piece: Piece, n: int, rng: np.random.Generator) -> Floats:
    stretches = rng.binomial(piece.times, piece.chance, n)
    if isinstance(piece.cost, Fixed):
        return np.asarray(piece.minutes * piece.cost.value * stretches, dtype=np.float64)
    owner = np.repeat(np.arange(n), stretches)
    total = np.bincount(owner, draw_costs(piece.cost, owner.size, rng), minlength=n)
    return np.asarray(piece.minutes * total, dtype=np.float64)
