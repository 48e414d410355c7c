"""Worlds for elicitation: attempts that fail for no lack of ability, as many on every rung or not."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import expit
from tests.characteristics.design import Design, drawn_suite, first_family

from tasklaws.core.tables import CELLS, validate

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Evidence

PLAIN, MORE = "plain", "effort@8"
SLOPE = 2.5
"""Logits per decade."""


def drawn(  # noqa: PLR0917
    rungs: int,
    tasks: int,
    n: int,
    shock: float,
    lost: tuple[float, float],
    rng: np.random.Generator,
    *,
    own: float = 0.0,
) -> Evidence:
    """Return a family at two elicitations.

    Args:
        rungs: models, each a size.
        tasks: tasks spread over the ladder.
        n: attempts of a cell.
        shock: of a rung, in logits; both elicitations have it.
        lost: share of attempts that the plain elicitation loses, at the foot of the ladder and at its top.
        rng: source of randomness.
        own: shock of a rung under each elicitation by itself.
    """
    x = np.arange(rungs) / 3
    ability = SLOPE * x + rng.normal(0, shock, rungs)
    level = ability - SLOPE * rng.uniform(-0.5, x[-1], tasks)[:, None]
    more, plain = (expit(level + rng.normal(0, own, rungs)) for _ in range(2))
    plain = plain * (1 - np.linspace(*lost, rungs))
    suite = drawn_suite(plain, n, rng, x=18 + x)
    counts = suite.counts
    rows = [
        {"model": model, "task_id": task, "elicitation": label, "k": float(k), "n": n}
        for label, table in ((PLAIN, counts.k), (MORE, rng.binomial(n, more)))
        for task, line in zip(counts.tasks, table, strict=True)
        for model, k in zip(counts.models, line, strict=True)
    ]
    cells = pl.DataFrame(rows).with_columns(
        pl.lit("family").alias("task_family"),
        pl.lit("exact").alias("metric"),
        pl.lit("h").alias("harness_id"),
    )
    return first_family(replace(suite, elicitation=PLAIN, cells=validate(cells, CELLS, "drawn")))


DESIGNS = (
    *(
        Design(
            f"nothing lost, 6 x 20 x 8, shock {shock:g}",
            "elicitation",
            "null",
            partial(drawn, 6, 20, 8, shock, (0.0, 0.0)),
        )
        for shock in (0.0, 0.3, 0.54)
    ),
    Design("nothing lost, 8 x 7 x 24", "elicitation", "null", partial(drawn, 8, 7, 24, 0.54, (0.0, 0.0))),
    Design(
        "a tenth lost on every rung, 6 x 20 x 8",
        "elicitation",
        "null",
        partial(drawn, 6, 20, 8, 0.3, (0.1, 0.1)),
    ),
    Design(
        "shocks of each elicitation, .2, 6 x 20 x 8",
        "elicitation",
        "null",
        partial(drawn, 6, 20, 8, 0.3, (0.0, 0.0), own=0.2),
    ),
    Design(
        "half lost at the foot, a twentieth at the top, 6 x 20 x 32",
        "elicitation",
        "alternative",
        partial(drawn, 6, 20, 32, 0.3, (0.5, 0.05)),
        0.5,
        "no power is published",
    ),
    Design(
        "two fifths lost on every rung, 6 x 20 x 8",
        "elicitation",
        "alternative",
        partial(drawn, 6, 20, 8, 0.3, (0.4, 0.4)),
        0.9,
        "no power is published",
    ),
)
