"""`tasklaws compare`: two models on the tasks you care about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import number, table
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress

LEAST_P = 0.001


def _wording(document: dict[str, Any]) -> Iterator[str]:
    elicitations = " and ".join(dict.fromkeys(document["elicitations"].values()))
    yield f"metric {document['metric']}, elicitation {elicitations}; {_counted(document)}"
    yield from document["text"]
    yield ""
    interval = f"{document['level']:g} % interval"
    yield f"points by which {document['a']} is ahead of {document['b']}, on the very tasks of each family:"
    rows = [_family(row, interval) for row in document["by_family"]]
    yield from table(rows, ("family", "weight", "tasks", "points", interval, "p", "p of all"))
    yield ""
    kind = document["over"]
    powers = [_power(row, kind) for row in document["power"]]
    yield from table(
        powers, ("true points", "told with chance", *([f"{kind} for 80 %"] if kind != "attempts" else []))
    )
    yield ""
    yield "cost of a success, failures included:"
    yield from table(
        [_cost(row, document) for row in document["cost"]],
        ("unit", document["a"], document["b"], "ratio", "note"),
    )


def _counted(document: dict[str, Any]) -> str:
    alike = {"family": "each family counts alike", "task": "each task counts alike"}
    said = alike.get(document["per"], "weighed as the file says")
    families = "family" if document["n_families"] == 1 else "families"
    return f"{document['n_tasks']} tasks of {document['n_families']} {families}, {said}"


def _points(row: dict[str, Any], name: str) -> str:
    return f"{round(100 * row[name], 1) + 0.0:+.1f}"


def _p(value: float | None) -> str:
    return f"< {LEAST_P:g}" if value is not None and value < LEAST_P else number(value, 3)


def _family(row: dict[str, Any], interval: str) -> dict[str, Any]:
    return {
        "family": row["family"],
        "weight": number(row["weight"], 3),
        "tasks": row["n_tasks"],
        "points": _points(row, "difference"),
        interval: row["reason"] or f"{_points(row, 'lower')} to {_points(row, 'upper')}",
        "p": _p(row["p"]),
        "p of all": _p(row["p_holm"]),
    }


def _power(row: dict[str, Any], kind: str) -> dict[str, Any]:
    return {
        "true points": f"{100 * row['effect']:g}",
        "told with chance": f"{100 * row['power']:.0f} %",
        f"{kind} for 80 %": row["needed"],
    }


def _cost(row: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    return {
        "unit": row["unit"],
        **{document[side]: _with_ends(row, side) for side in "ab"},
        "ratio": _with_ends(row, "ratio"),
        "note": row["reason"] or "",
    }


def _with_ends(row: dict[str, Any], name: str) -> str | None:
    if row[name] is None:
        return None
    if row[f"{name}_lower"] is None:
        return f"{row[name]:.4g}"
    return f"{row[name]:.4g} ({row[f'{name}_lower']:.4g} to {row[f'{name}_upper']:.4g})"


@verb(
    "compare",
    brief="Compare two models on tasks you care about.",
    wording=_wording,
    example="tasklaws compare study/ d48_s0 d40_s0 --weights my.toml",
)
@study_argument
@click.argument("a")
@click.argument("b")
@click.option(
    "--weights", type=click.Path(path_type=Path), help="TOML file of what families and tasks count."
)
@click.option(
    "--per", type=click.Choice(["family", "task"]), default="family", show_default=True,
    help="What counts alike where nothing is named.",
)  # fmt: skip
@click.option("--metric", help="By default that with most tasks that both tried.")
@click.option("--elicitation", help="By default that with most tasks that both tried.")
@click.option("--harness", help="Only results under this harness.")
@click.option("--level", default=95.0, show_default=True, help="Of the intervals, in percent.")
@click.option("--effect", type=float, help="A difference of scores whose power is asked, such as 0.03.")
def command(_progress: Progress, study: Path, a: str, b: str, **options: Any) -> Result:  # noqa: ANN401
    """Tell by how much model A is ahead of model B on the tasks of STUDY that both tried.

    The difference is a weighted mean over tasks, in two readings: on tasks like these, with families drawn
    anew, and on these very tasks, where only the attempts are random.
    """
    from tasklaws.assess.comparison.verb import compare

    return compare(study, a, b, **options)
