"""What a metric is: from what attempts left behind to a score, and what theory says that score does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tasklaws.spec.bounds import share, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt

Linearity = Literal["linear", "power", "logarithmic", "threshold", "aggregate"]
"""How the expected score moves with the error of a token, where tokens err independently.

linear        affine in the error of a token
power         a power of its success or error, or a mean of powers, as exact match of many tokens is
logarithmic   affine in the log-likelihood
threshold     a step: nothing changes until the right answer overtakes the others
aggregate     of several attempts; as linear as what it aggregates is not
"""


@dataclass(frozen=True)
class OutputLaw:
    """The law of one answer, for which a metric can say what it expects.

    `length` tokens, each right with probability `right`; gated answers come out of a strict tool: with
    probability `right` ^ `length` all tokens are right, otherwise each is a guess.
    """

    length: int
    right: float
    gated: bool = False
    guess: float = 0.0
    """Probability that a guessed token is right."""
    choices: int = 4
    """Options of a multiple choice; `right` is then the probability given to the right one, and the rest is
    divided at random over the others. Gated: all of it is on the right one, or spread evenly."""
    attempts: int = 1

    def __post_init__(self) -> None:
        """Refuse probabilities outside [0, 1] and counts that cannot be."""
        whole(self.length, 1, "the number of tokens")
        whole(self.choices, 2, "the number of choices")
        whole(self.attempts, 1, "the number of attempts")
        share(self.right, "the probability that a token is right")
        share(self.guess, "the probability that a guessed token is right")

    @property
    def success(self) -> float:
        """Return the probability that every token is right before any guess."""
        return float(self.right**self.length)


@dataclass(frozen=True)
class Metric:
    """One metric; its module's name is its name."""

    name: str
    summary: str
    source: str
    status: Literal["published", "emerging"]
    direction: Literal["higher", "lower"]
    lower: float | None
    """Lowest score there can be; None for none."""
    upper: float | None
    """Highest score there can be; None for none."""
    unit: str
    """``share``, ``squared error``, ``nats``, ``nats per token`` or ``bits per byte``."""
    linearity: Linearity
    kind: Literal["output", "process", "aggregate"]
    """Whether it looks at the answer, at how it came about, or at several attempts."""
    needs: tuple[str, ...]
    """Fields of an attempt without which the score is undefined."""
    score: Callable[[Instance, Sequence[Attempt]], float | None]
    """Return the score of the attempts at one instance (one attempt unless the metric aggregates); None
    where it is undefined."""
    chance: Callable[[Instance], float | None]
    """Return what guessing scores; None where that has no meaning."""
    expected: Callable[[OutputLaw], float | None]
    """Return the mean score under a law of outputs; None where the law does not say."""
    resolution: str
    """At what size of effect the metric can still tell models apart, in one sentence."""
    validity: str
    """What a good score is evidence for, and what it is not, in one sentence."""

    @property
    def facts(self) -> dict[str, str]:
        """Return the metric's card in words."""
        ends = [("-" if end is None else f"{end:g}") for end in (self.lower, self.upper)]
        return {
            "direction": f"{self.direction} is better",
            "bounds": f"{ends[0]} to {ends[1]} ({self.unit})",
            "looks at": self.kind,
            "needs": ", ".join(self.needs),
            "linearity": self.linearity,
            "resolution": self.resolution,
            "validity": self.validity,
        }
