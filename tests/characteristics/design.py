"""Worlds for operating characteristics: sound families that must raise no alarm, and faults to be found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np

from tasklaws.assess.evidence import Counts, Evidence, Suite, suite_from_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


Plan = TypeVar("Plan")


@dataclass(frozen=True)
class Design:
    """One kind of world that a check is run on."""

    name: str
    check: str
    """Name of the check."""
    kind: Literal["null", "alternative"]
    draw: Callable[[np.random.Generator], Evidence]
    asked: float = 0.05
    """Of a null: most failures that are allowed. Of an alternative: failures that are asked for."""
    note: str = ""


def corners(plans: Sequence[Plan], shocks: Sequence[float]) -> list[tuple[Plan, float]]:
    """Return the first plan at every shock, and the others at the greatest."""
    return [*((plans[0], shock) for shock in shocks), *((plan, shocks[-1]) for plan in plans[1:])]


def drawn_counts(
    rates: ArrayLike,
    n: int,
    rng: np.random.Generator,
    families: tuple[str, ...] | None = None,
    floor: float = 0.0,
) -> Counts:
    """Return counts of `n` attempts at each of `rates`, of shape (tasks, models)."""
    p = np.asarray(rates, dtype=float)
    tasks, models = p.shape
    nothing = np.zeros(p.shape)
    return Counts(
        tuple(f"task-{i:03d}" for i in range(tasks)),
        families or ("family",) * tasks,
        tuple(f"model-{j:02d}" for j in range(models)),
        rng.binomial(n, p).astype(float),
        np.full(p.shape, float(n)),
        nothing,
        nothing,
        np.full(tasks, floor),
        np.ones(tasks),
    )


def drawn_suite(
    rates: ArrayLike,
    n: int,
    rng: np.random.Generator,
    *,
    x: ArrayLike | None = None,
    families: tuple[str, ...] | None = None,
    floor: float = 0.0,
) -> Suite:
    """Return a suite of such counts; models stand a third of a decade apart where `x` does not say."""
    counts = drawn_counts(rates, n, rng, families, floor)
    at = np.arange(len(counts.models)) / 3 + 18 if x is None else np.asarray(x, float)
    return suite_from_counts(counts, at, seed=int(rng.integers(2**31)))


def first_family(suite: Suite) -> Evidence:
    """Return the evidence on the suite's first family."""
    return suite.evidence(suite.families[0])
