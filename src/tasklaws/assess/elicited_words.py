"""What a comparison of laws at two efforts says, in sentences, and where it is too weak to say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.assess.blocks import LEAST_BLOCKS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def laws_text(row: Mapping[str, Any]) -> str:
    """Return what the two laws expect, what came, and which of them is easier to forecast."""
    low, high = row["low"], row["high"]
    expected = (
        f"Forecasts of a law fitted at {high} lie {_points(row['apart'])} points above those of one fitted "
        f"at {low}{_span(row, 'apart', _points)}; the models scored {_points(row['observed_apart'])} points "
        f"higher. The 90 % intervals of the law at {low} hold {_percent(row['held'])} of the tasks' scores "
        f"at {high}"
        f"{_span(row, 'held', _percent)}, those of the law at {high} {_percent(row['held_own'])}."
    )
    return f"{expected} {_width(row)} {_skills(row)}"


def _width(row: Mapping[str, Any]) -> str:
    error = f"one standard error of the law at {row['low']}, {_points(row['low_se'])} points"
    if row["flag"]:
        return f"The laws are further apart than {error}: forecasts for a red line belong at {row['high']}."
    return f"The laws are no further apart than {error}."


def _skills(row: Mapping[str, Any]) -> str:
    """Return how the skills of the two laws compare; intervals that overlap tell nothing."""
    ends = [row[f"{effort}_skill{end}"] for effort in ("low", "high") for end in ("_lower", "_upper")]
    if None in ends or row["blocks"] < LEAST_BLOCKS:
        return f"From {row['blocks']} sizes it cannot be told which effort is forecast better."
    figures = f"{row['low_skill']:.2f} at {row['low']} and {row['high_skill']:.2f} at {row['high']}"
    if max(ends[0], ends[2]) <= min(ends[1], ends[3]):
        return (
            f"Skill is {figures}, with intervals that overlap: {row['attempts']:.0f} questions a task and "
            f"{row['blocks']} sizes are too weak to tell which effort is forecast better."
        )
    return f"Skill is {figures}, with intervals apart: the two are not equally well forecast."


def trend_text(row: Mapping[str, Any]) -> str:
    """Return whether what effort adds changes along the ladder."""
    if row["slope"] is None:
        return f"Whether what effort adds changes along the ladder cannot be told: {row['reason']}."
    figures = (
        f"by the fitted line {row['high']} scores {row['first']:.2f} times as much as {row['low']} at the "
        f"first of {row['rungs']} sizes and {row['last']:.2f} times at the last (slope of the log ratio "
        f"{row['slope']:.2f} per {_unit(row['unit'])} of {row['axis'].removeprefix('log10 ')}, 95 % interval "
        f"{row['lower']:.2f} to {row['upper']:.2f})"
    )
    if not row["flag"]:
        return f"No change along the ladder of what effort adds is shown: {figures}."
    grows = row["slope"] > 0
    return (
        f"What effort adds {'grows' if grows else 'shrinks'} along the ladder: {figures}. In the log of the "
        f"score a law at {row['low']} is too {'flat' if grows else 'steep'} by that slope"
        f"{'.' if grows else '; scores near 100 % leave less to add, which is a part of it.'}"
    )


def _unit(unit: str) -> str:
    return unit.removesuffix("s")


def _span(row: Mapping[str, Any], key: str, write: Callable[[float], str]) -> str:
    lower, upper = row[f"{key}_lower"], row[f"{key}_upper"]
    return "" if lower is None else f" ({write(lower)} to {write(upper)} over {row['blocks']} sizes)"


def _points(value: float) -> str:
    return f"{100 * value:.0f}"


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"
