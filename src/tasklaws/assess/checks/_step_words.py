"""What the check `step` says and shows of its findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.check import Chart, Column

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

SAYS = {True: "climbs smoothly", False: "climbs in a step", None: "may climb in a step"}


def flat_text(family: str, height: float, p: float) -> str:
    """Return the sentence on a family that all models do equally well on."""
    return (
        f"The scores of {family} range over {100 * height:.0f} points, which models that are all alike reach "
        f"by chance (p = {p:.2g}): there is no curve yet to judge."
    )


def text(family: str, ok: bool | None, curve: Floats, jump: float, null: Floats, p: float) -> str:  # noqa: PLR0917
    """Return the sentence on a family whose curve rises by at most the share `jump` of its range at once."""
    at = int(np.diff(curve).argmax())
    low, high = 100 * np.quantile(null, (0.05, 0.95))
    seen = (
        f"the largest rise between two sizes ({100 * curve[at]:.0f} % to {100 * curve[at + 1]:.0f} %) "
        f"is {100 * jump:.0f} % of the whole range"
    )
    usual = f"the best smooth curve gives {low:.0f} to {high:.0f} %, p = {p:.2g}"
    if ok is None:
        return f"Even a full step of {family} would not stand out from a smooth curve here: {seen}; {usual}."
    return f"{family} {SAYS[ok]}: {seen}; {usual}."


def chart(family: str, ok: bool | None, axis: str, shown: Floats, curve: Floats, null: Floats) -> Chart:  # noqa: PLR0917
    """Return the curve beside what smooth curves give, by draws of shape (draws, sizes)."""
    low, high = np.quantile(null, (0.05, 0.95), axis=0)
    rows = [
        {"place": float(at), "score": float(y), "low": float(a), "high": float(b)}
        for at, y, a, b in zip(shown, curve, low, high, strict=True)
    ]
    return Chart(
        f"{family} {SAYS[ok]}",
        "Mean score at each size; bars span 90 % of what the best smooth curve gives, rung shock included.",
        tuple(rows),
        Column("place", axis),
        Column("score", "mean score", share=True),
        interval=("low", "high"),
    )
