"""The phenomena of text, of thresholds and of seeds: likeness, coinciding, order, shocks of one width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasklaws.assess.seed_seen import (
    DRAWS,
    HALF,
    HIGH,
    LEAST,
    LOW,
    Measured,
    Phenomenon,
    Seen,
    counted,
    mean,
    percent,
    points,
    undefined,
)
from tasklaws.families import FAMILIES
from tasklaws.spec.structure import work

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Thresholds:
    """At which width each size of a family first reaches one half, as a mean over seeds."""

    family: str
    sizes: int
    reached: int
    rungs: int
    """Different widths among them."""
    where: str
    """Size and width of each threshold."""
    verdict: str
    """``one step``, ``two steps`` or ``spread``; ``not enough data`` for one size, or all at an end of the
    ladder."""


def smooth_text(seen: Seen) -> Phenomenon:
    """Return whether wrong answers became more like a solution before any was right."""
    name, title = "smooth_text", "Without a tool, likeness rises before accuracy"
    attempts = seen.of("exact", "transform")
    likeness = seen.of("edit_similarity", "transform")
    if attempts.is_empty() or likeness.is_empty():
        return undefined(name, title, "transform was not asked, or not scored by edit similarity")
    widths = counted(attempts, "width", "n_params").sort("n_params").filter(pl.col("rate") <= LOW)
    if widths.height < 2:  # noqa: PLR2004  a rise needs two
        return undefined(
            name, title, f"fewer than two widths are right in {percent(LOW)} or less of transform"
        )
    base, last = widths.row(0, named=True), widths.row(-1, named=True)
    solved = counted(attempts, "width", "instance_id").filter(pl.col("k") > 0)
    likeness = likeness.join(solved, on=["width", "instance_id"], how="anti")
    rises = [
        Measured(
            f"rise of edit similarity from {base['width']} to {width}", *_rise(likeness, base["width"], width)
        )
        for width in widths["width"][1:]
    ]
    rose = [one for one in rises if (one.lower or 0) > 0]
    last_rise = rises[-1]
    text = (
        f"On transform the edit similarity of wrong answers moved by {points(last_rise)} from "
        f"{base['width']} to {last['width']}, where {last['k']} of {last['n']} answers are right; it stood "
        f"above {base['width']} at {len(rose)} of {len(rises)} widths with an accuracy of {percent(LOW)} or "
        "less."
    )
    return Phenomenon(name, title, last_rise in rose, text, tuple(rises))


def _rise(likeness: pl.DataFrame, base: str, width: str) -> tuple[float, float, float, int]:
    """Return the mean rise over questions that are left at both widths, its interval, and their number."""
    by = likeness.group_by("instance_id", "width").agg(pl.col("score").mean())
    one, two = (by.filter(pl.col("width") == which) for which in (base, width))
    both = one.join(two, on="instance_id", suffix="_after").sort("instance_id")
    rises = (both["score_after"] - both["score"]).to_numpy()
    return mean(rises)


def thresholds_of(seen: Seen) -> tuple[Thresholds, ...]:
    """Return the thresholds of each family, in the order the families come."""
    cells = counted(seen.of("exact"), "task_family", "size", "width", "n_params", "model")
    means = cells.group_by("task_family", "size", "width", "n_params", maintain_order=True).agg(
        pl.col("rate").mean()
    )
    ends = seen.runs["n_params"].min(), seen.runs["n_params"].max()
    families = means["task_family"].unique(maintain_order=True)
    return tuple(_of_family(name, means.filter(pl.col("task_family") == name), ends) for name in families)


def _of_family(family: str, means: pl.DataFrame, ends: tuple[object, object]) -> Thresholds:
    """Return the thresholds of one family; those all at an end of the ladder may lie apart beyond it."""
    above = means.filter(pl.col("rate") >= HALF).sort("n_params")
    first = above.group_by("size", maintain_order=True).first().sort("size")
    rungs, sizes = first["n_params"].n_unique(), means["size"].n_unique()
    apart = rungs > 1 or (first.height > 1 and first["n_params"][0] not in ends)
    verdict = {1: "one step", 2: "two steps"}.get(rungs, "spread") if apart else "not enough data"
    where = ", ".join(f"{size}: {width}" for size, width in first.select("size", "width").iter_rows())
    return Thresholds(family, sizes, first.height, rungs, where, verdict)


def coinciding(thresholds: Sequence[Thresholds]) -> Phenomenon:
    """Return whether the sizes of some family pass one half at one width."""
    name, title = "coinciding", "Tasks that differ only in length pass one half together"
    telling = [one for one in thresholds if one.verdict != "not enough data"]
    if not telling:
        return undefined(
            name, title, "in no family do two sizes reach one half between the ends of the ladder"
        )
    steps = [one.family for one in telling if one.verdict == "one step"]
    spread = [f"{one.family} ({one.rungs} widths)" for one in telling if one.rungs > 1]
    text = (
        f"All sizes that reach one half do so at one width in {', '.join(steps) or 'no family'}: one step, "
        "which says nothing of the next threshold before it is there. Thresholds lie at several widths in "
        f"{', '.join(spread) or 'no family'}."
    )
    figures = [Measured(f"widths of thresholds in {one.family}", one.rungs, n=one.reached) for one in telling]
    return Phenomenon(name, title, bool(steps), text, tuple(figures))


def order(seen: Seen) -> Phenomenon:
    """Return whether steps in order are harder than the same work in any order."""
    name, title = "order", "Steps in order are harder than the same steps in any order"
    pair = ("work_in_order", "work_any_order")
    cells = counted(seen.of("exact", *pair), "task_family", "model", "size")
    one, other = (cells.filter(pl.col("task_family") == family) for family in pair)
    both = one.join(other, on=["model", "size"], suffix="_any")
    if both.is_empty():
        return undefined(name, title, "the two families of equal work were not both asked")
    alike = [size for size in both["size"].unique() if len({work(FAMILIES[f].plan(size)) for f in pair}) == 1]
    means = both.filter(pl.col("size").is_in(alike)).group_by("model", maintain_order=True)
    models = means.agg(pl.col("rate", "rate_any").mean())
    middling = models.filter(((pl.col("rate") + pl.col("rate_any")) / 2).is_between(LOW, HIGH))
    if middling.height < LEAST:
        reason = f"fewer than {LEAST} models solve some but not nearly all of the two families"
        return undefined(name, title, reason)
    apart = (middling["rate"] - middling["rate_any"]).to_numpy()
    gap = Measured("accuracy in order less that in any order", *mean(apart))
    lower, upper = gap.lower or 0.0, gap.upper or 0.0
    told = "harder" if upper < 0 else "easier" if lower > 0 else "not measurably harder or easier"
    text = (
        f"At equal work, sums in order are {told} than in any order: their accuracy differs by "
        f"{points(gap)}, over {gap.n} models between {percent(LOW)} and {percent(HIGH)}."
    )
    return Phenomenon(name, title, upper < 0, text, (gap,))


def between_seeds(seen: Seen) -> Phenomenon:
    """Return whether the seeds of one width differ by more than chance."""
    name, title = "rung_shock", "Seeds of one width differ by more than chance"
    by = ["task_family", "width"]
    tasks = counted(seen.of("exact"), *by, "model", "task_id")
    pooled = (pl.col("k").sum() / pl.col("n").sum()).over(*by, "task_id")
    noise = (pl.col("n") * pl.col("pooled") * (1 - pl.col("pooled"))).sum() / pl.col("n").sum() ** 2
    models = (
        tasks.with_columns(pooled.alias("pooled"))
        .group_by(*by, "model", maintain_order=True)
        .agg((pl.col("k").sum() / pl.col("n").sum()).alias("rate"), noise.alias("noise"))
    )
    spread = (pl.col("rate").var().alias("var"), pl.col("rate", "noise").mean(), pl.len().alias("seeds"))
    cells = models.group_by(by, maintain_order=True).agg(*spread)
    cells = cells.filter(pl.col("seeds") > 1, pl.col("noise") > 0, pl.col("rate").is_between(LOW, HIGH))
    if cells["width"].n_unique() < 2:  # noqa: PLR2004  what is resampled are widths
        return undefined(name, title, "fewer than two widths have several seeds and scores off both ends")
    between, chance = (float(cells[column].to_numpy().mean() ** 0.5) for column in ("var", "noise"))
    value, widths = between / chance, cells["width"].n_unique()
    lower, upper = _ends(cells, seen.rng)
    ratio = Measured("SD between seeds in units of chance", value, lower, upper, cells.height)
    text = (
        f"The accuracy of a family differs between seeds of one width by {100 * between:.1f} points (SD); "
        f"independent answers would make {100 * chance:.1f}. That is {value:.1f} times as much ({lower:.1f} "
        f"to {upper:.1f} over {widths} widths, {cells.height} cells between {percent(LOW)} and "
        f"{percent(HIGH)}). All seeds had the same corpus and the same questions."
    )
    told = (Measured("SD between seeds", between), Measured("SD by chance", chance), ratio)
    return Phenomenon(name, title, lower > 1, text, told)


def _ends(cells: pl.DataFrame, rng: np.random.Generator) -> tuple[float, float]:
    """Return the ends of the ratio over widths drawn with replacement: families of one width share seeds."""
    widths = cells.group_by("width", maintain_order=True).agg(pl.col("var", "noise").sum())
    drawn = rng.integers(widths.height, size=(DRAWS, widths.height))
    spread, noise = (widths[column].to_numpy()[drawn].sum(axis=1) for column in ("var", "noise"))
    lower, upper = np.quantile(np.sqrt(spread / noise), (0.025, 0.975))
    return float(lower), float(upper)
