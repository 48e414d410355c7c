"""Simulation of attempts at a plan: slow, general and independent of exact evaluation, so its oracle.

Limits on messages, turns and dollars are not simulated, nor are several attempts at one instance: each row
is one attempt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tasklaws.core.errors import BadInput
from tasklaws.spec.harness import Harness
from tasklaws.theory.walk import Attempts

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.spec.agent import Agent
    from tasklaws.spec.plan import Plan
    from tasklaws.theory.costs import Floats
    from tasklaws.theory.walk import Bools

NO_LIMITS = Harness()


@dataclass(frozen=True)
class Simulated:
    """Independent attempts at a plan; arrays of shape (attempts,)."""

    ok: Bools
    """The attempt succeeded, within all limits."""
    limited: Bools
    """Its cost exceeded a limit on tokens or time, so it was ended and failed."""
    tokens: Floats
    """What it would have cost without limits on the whole attempt."""
    seconds: Floats


class Estimate(NamedTuple):
    """An estimate and its standard error."""

    value: float
    error: float


def simulate(
    plan: Plan,
    agent: Agent,
    harness: Harness = NO_LIMITS,
    *,
    n: int,
    rng: np.random.Generator,
    discrete: bool = False,
) -> Simulated:
    """Return `n` independent attempts of `agent` at `plan` under the limits of `harness`.

    With `discrete`, costs are drawn from the discrete laws that exact evaluation uses.

    Raises:
        BadPlan: a tool is not offered, steps that share an artefact differ, or the agent lacks a skill.
        BadInput: `n` is below 1, or a loop by hand is too long to be simulated.
    """
    attempts = Attempts(plan, agent, harness, n, rng, discrete=discrete)
    ok = attempts.run(plan)
    limited = attempts.limited()
    return Simulated(ok & ~limited, limited, attempts.tokens, attempts.seconds)


def success(simulated: Simulated) -> Estimate:
    """Return the share of successes and its standard error.

    The error is that of the share (k + 1) / (n + 2), so that none or all is not taken for certain.
    """
    n, k = simulated.ok.size, int(simulated.ok.sum())
    near = (k + 1) / (n + 2)
    return Estimate(k / n, math.sqrt(near * (1 - near) / n))


def until(
    error: float, more: Callable[[int], Simulated], *, batch: int = 10_000, at_most: int = 1_000_000
) -> Simulated:
    """Return the attempts of as many batches as bring the standard error of success down to `error`.

    `more(n)` gives n further attempts. No more than `at_most` are asked for, whatever error is left.

    Raises:
        BadInput: `error`, `batch` or `at_most` is not positive.
    """
    if not (error > 0 and batch > 0 and at_most > 0):
        raise BadInput(
            f"simulation until an error of {error!r} in batches of {batch!r}, at most {at_most!r}.",
            "All three must be positive.",
            "Correct them.",
        )
    found = more(min(batch, at_most))
    while success(found).error > error and found.ok.size < at_most:
        found = _joined(found, more(min(batch, at_most - found.ok.size)))
    return found


def _joined(a: Simulated, b: Simulated) -> Simulated:
    fields = ("ok", "limited", "tokens", "seconds")
    return Simulated(*(np.concatenate([getattr(a, name), getattr(b, name)]) for name in fields))
