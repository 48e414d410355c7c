"""Multilevel splitting: rare success of a plan, milestone by milestone.

The milestones are the parts of an InOrder. Each level runs the same number of attempts from where
attempts that reached the last milestone stood, drawn with replacement: with what they know, which
artefacts are right, and what they have spent. Success is the product of the shares that pass.

Source: formal model, sections 3.2 and P18; Phuong et al., arXiv 2403.13793, on milestones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.core.errors import BadInput, BadPlan
from tasklaws.spec.plan import AnyOrder, Graph, InOrder, KofN, Maybe, OneOf, Plan, Repeat, Way
from tasklaws.theory.monte_carlo import NO_LIMITS, Estimate
from tasklaws.theory.walk import Attempts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.agent import Agent
    from tasklaws.spec.harness import Harness


@dataclass(frozen=True)
class Splitting:
    """What one run of multilevel splitting found."""

    passed: tuple[float, ...]
    """Share of attempts that reached each milestone from the one before; ends with the first 0."""
    per_level: int
    """Attempts on each level."""

    @property
    def success(self) -> float:
        """Return the estimated probability of success."""
        return math.prod(self.passed)

    @property
    def relative_variance(self) -> float | None:
        """Return the variance of the estimate over its square; None where no attempt passed a level.

        It takes levels for independent, which they are where no limit binds and nothing is shared;
        elsewhere repeat the splitting (`split_often`).
        """
        return relative_variance(self.passed, self.per_level) if self.success > 0 else None

    @property
    def error(self) -> float | None:
        """Return the standard error of the estimate; None where no attempt passed a level."""
        variance = self.relative_variance
        return None if variance is None else self.success * math.sqrt(variance)


def relative_variance(passed: Sequence[float], per_level: int) -> float:
    """Return prod(1 + (1 - p) / (n p)) - 1: variance over square of a product of n-attempt shares.

    Source: formal model, section 3.2 and P18.
    """
    return math.expm1(sum(math.log1p((1 - p) / (per_level * p)) for p in passed))


def split(
    plan: InOrder,
    agent: Agent,
    harness: Harness = NO_LIMITS,
    *,
    per_level: int,
    rng: np.random.Generator,
    discrete: bool = False,
) -> Splitting:
    """Return the success of `agent` at `plan` under `harness`, by splitting on the parts of `plan`.

    Raises:
        BadPlan: `plan` is not an InOrder, or as in `simulate`.
        BadInput: as in `simulate`.
    """
    if not isinstance(plan, InOrder):
        raise BadPlan(
            f"splitting was asked for on {type(plan).__name__}.",
            "Milestones are the parts of an InOrder.",
            "Simulate the plan, or give its parts an order.",
        )
    attempts = Attempts(plan, agent, harness, per_level, rng, discrete=discrete)
    passed: list[float] = []
    for milestone in milestones(plan):
        alive = np.flatnonzero(attempts.run(milestone) & ~attempts.limited())
        passed.append(alive.size / per_level)
        if not alive.size:
            break
        attempts.keep(rng.choice(alive, per_level))
    return Splitting(tuple(passed), per_level)


def milestones(plan: Plan) -> tuple[Plan, ...]:
    """Return the parts of `plan` in order, those of an InOrder within an InOrder among them."""
    if not isinstance(plan, InOrder):
        return (plan,)
    return tuple(milestone for part in plan.parts for milestone in milestones(part))


def split_often(
    plan: InOrder,
    agent: Agent,
    harness: Harness = NO_LIMITS,
    *,
    per_level: int,
    times: int,
    rng: np.random.Generator,
    discrete: bool = False,
) -> Estimate:
    """Return the mean success of `times` independent splittings, and its standard error from their spread.

    The error holds also where limits bind and where levels share knowledge or artefacts.

    Raises:
        BadPlan: as in `split`.
        BadInput: `times` is below 2, or as in `simulate`.
    """
    if times < 2:  # noqa: PLR2004  a spread needs two
        raise BadInput(f"{times} splittings were to be compared.", "It takes 2 or more.", "Ask for more.")
    found = [
        split(plan, agent, harness, per_level=per_level, rng=rng, discrete=discrete).success
        for _ in range(times)
    ]
    return Estimate(float(np.mean(found)), float(np.std(found, ddof=1) / math.sqrt(times)))


def golden_path(plan: Plan) -> Plan:
    """Return `plan` as it is for somebody who knows nothing: the last way of each choice, nothing skipped.

    Its success leaves out every shortcut, so as an estimate for agents that know some it is too low.

    Raises:
        BadPlan: a choice has no way that is open to all.
    """
    match plan:
        case OneOf():
            return _open_to_all(plan.ways[-1])
        case Maybe():
            return golden_path(plan.part)
        case InOrder() | AnyOrder() | KofN():
            return replace(plan, parts=tuple(golden_path(part) for part in plan.parts))
        case Repeat():
            return replace(plan, part=golden_path(plan.part))
        case Graph():
            return replace(plan, parts=tuple((name, golden_path(part)) for name, part in plan.parts))
        case _:
            return plan


def _open_to_all(way: Way) -> Plan:
    if way.knows is not None:
        raise BadPlan(
            f"a choice is open only to those who know {way.knows!r} or an earlier way.",
            "The golden path takes the way that is open to all.",
            "Add such a way, or take the plan as it is.",
        )
    return golden_path(way.plan)
