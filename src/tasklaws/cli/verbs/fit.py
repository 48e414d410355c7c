"""`tasklaws fit`: the laws of a study."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import click

from tasklaws.assess.law_rows import HELD
from tasklaws.cli.tables import number, table
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.assess.law_points import Level
    from tasklaws.core.progress import Progress

LONGEST = 200
"""Characters of a cell: a formula is of use only whole."""

OBJECTIVES = ("binomial", "beta_binomial", "gaussian", "log_huber")


def _wording(document: dict[str, Any]) -> Iterator[str]:
    leading: dict[tuple[Any, ...], dict[str, Any]] = {}
    for law in document["laws"]:
        subject = (law["lineage"], law["level"], law["family"], law["task_id"])
        if subject not in leading or (law["weight"] or 0.0) > (leading[subject]["weight"] or 0.0):
            leading[subject] = law
    for lineage in dict.fromkeys(subject[0] for subject in leading):
        rows = [_shown(law) for subject, law in leading.items() if subject[0] == lineage]
        axis = next(law["x"] for subject, law in leading.items() if subject[0] == lineage)
        yield f"{lineage}: x is {axis}; of every task, family and loss the form with most weight"
        yield from table(
            rows, ("family", "task", "form", "weight", "law", "90 % intervals", "status"), LONGEST
        )
        shock = document["rung_shock"].get(lineage)
        if shock:
            yield f"rungs move the log-odds of all tasks by {number(shock)} (sd); the intervals hold that"


def _shown(law: dict[str, Any]) -> dict[str, Any]:
    return {
        "family": law["family"],
        "task": law["task_id"] or ("all tasks" if law["level"] == "family" else law["metric"]),
        "form": law["form"],
        "weight": number(law["weight"]),
        "law": law["law"],
        "90 % intervals": _intervals(law["params"] or {}),
        "status": law["status"] if law["reason"] is None else f"{law['status']}: {law['reason']}",
    }


def _intervals(params: dict[str, dict[str, Any]]) -> str:
    ends = {name: (one["lower"], one["upper"]) for name, one in params.items() if one["reason"] != HELD}
    return ", ".join(f"{name} {_span(low, high)}" for name, (low, high) in ends.items())


def _span(low: float | None, high: float | None) -> str:
    """Return an interval with two digits of its width; an open end is a question mark."""
    if low is None or high is None:
        return " to ".join("?" if end is None else f"{end:.4g}" for end in (low, high))
    decimals = 0 if high <= low else max(0, 1 - math.floor(math.log10(high - low)))
    return f"{low:.{decimals}f} to {high:.{decimals}f}"


@verb(
    "fit",
    brief="Fit the laws of a study.",
    wording=_wording,
    example="tasklaws fit study/ --form logistic --free reach --bootstrap",
)
@study_argument
@click.option(
    "--of",
    multiple=True,
    type=click.Choice(("task", "family", "loss")),
    help="Only laws of these; may be given again.",
)
@click.option("--form", "forms", multiple=True, metavar="NAME", help="Only this form; may be given again.")
@click.option(
    "--free",
    multiple=True,
    metavar="PARAMETER",
    help="Fit what is known by default: floor, reach. May be given again.",
)
@click.option(
    "--objective",
    type=click.Choice(OBJECTIVES),
    help="How misfit is measured: the first two for counts, the others for losses and graded scores.",
)
@click.option(
    "--weights",
    type=click.Choice(("aic", "held_out")),
    default="aic",
    show_default=True,
    help="What the forms are weighed by: Akaike's criterion, or the score on the largest size, held out.",
)
@click.option("--bootstrap", is_flag=True, help="Bootstrap intervals instead of profile intervals.")
@click.option("--seed", default=0, show_default=True, help="Seed of the bootstrap.")
def command(  # noqa: PLR0917 - click passes by name
    progress: Progress,
    study: Path,
    of: tuple[Level, ...],
    forms: tuple[str, ...],
    free: tuple[str, ...],
    objective: str | None,
    weights: Literal["aic", "held_out"],
    *,
    bootstrap: bool,
    seed: int,
) -> Result:
    """Fit the laws of STUDY: how each task, each family and the models' losses go along the ladder.

    A question mark is an end that the data do not set. --json has every form, not only the one with
    most weight, and the law behind the forecasts. A law that could not be fitted is a row with its
    status, never a gap.
    """
    from tasklaws.assess.laws import fit

    return fit(
        study,
        of=of,
        forms=forms,
        free=free,
        objective=objective,
        weights=weights,
        bootstrap=bootstrap,
        seed=seed,
        progress=progress,
    )
