"""Where the attempts at a family turn from one path to another as tasks grow: told by labels, not scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tasklaws.assess.evidence import LIMITED, TOOL_LIMITED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.assess.evidence import Evidence

FALL = 0.4
"""Least fall of a path's share from one size to the next that counts as a turn."""
NO_PATH = ("guessed",)
"""What classifiers say of an attempt that took none: it counts, and leads nothing."""


@dataclass(frozen=True)
class Turn:
    """The place at which attempts leave a path, between two neighbouring sizes."""

    size: float
    """The last one before the turn."""
    path: str
    """Leads up to that size."""
    instead: str
    """Leads beyond it."""
    shares: Mapping[str, Mapping[str, float]]
    """Size -> path -> share of the answered attempts."""


def size_of(task: str) -> float | None:
    """Return the size that ends the name of a task; None where no number above 0 does."""
    try:
        size = float(task.rpartition("/")[2])
    except ValueError:
        return None
    return size if 0 < size < float("inf") else None


def plain(size: float) -> str:
    """Return a size in digits."""
    return f"{size:.0f}" if size.is_integer() else f"{size:g}"


def answered(evidence: Evidence) -> pl.DataFrame:
    """Return the family's attempts that no limit decided."""
    runs = evidence.attempts
    limited = LIMITED.fill_null(value=False)
    if "tool_outcome" in runs.columns:
        limited = limited | TOOL_LIMITED.fill_null(value=False)
    return runs.filter(~limited, pl.col("score").is_not_null()) if runs.height else runs


def turn(attempts: pl.DataFrame, sizes: Mapping[str, float]) -> Turn | None:
    """Return where the leading path loses most of its share from one size to the next, if it loses enough.

    The path that leads up to a size has the largest mean share over the sizes up to it.

    Args:
        attempts: with `task_id` and `path`.
        sizes: task -> size, of the tasks that are looked at.
    """
    shares = _shares(attempts, sizes)
    if shares is None:
        return None
    order = sorted(shares)
    falls = []
    for at in range(1, len(order)):
        path = leader([shares[size] for size in order[:at]])
        falls.append((shares[order[at - 1]].get(path, 0.0) - shares[order[at]].get(path, 0.0), path))
    if not falls or max(falls)[0] < FALL:
        return None
    at = max(range(len(falls)), key=lambda i: falls[i][0])
    path, beyond = falls[at][1], [shares[size] for size in order[at + 1 :]]
    told = {plain(size): shares[size] for size in order}
    return Turn(order[at], path, leader([_without(one, path) for one in beyond]), told)


def leader(shares: list[dict[str, float]]) -> str:
    """Return the path with the largest mean share, the first by name among equals, or else `none`."""
    paths = sorted({path for one in shares for path in one if path not in NO_PATH})
    return max(paths, key=lambda path: sum(one.get(path, 0.0) for one in shares), default="none")


def _shares(attempts: pl.DataFrame, sizes: Mapping[str, float]) -> dict[float, dict[str, float]] | None:
    """Return size -> path -> share; None where some size has no attempt with a path."""
    if not attempts.height:
        return None
    told = attempts.filter(pl.col("path").is_not_null(), pl.col("task_id").is_in(list(sizes)))
    size = pl.col("task_id").replace_strict(sizes, return_dtype=pl.Float64).alias("size")
    counted = told.with_columns(size).group_by("size", "path").len().sort("size", "path")
    totals = dict(counted.group_by("size").agg(pl.col("len").sum()).iter_rows())
    if set(totals) != set(sizes.values()):
        return None
    found: dict[float, dict[str, float]] = {own: {} for own in totals}
    for own, path, count in counted.iter_rows():
        found[own][path] = count / totals[own]
    return found


def _without(shares: dict[str, float], path: str) -> dict[str, float]:
    return {other: share for other, share in shares.items() if other != path}
