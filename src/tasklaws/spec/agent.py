"""An agent as the formal model sees it: how often a token is wrong, what is known, how fast it works."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadPlan
from tasklaws.spec.bounds import not_negative, positive, share

if TYPE_CHECKING:
    from collections.abc import Mapping

GENERAL = "general"
"""The skill that stands in for any that an agent does not name."""


@dataclass(frozen=True)
class Agent:
    """One model in one scaffold."""

    name: str
    error: Mapping[str, float]
    """Skill -> probability that a token is wrong; ``general`` stands in for skills that are not named."""
    knows: Mapping[str, float] = field(default_factory=dict)
    """What may be known -> probability that this agent knows it in a given attempt; 0 if not named."""
    seconds_per_token: float = 0.0
    slowness: float = 1.0
    """Run time of the agent's programs in multiples of what the plan states."""

    def __post_init__(self) -> None:
        """Refuse probabilities outside [0, 1] and negative times."""
        for skill, error in self.error.items():
            share(error, f"the error of agent {self.name!r} at {skill!r}")
        for bit, known in self.knows.items():
            share(known, f"the probability that agent {self.name!r} knows {bit!r}")
        not_negative(self.seconds_per_token, f"the seconds per token of agent {self.name!r}")
        not_negative(self.slowness, f"the slowness of agent {self.name!r}")

    def error_at(self, skill: str) -> float:
        """Return the probability that a token of `skill` is wrong.

        Raises:
            BadPlan: neither that skill nor ``general`` is named.
        """
        try:
            return self.error[skill] if skill in self.error else self.error[GENERAL]
        except KeyError:
            raise BadPlan(
                f"agent {self.name!r} has no error for the skill {skill!r}.",
                f"It has: {', '.join(sorted(self.error)) or 'none'}.",
                f"Name it, or name {GENERAL!r} for all others.",
            ) from None


@dataclass(frozen=True)
class SkillLaw:
    """Excess loss per token, in nats: amount x flops ^ -exponent. A token is wrong with 1 - exp(-loss)."""

    amount: float
    exponent: float

    def __post_init__(self) -> None:
        """Refuse a negative amount and an exponent that is not positive."""
        not_negative(self.amount, "the amount of a skill's loss")
        positive(self.exponent, "the exponent of a skill's loss")

    def error(self, flops: float) -> float:
        """Return the probability of a wrong token at `flops`."""
        return -math.expm1(-self.amount * flops**-self.exponent)


@dataclass(frozen=True)
class KnowledgeLaw:
    """The probability of knowing something: logistic in log10 of compute."""

    at: float
    """log10 of the compute at which half know it."""
    decades: float
    """Decades over which the log-odds rise by 1."""

    def known(self, flops: float) -> float:
        """Return the probability of knowing it at `flops`."""
        return 1 / (1 + math.exp(-(math.log10(flops) - self.at) / self.decades))


@dataclass(frozen=True)
class AgentLaw:
    """How agents grow along a ladder."""

    skills: Mapping[str, SkillLaw]
    knows: Mapping[str, KnowledgeLaw] = field(default_factory=dict)
    seconds_per_token: float = 0.0
    slowness: float = 1.0

    def agent(self, flops: float, name: str | None = None) -> Agent:
        """Return the agent at `flops` of training compute."""
        return Agent(
            name or f"{flops:.3g} flops",
            {skill: law.error(flops) for skill, law in self.skills.items()},
            {bit: law.known(flops) for bit, law in self.knows.items()},
            self.seconds_per_token,
            self.slowness,
        )
