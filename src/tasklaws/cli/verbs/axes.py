"""`tasklaws axes`: which way of ordering tasks by hardness forecasts best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import number, table
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.core.progress import Progress

TASKS = {"new_models": "new models", "new_tasks": "new tasks"}
COLUMNS = ("axis", "log score", "CRPS", "skill", "90 % interval", "p", "verdict", "attempts", "families")
UNEVEN = ("family", "tasks", "raw", "z-scored", "ranks", "ranks of even tasks", "widest gap", "in rung steps")


def _wording(document: dict[str, Any]) -> Iterator[str]:
    lineages = list(dict.fromkeys(row["lineage"] for row in document["rows"]))
    for name in lineages:
        yield from (f"ladder {name}", "") if len(lineages) > 1 else ()
        for task in TASKS:
            yield from _task(document, name, task)
        yield from _agreement([one for one in document["agreement"] if one["lineage"] == name])
        for told in document["normalisation"] or ():
            if told["lineage"] == name:
                yield from _normalised(told)
    yield document["conditions"]["scores"]


def _task(document: dict[str, Any], lineage: str, task: str) -> Iterator[str]:
    """Yield one table: the axes that could be tried, then why others could not."""
    own = [row for row in document["rows"] if row["lineage"] == lineage and row["task"] == task]
    yield f"{TASKS[task]} ({document['conditions'][task]}):"
    tried = [row for row in own if row["status"] != "undefined"]
    yield from table([_row(row) for row in tried], COLUMNS)
    for row in own:
        if row["reason"]:
            yield f"  {row['axis']}: {row['reason']}"
        if row["other_limits"] and row["other_limits"]["verdict"] != row["verdict"]:
            yield f"  {_otherwise(row['axis'], row['other_limits'])}"
    for one in document["pairs"]:
        if one["lineage"] == lineage and one["task"] == task and _against(one):
            yield f"  {_pair(one)}"
    yield ""


def _against(pair: dict[str, Any]) -> bool:
    """Return whether the pair is people's time against difficulty for models, or against the level alone."""
    return {pair["a"], pair["b"]} in ({"human_time", "empirical_difficulty"}, {"human_time", "level_only"})


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "axis": row["axis"],
        "log score": number(row["log_score"], 4),
        "CRPS": number(row["crps"]),
        "skill": number(row["skill"], 3),
        "90 % interval": _span(row["lower"], row["upper"], 3),
        "p": _p(row["p"]),
        "verdict": row["verdict"],
        "attempts": row["n"],
        "families": row["blocks"],
    }


def _p(p: float | None) -> str:
    return "-" if p is None else f"{p:.2g}"


LIMITS = {"drop": "left out", "failure": "counted as they were scored"}


def _otherwise(axis: str, other: dict[str, Any]) -> str:
    """Return the verdict that hangs on how attempts count that a limit ended."""
    told = (
        f"skill {number(other['skill'], 3)} ({_span(other['lower'], other['upper'], 3)}), {other['verdict']}"
    )
    return f"{axis}, where attempts that a limit ended are {LIMITS[other['limits']]}: {told}"


def _span(lower: float | None, upper: float | None, digits: int = 2) -> str:
    return "-" if lower is None or upper is None else f"{lower:.{digits}f} to {upper:.{digits}f}"


def _pair(one: dict[str, Any]) -> str:
    told = f"{number(one['crps_difference'])} points ({_span(one['lower'], one['upper'])})"
    p = f"p is not told: {one['reason']}" if one["p"] is None else f"p = {_p(one['p'])}"
    return f"CRPS of {one['a']} less that of {one['b']}: {told}, {p}"


def _agreement(pairs: list[dict[str, Any]]) -> Iterator[str]:
    if pairs:
        yield "rank agreement of the axes (Kendall's tau_b):"
        named = [{"axis": one["a"], "with": one["b"], "tasks": one["tasks"]} for one in pairs]
        rows = [said | {"tau_b": number(one["tau_b"])} for said, one in zip(named, pairs, strict=True)]
        yield from table(rows, ("axis", "with", "tau_b", "tasks"))
        yield ""


def _normalised(told: dict[str, Any]) -> Iterator[str]:
    """Yield what normalising does to the gap index."""
    yield "gap index (equal gaps that would be as uneven), as it is and normalised:"
    rows = [
        {
            "family": one["family"],
            "tasks": one["tasks"],
            "raw": number(one["raw"], 3),
            "z-scored": number(one["z_scored"], 3),
            "ranks": number(one["rank_normalised"], 3),
            "ranks of even tasks": number(one["rank_normalised_even"], 3),
            "widest gap": number(one["widest_gap"]),
            "in rung steps": number(one["widest_gap_steps"]),
        }
        for one in told["rows"]
        if one["raw"] is not None
    ]
    yield from table(rows, UNEVEN)
    lacking = sum(one["raw"] is None for one in told["rows"])
    if lacking:
        yield f"{lacking} families have too few tasks between the weakest and the best model to have gaps"
    yield f"widest gap in {told['unit']}"
    yield told["text"]
    yield ""


@verb(
    "axes",
    brief="Compare axes of task hardness.",
    wording=_wording,
    example="tasklaws axes study/ --normalise",
)
@study_argument
@click.option("--normalise", is_flag=True, help="Tell also what normalising does to uneven steps.")
def command(progress: Progress, study: Path, *, normalise: bool) -> Result:
    """Compare ways of ordering the tasks of STUDY by hardness, by what they forecast of held-out runs.

    Human time, the same with its errors, difficulty for models, the place on the ladder where half succeed,
    and the work that plans state, each against no axis at all: at later models and at new families. What
    needs runs of the very task cannot forecast a new one. Intervals and tests are over families.
    """
    from tasklaws.assess.axes import axes

    return axes(study, normalise=normalise, progress=progress)
