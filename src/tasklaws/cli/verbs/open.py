"""`tasklaws open`: score a sealed forecast against what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.forecast_wording import shocked, surprised
from tasklaws.cli.tables import UNDEFINED, number, table
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.core.progress import Progress

WORDS = {True: "yes", False: "no", None: "not told"}
HUNDRED = 100


def _wording(document: dict[str, Any]) -> Iterator[str]:
    yield f"{document['target']}  {document['label']}  sha256 {document['sha256'][:8]}"
    yield from _time_horizon(document) if document.get("kind") == "time_horizon" else _scores(document)


def _scores(document: dict[str, Any]) -> Iterator[str]:
    yield (
        f"off by {number(document['mae'])} points on average, "
        f"CRPS {number(document['crps'])} points, log score {number(document['log_score'])}"
    )
    held = ", ".join(f"{level} %: {number(share)}" for level, share in document["coverage"].items())
    yield f"share of outcomes inside the intervals  {held}"
    skill = ", ".join(f"{name} {number(value)}" for name, value in document["skill"].items())
    yield f"skill against baselines  {skill}"
    yield shocked(document["rung_shock"], document["target"])
    yield from surprised(document["surprises"], ("task_id",))
    for line in document.get("red_lines", ()):
        came = {True: "yes", False: "no", None: "not known"}[line["crossed"]]
        yield f"red line {line['name']}: P(cross) {number(line['p_cross'], 3)}, crossed: {came}"


def _time_horizon(document: dict[str, Any]) -> Iterator[str]:
    shown = [
        {
            "success": f"{row['success']} %",
            "observed, min": _observed(row),
            "forecast, min": _minutes(row["forecast"]["minutes"]),
            "90 % interval": f"{_minutes(row['forecast']['lower'])} to {_minutes(row['forecast']['upper'])}",
            "inside": WORDS[row.get("inside", {}).get("90")],
            "CRPS": number(row.get("crps")),
            "log score": number(row.get("log_score")),
        }
        for row in document["rows"]
    ]
    yield from table(shown, list(shown[0]))
    yield "CRPS in doublings of the time horizon; the log score of a bound is that of lying beyond it"
    skill = ", ".join(f"{name} {number(value)}" for name, value in document["skill"].items())
    yield f"skill against baselines  {skill or UNDEFINED}"


def _observed(row: dict[str, Any]) -> str:
    seen = row["observed"]
    if "pit" not in row:
        return f"none ({row['reason']})"
    if seen["status"] == "ok":
        return f"{_minutes(seen['minutes'])} ({_minutes(seen['lower'])} to {_minutes(seen['upper'])})"
    return f"outside the tasks: {row['reason']}"


def _minutes(value: float | None) -> str:
    return UNDEFINED if value is None else f"{value:,.0f}" if value >= HUNDRED else f"{value:.3g}"


@verb("open", brief="Score a sealed forecast.", wording=_wording, example="tasklaws open study/")
@study_argument
@click.argument("sha256", metavar="[SHA]", required=False)
def command(_progress: Progress, study: Path, sha256: str | None) -> Result:
    """Score the sealed forecast SHA of STUDY; without SHA the latest that is not yet opened.

    A forecast or a log of which one byte was changed is refused (exit 3).
    """
    from tasklaws.assess.opening import open_forecast

    return open_forecast(study, sha256)
