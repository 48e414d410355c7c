"""Attempts that a limit ended, as censored: what is known is only that they were not done by then.

Where other attempts of the same agent at the same task went on for longer, they tell how the cut ones might
have gone on: the weight of an attempt that was cut passes in equal parts to those that lasted longer (Efron's
redistribution to the right, which gives the Aalen-Johansen estimate of ending in success and of ending in
failure). Where none lasted longer nothing is known, and its weight is left out. So censoring equals dropping
except where a run outlasted one that was cut. Time is that between start and end of a run; where it is not
recorded nothing can be passed on.

Source: Efron 1967, "The two-sample problem with censored data"; Aalen & Johansen 1978.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats


def redistributed(lasted: Floats, cut: NDArray[np.bool_]) -> Floats:
    """Return the weight of each attempt, 0 of those that were cut; it sums to what is known of them all.

    Args:
        lasted: minutes; NaN where not recorded.
        cut: whether a limit ended it.
    """
    weight = np.ones(len(lasted))
    for at in np.lexsort((cut, lasted)):
        if cut[at]:
            later = (lasted > lasted[at]) & (weight > 0)
            weight[later] += weight[at] / max(later.sum(), 1)
            weight[at] = 0.0
    return weight


def decided(attempts: pl.DataFrame) -> dict[tuple[str, str], tuple[float, float]]:
    """Return (agent, task) -> (successes, attempts), those that a limit ended censored.

    Only cells that a limit touched are told; the classes ``plain`` and ``limit`` count.
    """
    told = attempts.filter(pl.col("ending").is_in(["plain", "limit"]))
    touched = told.filter(pl.col("ending") == "limit").select("alias", "task_id").unique()
    found = {}
    for (alias, task), cell in told.join(touched, on=["alias", "task_id"], how="semi").group_by(
        "alias", "task_id"
    ):
        cut = (cell["ending"] == "limit").to_numpy()
        weight = redistributed(cell["lasted"].cast(pl.Float64).fill_null(np.nan).to_numpy(), cut)
        found[str(alias), str(task)] = (float(weight @ cell["score"].to_numpy()), float(weight.sum()))
    return found
