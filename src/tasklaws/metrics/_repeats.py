"""What metrics over several attempts share: counting right ones, and k among n."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasklaws.metrics import exact
from tasklaws.spec.bounds import whole
from tasklaws.theory import score_laws

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tasklaws.spec.family import Instance
    from tasklaws.spec.metric import OutputLaw
    from tasklaws.spec.transcript import Attempt

DEFAULT_K = 4
"""Half of the eight attempts per task that are usual, so that the score averages over 70 choices."""

# Values rather than closures, so that metrics of one k are equal and can be sent to other processes.


@dataclass(frozen=True)
class Score:
    """The unbiased estimate from the attempts at one instance."""

    estimate: Callable[[int, int, int], float]
    """Of (attempts, right ones, k)."""
    k: int

    def __post_init__(self) -> None:
        """Refuse a k below 1."""
        whole(self.k, 1, "k, the number of attempts to be looked at,")

    def __call__(self, instance: Instance, attempts: Sequence[Attempt]) -> float | None:
        """Return the estimate; None where there are fewer than k attempts."""
        right = sum(exact.score(instance, [attempt]) for attempt in attempts)
        return self.estimate(len(attempts), int(right), self.k) if len(attempts) >= self.k else None


@dataclass(frozen=True)
class Chance:
    """What guessing scores."""

    of_k: Callable[[float, int], float]
    """Of (success of one attempt, k), for attempts that do not hang together."""
    k: int

    def __call__(self, instance: Instance) -> float | None:
        """Return the score of k guesses; None for an open question."""
        one = exact.chance(instance)
        return None if one is None else self.of_k(one, self.k)


@dataclass(frozen=True)
class Expected:
    """The mean score under a law of outputs."""

    of_k: Callable[[float, int], float]
    k: int

    def __call__(self, law: OutputLaw) -> float | None:
        """Return the mean; None where the law has fewer than k attempts."""
        return self.of_k(score_laws.exact_mean(law), self.k) if law.attempts >= self.k else None
