"""Worlds for surprises: smooth laws whose last rung may be shocked as a whole, and single tasks that jump.

False discoveries are held at 10 %, so in a world without a true one at most 10 % of worlds may raise any.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit
from tests.characteristics.design import Design, corners, drawn_suite

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Evidence

SLOPE = 2.5
"""Logits per decade."""
JUMP = 6.0
"""Logits by which a task that surprises lies above its law."""


def drawn(
    rng: np.random.Generator, rungs: int, tasks: int, n: int, shock: float, *, jumps: bool = False
) -> Evidence:
    """Return a family of smooth curves; with `jumps` one task of the last rung is solved out of turn."""
    x = np.arange(rungs) / 3
    middle = rng.uniform(-0.5, x[-1] + 0.5, tasks)
    level = SLOPE * (x - middle[:, None]) + rng.normal(0, shock, rungs)
    if jumps:
        level[np.argmin(level[:, -1]), -1] += JUMP
    return drawn_suite(expit(level), n, rng, x=18 + x).evidence("family")


def _designs() -> tuple[Design, ...]:
    found = [
        Design(
            f"{rungs} rungs x {tasks} tasks x {n} runs, shock {shock:g}",
            "surprises",
            "null",
            partial(drawn, rungs=rungs, tasks=tasks, n=n, shock=shock),
            asked=0.10,
        )
        for (rungs, tasks, n), shock in corners([(6, 20, 8), (8, 7, 24), (6, 40, 100)], (0.0, 0.3, 0.54))
    ]
    one = Design(
        "6 rungs x 20 tasks x 50 runs, shock .3, one task 6 logits above",
        "surprises",
        "alternative",
        partial(drawn, rungs=6, tasks=20, n=50, shock=0.3, jumps=True),
        asked=0.8,
    )
    return (*found, one)


DESIGNS = _designs()
