"""D9: should sub-tasks be modelled: does composing their forecasts beat forecasting the task itself?

Both routes see the smaller sizes alone and share all but what they count: right answers, or right steps. What
is composed is the chance that all steps of a task are right. Successes that leave milestones out came by
another path than the one marked; where they are many, milestones bound what a model can do from below.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasklaws.assess.check import ALPHA, Chart, Check, Column, Finding, does_not_apply, unknown
from tasklaws.assess.checks._subtask_steps import MILESTONES, OWN, compositions, gains, marked

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Evidence
    from tasklaws.infer.arrays import Floats

BLOCKS = 5
"""Held-out sizes without which no claim about forecasts is made."""
MOST_FLIPS = 12
NO_PATH = ("guessed",)
"""What classifiers say of an attempt that took none."""
OFF_PATH = 0.1
"""Share of successes off the marked path above which milestones are lower bounds only."""


def judge(evidence: Evidence, rng: np.random.Generator) -> Finding:  # noqa: ARG001  nothing is drawn
    """Return whether held-out sizes are told better by their steps than by themselves."""
    table = marked(evidence) if evidence.counts.tasks else None
    if table is None:
        return _without_marks(evidence)
    order = list(dict.fromkeys(evidence.suite.sizes))
    sizes = np.array([order.index(size) for size in evidence.suite.sizes])
    ways = compositions(table, evidence.counts)
    found, taken = gains(ways, evidence.counts, evidence.x, sizes)
    off = off_path(table)
    details = {**off, "gains": found.tolist(), "composed": list(taken), "held_out": len(found)}
    if len(found) < BLOCKS:
        return unknown(
            f"{BLOCKS - len(found)} more sizes to hold out",
            f"To see whether steps tell {evidence.family} better than it does takes {BLOCKS} held-out sizes, "
            f"and there are {len(found)}. {_off_text(off)}",
            **details,
        )
    better, worse = flipped(found), flipped(-found)
    ok = True if better <= ALPHA else False if worse <= ALPHA else None
    return Finding(
        ok,
        f"{_text(evidence.family, found, ok)} {_off_text(off)}",
        float(found.mean()),
        p=worse,
        reason="more sizes to hold out, which so far are a draw" if ok is None else None,
        details=details | {"p_better": better, "p_worse": worse},
        chart=_chart(evidence.family, found, ok, order[-len(found) :]),
    )


def _without_marks(evidence: Evidence) -> Finding:
    cells = evidence.cells
    if cells.height and cells["metric"].str.starts_with(MILESTONES[:-1]).any() and evidence.counts.tasks:
        return unknown("attempts with their milestones", "Milestones are known as means only.")
    return does_not_apply("No milestones or steps of attempts are recorded.")


def flipped(gain: Floats) -> float:
    """Return p of: gains are as often below 0 as above, by flipping their signs."""
    blocks = gain[-MOST_FLIPS:]
    sums = np.array(list(product((-1.0, 1.0), repeat=len(blocks)))) @ np.abs(blocks)
    return float((sums >= blocks.sum() - 1e-12).mean())


def off_path(table: pl.DataFrame) -> dict[str, Any]:
    """Return the share of successes that leave a milestone out, and of those by another path than the marked.

    The marked path is the one that most attempts took that reached every milestone.
    """
    marks = [name for name in table.columns if name == MILESTONES or name.startswith(OWN)]
    whole = pl.all_horizontal(pl.col(name) >= 1 for name in marks)
    won = table.filter(pl.col("score") == 1)
    path = pl.col("path").is_not_null() & ~pl.col("path").is_in(NO_PATH)
    reached = table.filter(whole & path).group_by("path").len().sort("len", "path", descending=[True, False])
    reference = str(reached["path"][0]) if reached.height else None
    known = won.filter(path)
    missing = float((~won.select(whole.alias("whole"))["whole"]).mean() or 0.0) if won.height else None  # type: ignore[arg-type]
    other = float((known["path"] != reference).mean() or 0.0) if reference and known.height else None  # type: ignore[arg-type]
    shares = [share for share in (missing, other) if share is not None]
    return {
        "successes": won.height,
        "missing_milestones": missing,
        "marked_path": reference,
        "by_other_paths": other,
        "lower_bound_only": max(shares) > OFF_PATH if shares else None,
    }


def _off_text(off: dict[str, Any]) -> str:
    if off["lower_bound_only"] is None:
        return "There are no successes to see whether they follow the milestones."
    share = max(one for one in (off["missing_milestones"], off["by_other_paths"]) if one is not None)
    says = "so milestones are lower bounds only" if off["lower_bound_only"] else "so milestones mark the path"
    return f"Off the marked path came {100 * share:.0f} % of {off['successes']} successes, {says}."


def _text(family: str, gain: Floats, ok: bool | None) -> str:
    size = f"{abs(gain.mean()):.2g} nats for each answer over {len(gain)} held-out sizes"
    if ok is None:
        return (
            f"Composed of its steps {family} is forecast neither better nor worse ({gain.mean():+.2g} nats)."
        )
    how = "better" if ok else "worse"
    return f"Composed of its steps {family} is forecast {how} than as a whole, by {size}."


def _chart(family: str, gain: Floats, ok: bool | None, sizes: list[str]) -> Chart:
    says = {
        True: "better by its steps",
        False: "worse by its steps",
        None: "alike by its steps and as a whole",
    }
    return Chart(
        f"{family} is forecast {says[ok]}",
        "Log score of each held-out size composed of steps beyond that of the task; above 0 is better.",
        tuple({"size": name, "gain": float(one)} for name, one in zip(sizes, gain, strict=True)),
        Column("size", "held-out size, smallest first"),
        Column("gain", "gain (nats for each answer)"),
        reference=0.0,
    )


CHECK = Check(
    "subtasks",
    "D9",
    None,
    "whether forecasts composed of sub-tasks beat forecasts of the task",
    "formal model, D9, F3 and F5",
    "emerging",
    judge,
)
