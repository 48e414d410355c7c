"""`tasklaws human-times`: how long tasks take people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import number, table
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.core.progress import Progress

LAWS = ("auto", "log_normal", "blow_ups", "truncated")
TOO_LONG = 10


def _wording(document: dict[str, Any]) -> Iterator[str]:
    level = f"{100 * document['level']:g} %"
    rows = [_shown(row) for row in document["tasks"]]
    whose = document["populations"][0]["population"] if document["law"] == "populations" else "everybody"
    yield f"law of people's times: {document['law']}; medians of {whose} in minutes, {level} intervals"
    columns = (
        "task_id",
        "attempts",
        "finished",
        "median",
        "interval",
        "successes alone",
        "recorded",
        "status",
    )
    yield from table(rows, columns)
    yield ""
    yield from _about(document)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return row | {
        "median": _minutes(row["minutes"]),
        "interval": _range(row["lower"], row["upper"]),
        "successes alone": _minutes(row["successes_minutes"]),
        "recorded": _minutes(row["recorded_minutes"]),
    }


def _minutes(value: float | None) -> str:
    return number(value, 1 if value is not None and value < TOO_LONG else 0)


def _range(lower: float | None, upper: float | None) -> str:
    if lower is None and upper is None:
        return "-"
    if upper is None:
        return f"above {_minutes(lower)}"
    return f"below {_minutes(upper)}" if lower is None else f"{_minutes(lower)} to {_minutes(upper)}"


def _about(document: dict[str, Any]) -> Iterator[str]:
    gave, short = document["given_up"], document["success_only"]
    yield f"{gave['given_up']} of {gave['attempts']} attempts were not finished"
    if short["factor"] is not None:
        told = f"x{number(short['factor'])}{_factors(short['lower'], short['upper'])}"
        yield f"means of successes alone are {told} of that, over {short['tasks']} tasks"
    left, modes = document["left_out"], document["two_modes"]
    if left["p"] is not None:
        yield f"were nobody left out, no time beyond the limit would have p = {left['p']:.2g}"
    if modes["p"] is not None:
        each = "-" if modes["combined_p"] is None else f"{modes['combined_p']:.2g}"
        yield f"two modes: p = {modes['p']:.2g} over all tasks together, {each} of single tasks combined"
    yield from _groups(document)
    axis = document["axis"]
    if axis["slope_kept"] is not None:
        yield (
            f"slopes on this axis keep {number(axis['slope_kept'])}{_factors(axis['lower'], axis['upper'])} "
            "of their height; --json has what more baselines would do"
        )


def _groups(document: dict[str, Any]) -> Iterator[str]:
    blown, (first, *others) = document["blow_ups"], document["populations"] or [{}]
    if blown["share"] is not None:
        some, slower = (
            f"{number(blown[name])}{_factors(blown[f'{name}_lower'], blown[f'{name}_upper'])}"
            for name in ("share", "slowdown")
        )
        yield f"blow-ups: a share of {some} takes x{slower}"
    for row in others:
        ends = _factors(row["lower"], row["upper"])
        yield f"{row['population']} takes x{number(row['ratio'])}{ends} of {first['population']}"


def _factors(lower: float | None, upper: float | None) -> str:
    return "" if lower is None or upper is None else f" ({number(lower)} to {number(upper)})"


@verb(
    "human-times",
    brief="Estimate how long tasks take people.",
    wording=_wording,
    example="tasklaws human-times study/",
)
@study_argument
@click.option("--law", type=click.Choice(LAWS), default="auto", show_default=True, help="Of people's times.")
@click.option("--population", metavar="NAME", help="Only these people.  [all]")
@click.option("--level", type=float, default=0.9, show_default=True, help="Of the intervals.")
@click.option("--seed", type=int, help="Of everything random.  [that of the study]")
def command(progress: Progress, study: Path, **options: Any) -> Result:  # noqa: ANN401  the options above
    """Estimate how long each task takes people, with those who gave up as "longer than this".

    The spread from person to person is shared by all tasks. `log_normal` is one mode; in `blow_ups` a share
    of people takes several times as long; `truncated` is for studies that kept successes alone. `auto` lets
    tests decide. A task that nobody finished has a lower bound.
    """
    from tasklaws.assess.human_times import human_times

    return human_times(study, **options, progress=progress)
