"""How a forecast reads: one line a task, one for the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.cli.tables import number, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LOW, HIGH = "0.05", "0.95"


def forecast_table(tasks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a table of forecasts: mean and 90 % interval of the observed score in [0, 1]."""
    rows = [{**task, "mean": number(task["mean"], 3), "90 % interval": interval(task)} for task in tasks]
    yield from table(rows, ("family", "task_id", "n", "mean", "90 % interval", "status"))


def aggregate_line(forecast: Mapping[str, Any]) -> str:
    """Return target, label and the forecast of the mean over all tasks."""
    whole = forecast["aggregate"]
    shown = (
        f"mean over tasks {number(whole['mean'], 3)}, 90 % interval {interval(whole)}"
        if whole
        else "no forecast"
    )
    return f"{forecast['target']}  {forecast['label']}  {shown}"


def interval(forecast: Mapping[str, Any]) -> str:
    """Return the 90 % interval, or a dash where there is no forecast."""
    quantiles = forecast["quantiles"] or {}
    return f"{number(quantiles.get(LOW), 3)} to {number(quantiles.get(HIGH), 3)}"


def surprised(rows: Sequence[Mapping[str, Any]], columns: tuple[str, ...]) -> Iterator[str]:
    """Yield the scores that surprised, most surprising first."""
    if not rows:
        yield "no task surprised"
        return
    yield "surprises:"
    yield from table(rows, (*columns, "direction", "p", "q"))


def shocked(shock: Mapping[str, Any], target: str) -> str:
    """Return what moved all tasks of a model together, as one finding."""
    if shock["points"] is None:
        return f"shock of {target}  {shock['reason']}"
    return f"shock of {target}  all tasks {shock['points']:+.1f} points on average, p {shock['p']:.2g}"
