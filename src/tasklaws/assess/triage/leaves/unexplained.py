"""What nothing explains: the transcripts of the largest surprises, for somebody to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from scipy.stats import norm

from tasklaws.assess.checks.surprises import last_rung
from tasklaws.assess.triage.leaf import Answer, Leaf, untested

if TYPE_CHECKING:
    from tasklaws.assess.certificate import Certificate
    from tasklaws.assess.evidence import Evidence

SHOWN = 5
"""Surprises whose transcripts are linked."""
ATTEMPTS = 3
"""Attempts linked of each."""
LONGEST = 2000
"""Characters of an attempt's text that are kept."""
LINK = ("instance_id", "epoch", "harness_id", "run_id", "path", "outcome", "text")
EDGE = 1e-12


def look(evidence: Evidence, certificate: Certificate) -> Answer:  # noqa: ARG001
    """Return the scores of the last models that surprise most, each with attempts that made it so."""
    largest = surprising(evidence)
    if largest is None:
        return untested(
            "models of more sizes below the last", "The ladder is too short to forecast its last rung."
        )
    if not largest:
        return untested("scores of the last models", "No task of the last models has scores.")
    odd = [one for one in largest if one["surprise"]]
    first = largest[0]
    text = (
        f"Of the {len(largest)} largest surprises {len(odd) or 'none'} cannot be chance; the largest is "
        f"{first['task_id']} of {first['model']}, {abs(first['z']):.1f} standard deviations "
        f"{first['direction']} its forecast."
    )
    return Answer(hit=bool(odd), text=text, figures={"largest": largest})


def surprising(evidence: Evidence) -> list[dict[str, Any]] | None:
    """Return the largest surprises of the family's tasks with links to attempts; None on a short ladder."""
    found = last_rung(evidence.suite)
    if found is None:
        return None
    own = set(evidence.counts.tasks)
    rows = [
        {"model": model, "z": float(norm.ppf(min(max(row["pit"], EDGE), 1 - EDGE))), **row}
        for model, one in found.items()
        for row in one.rows.to_dicts()
        if row["task_id"] in own and row["p"] is not None
    ]
    rows.sort(key=lambda row: (-abs(row["z"]), row["model"], row["task_id"]))
    keys = ("model", "task_id", "direction", "z", "q", "surprise")
    return [{key: row[key] for key in keys} | {"attempts": _links(evidence, row)} for row in rows[:SHOWN]]


def _links(evidence: Evidence, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return attempts that made a score surprise: successes where it is high, failures where it is low."""
    runs = evidence.attempts
    if not runs.height:
        return []
    wanted = pl.col("score") == 1 if row["direction"] == "above" else pl.col("score") < 1
    own = (pl.col("model") == row["model"]) & (pl.col("task_id") == row["task_id"]) & wanted
    there = [name for name in LINK if name in runs.columns]
    some = runs.filter(own).sort("instance_id", "epoch").select(there).head(ATTEMPTS)
    if "text" in there:
        some = some.with_columns(pl.col("text").str.slice(0, LONGEST))
    return some.to_dicts()


LEAF = Leaf(
    "unexplained",
    10,
    "is there a surprise that nothing else explains?",
    source="formal model, F8 and D12",
    status="emerging",
    look=look,
)
