"""A step: the smallest part of a task that is right or wrong as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from tasklaws.core.errors import BadPlan
from tasklaws.spec.bounds import not_negative, share, whole
from tasklaws.spec.cost import FREE, Cost


@dataclass(frozen=True)
class HumanTime:
    """How long a person takes: log-normal work, and with some probability a blow-up on top.

    Source: formal model, section 3.3: H = sum of log-normals + the sum of Binomial(n, b) blow-ups.
    """

    median_minutes: float
    sigma: float = 0.0
    """Standard deviation of the natural logarithm."""
    blow_up: float = 0.0
    """Probability that the step goes wrong and must be dug out of."""
    blow_up_minutes: float = 0.0
    """Median minutes that a blow-up adds."""
    blow_up_sigma: float = 0.0

    def __post_init__(self) -> None:
        """Refuse negative times and a probability outside [0, 1]."""
        for what in ("median_minutes", "sigma", "blow_up_minutes", "blow_up_sigma"):
            not_negative(getattr(self, what), f"{what} of a human time")
        share(self.blow_up, "the probability of a blow-up")


@dataclass(frozen=True)
class Step:
    """One step. Without retries it succeeds with probability (1 - strictness x error) ^ tokens."""

    name: str
    tokens: int = 1
    """Tokens that must be right."""
    skill: str = "general"
    """Which of an agent's error rates applies."""
    tool: str | None = None
    """Name of the tool that takes the tokens; None where they are the answer itself."""
    strictness: float = 1.0
    """Probability that one wrong token is fatal; 1 where input must be exact."""
    detect: float = 0.0
    """Probability that a failed attempt is noticed, and so tried again."""
    attempts: int = 1
    """Attempts at most, the first included."""
    group: str | None = None
    """Steps of one group use one artefact, such as a script: it is right for all of them or for none."""
    spends: Cost | None = None
    """Tokens spent on one attempt; None for the tokens that must be right."""
    seconds: Cost = FREE
    """Seconds that the tool runs, on top of the time to write the tokens."""
    human: HumanTime | None = None
    deterministic: bool = True
    """Whether the same input always gives the same output."""

    def __post_init__(self) -> None:
        """Refuse a step that cannot be."""
        if not self.name:
            raise BadPlan("a step has no name.", "A step is told apart by its name.", "Name it.")
        whole(self.tokens, 0, f"the number of tokens of step {self.name!r}")
        share(self.strictness, f"the strictness of step {self.name!r}")
        share(self.detect, f"the probability that a failure of step {self.name!r} is noticed")
        whole(self.attempts, 1, f"the number of attempts of step {self.name!r}")
