"""A change of path: from some size on, successes come by a way that smaller models did not take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from scipy.stats import hypergeom

from tasklaws.assess.triage.leaf import LEVEL, Answer, Leaf, untested

if TYPE_CHECKING:
    from tasklaws.assess.certificate import Certificate
    from tasklaws.assess.evidence import Evidence

NO_PATH = ("guessed",)
"""What classifiers say of an attempt that took none."""
RARE, COMMON = 0.1, 0.25
"""Shares of successes by a path below and from a size, at which it counts as new."""
LEAST = 5
"""Successes below a size, without which no path was taken there that could be left."""


@dataclass(frozen=True)
class Change:
    """A path that is new from a size on."""

    path: str
    size: str
    below: float
    """Its share of the successes of smaller models."""
    since: float
    p: float


def look(evidence: Evidence, certificate: Certificate) -> Answer:  # noqa: ARG001
    """Return whether a new path carries the successes from some size on."""
    table = successes(evidence)
    if table is None:
        return untested("the path of each attempt", "The study does not say which way attempts took.")
    found = changes(table, evidence)
    if found is None:
        return untested(
            f"{LEAST} successes with a path below some size and from it",
            "Too few successes have a path to compare smaller models with larger ones.",
        )
    paths = sorted({str(one) for one in table["path"]})
    tests = max(len(paths) * (len(dict.fromkeys(evidence.suite.sizes)) - 1), 1)
    new = [one for one in found if one.below <= RARE and one.since >= COMMON and one.p * tests <= LEVEL]
    if not new:
        return Answer(
            hit=False,
            text=f"Models of all sizes succeed by the same ways ({', '.join(paths)}).",
            figures={"paths": paths},
        )
    best = min(new, key=lambda one: (one.p, one.path))
    return Answer(
        hit=True,
        text=f"From {best.size} on, {100 * best.since:.0f} % of successes come by {best.path}, and "
        f"{100 * best.below:.0f} % of those of smaller models (p = {best.p:.2g}).",
        figures={"paths": paths, "path": best.path, "size": best.size, "below": best.below,
                 "since": best.since, "p": best.p, "tests": tests},
    )  # fmt: skip


def successes(evidence: Evidence) -> pl.DataFrame | None:
    """Return model, path and number of the successes with a path; None where no paths are told."""
    runs = evidence.attempts
    if not runs.height or runs["path"].null_count() == runs.height:
        return None
    known = pl.col("path").is_not_null() & ~pl.col("path").is_in(NO_PATH) & (pl.col("score") == 1)
    return runs.filter(known).group_by("model", "path").len("k").sort("model", "path")


def changes(table: pl.DataFrame, evidence: Evidence) -> list[Change] | None:
    """Return every path before and from every size; None where no size parts successes enough.

    p is of: successes before and from a size are of one urn (Fisher's exact test, one-sided).
    """
    sizes = list(dict.fromkeys(evidence.suite.sizes))
    place = {
        model: sizes.index(size)
        for model, size in zip(evidence.suite.models, evidence.suite.sizes, strict=True)
    }
    placed = table.with_columns(pl.col("model").replace_strict(place, return_dtype=pl.Int64).alias("at"))
    made, parted = [], False
    for at in range(1, len(sizes)):
        below, since = placed.filter(pl.col("at") < at), placed.filter(pl.col("at") >= at)
        n_below, n_since = int(below["k"].sum() or 0), int(since["k"].sum() or 0)
        if min(n_below, n_since) < LEAST:
            continue
        parted = True
        for path in sorted({*since["path"]}):
            k_below, k_since = (
                int(one.filter(pl.col("path") == path)["k"].sum() or 0) for one in (below, since)
            )
            p = float(hypergeom.sf(k_since - 1, n_below + n_since, k_below + k_since, n_since))
            made.append(Change(path, sizes[at], k_below / n_below, k_since / n_since, p))
    return made if parted else None


LEAF = Leaf(
    "path_change",
    5,
    "do larger models take another way, such as a shortcut that they found?",
    source="formal model, F8 and P8; Fisher 1935",
    status="emerging",
    look=look,
)
