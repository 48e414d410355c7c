"""Steps of a run whose errors grow once an error is in the context.

A run begins clean; from its first error on it is dirty, and stays so. It goes on to the last step, so
that right steps behind an error still count as milestones. Accuracy of the whole depends on the clean
errors only: it cannot see the dirty ones. What sees them is the accuracy of late steps.

With one error per step and state, all figures are exact: two states times the quantity counted.

Source: formal model, P22 and section 7; arXiv 2509.09677 (accuracy of a step falls behind errors).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.core.errors import BadPlan
from tasklaws.spec.bounds import share, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Chain:
    """Steps in their order, each with the probability that it goes wrong."""

    clean: tuple[float, ...]
    """Error of each step as long as no error was made."""
    dirty: tuple[float, ...]
    """Error of each step behind an error."""

    def __post_init__(self) -> None:
        """Refuse no steps, errors of one state only, and what is no probability."""
        object.__setattr__(self, "clean", tuple(self.clean))
        object.__setattr__(self, "dirty", tuple(self.dirty))
        if not self.clean or len(self.clean) != len(self.dirty):
            raise BadPlan(
                f"a chain has {len(self.clean)} clean and {len(self.dirty)} dirty errors.",
                "Each step needs one of both, and there must be a step.",
                "Give as many of one as of the other.",
            )
        for error in self.clean + self.dirty:
            share(error, "the error of a step")

    @classmethod
    def even(cls, steps: int, clean: float, dirty: float) -> Chain:
        """Return a chain whose steps are all alike."""
        whole(steps, 1, "the number of steps")
        return cls((clean,) * steps, (dirty,) * steps)


@dataclass(frozen=True)
class Spent:
    """The law of what a run costs; both arrays are of shape (cells,) and sum to 1 together."""

    ok: Floats
    """Probability that all steps are right at each cost."""
    fail: Floats
    """Probability that some step is wrong at each cost."""


def clean_before(chain: Chain) -> Floats:
    """Return the probability that the run is clean before each step and at the end, of shape (steps + 1,)."""
    clean: Floats = np.concatenate([[1.0], np.cumprod(1 - np.asarray(chain.clean))])
    return clean


def all_right(chain: Chain) -> float:
    """Return the probability that every step is right."""
    return float(clean_before(chain)[-1])


def step_accuracy(chain: Chain) -> Floats:
    """Return the probability that each step is right, of shape (steps,)."""
    clean = clean_before(chain)[:-1]
    accuracy: Floats = 1 - clean * np.asarray(chain.clean) - (1 - clean) * np.asarray(chain.dirty)
    return accuracy


def mean_right_steps(chain: Chain) -> float:
    """Return the mean number of right steps."""
    return float(step_accuracy(chain).sum())


def right_steps(chain: Chain) -> Floats:
    """Return the probability of each number of right steps, 0 to all, of shape (steps + 1,)."""
    dirty = np.zeros(len(chain.clean) + 1)
    clean = 1.0
    for done, (clean_error, dirty_error) in enumerate(zip(chain.clean, chain.dirty, strict=True)):
        dirty = dirty * dirty_error + np.concatenate([[0.0], dirty[:-1] * (1 - dirty_error)])
        dirty[done] += clean * clean_error  # a clean run has been right in all steps done
        clean *= 1 - clean_error
    dirty[-1] += clean
    return dirty


def cost_law(chain: Chain, costs: Sequence[ArrayLike], stretch: int = 1) -> Spent:
    """Return the law of the cost of a run whose dirty steps cost `stretch` times as much.

    The step that makes the first error is still a clean one, and costs what a clean step costs.

    Args:
        chain: the steps.
        costs: law of the clean cost of each step: entry i is the probability of i cells.
        stretch: how many times as much a dirty step costs; a whole number, so that costs stay on cells.
    """
    whole(stretch, 1, "the cost of a dirty step, relative to a clean one,")
    laws = _checked(chain, costs)
    clean, dirty = np.ones(1), np.zeros(1)
    for law, error in zip(laws, chain.clean, strict=True):
        paid = np.convolve(clean, law)
        dirty = np.convolve(dirty, _stretched(law, stretch))
        dirty[: paid.size] += error * paid
        clean = (1 - error) * paid
    return Spent(np.concatenate([clean, np.zeros(dirty.size - clean.size)]), dirty)


def _stretched(law: Floats, times: int) -> Floats:
    wide = np.zeros((law.size - 1) * times + 1)
    wide[::times] = law
    return wide


def _checked(chain: Chain, costs: Sequence[ArrayLike]) -> list[Floats]:
    laws = [np.asarray(cost, dtype=float) for cost in costs]
    if len(laws) != len(chain.clean):
        raise BadPlan(
            f"there are {len(laws)} laws of cost for {len(chain.clean)} steps.",
            "Each step needs one.",
            "Give as many.",
        )
    for place, law in enumerate(laws):
        if law.ndim != 1 or not law.size or not (law >= 0).all() or abs(law.sum() - 1) > 1e-9:  # noqa: PLR2004
            raise BadPlan(
                f"the law of cost of step {place} has shape {law.shape} and sum {law.sum():g}.",
                "It lists probabilities of 0, 1, 2, ... cells, which sum to 1.",
                "Correct it.",
            )
    return laws
