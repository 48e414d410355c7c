"""The phenomena of tasks that pass through a tool: all or nothing, limits, shortcuts, geometric falls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy import stats

from tasklaws.assess.seed_seen import (
    DOUBT,
    DRAWS,
    HALF,
    LEAST,
    LOW,
    Measured,
    Phenomenon,
    Seen,
    counted,
    percent,
    rate,
    span,
    undefined,
)
from tasklaws.families import FAMILIES
from tasklaws.theory.score_laws import ScoreLaw, binarity

if TYPE_CHECKING:
    from collections.abc import Sequence

ABOVE = 0.9
"""Accuracy at the smallest size from which a model is above the threshold."""
CLOSE = 0.9
"""Edit similarity from which a program is close to a solution."""
MIDDLE = (0.2, 0.8)
"""Accuracies at which binarity says something."""
STRAIGHT = 0.8
"""Median R^2 from which log accuracy is called straight in size."""


def all_or_nothing(seen: Seen) -> Phenomenon:
    """Return whether programs came close to a solution while answers stayed wrong."""
    name, title = "all_or_nothing", "Strict tools are all or nothing"
    gated = seen.of("exact", *_gated())
    near = counted(gated, "task_family", "model").filter(pl.col("rate") <= LOW).drop_nulls("similarity")
    if near.is_empty():
        return undefined(name, title, f"no model is right in {percent(LOW)} or less of a family with a tool")
    top = near.sort("similarity", "model", descending=[True, False]).group_by(
        "task_family", maintain_order=True
    )
    best = top.first().to_dicts()
    close = [row for row in best if row["similarity"] >= CLOSE]
    scores = [found for row in best if (found := _binarity(seen, row["task_family"]))]
    first = best[0]
    text = (
        f"Programs came close while answers stayed wrong: those of {first['model']} on "
        f"{first['task_family']} are {percent(first['similarity'])} like a solution in edit similarity, "
        f"and {first['k']} of {first['n']} answers are right. A likeness of {percent(CLOSE)} at an accuracy "
        f"of {percent(LOW)} or less was reached in {len(close)} of {len(best)} families with a tool. "
    )
    measured = [
        part
        for row in best
        for part in (
            Measured(f"similarity of {row['model']} on {row['task_family']}", row["similarity"], n=row["n"]),
            rate(f"accuracy of {row['model']} on {row['task_family']}", row["k"], row["n"]),
        )
    ]
    return Phenomenon(name, title, bool(close), text + _binary_text(scores), (*measured, *scores))


def _gated() -> set[str]:
    """Return the families whose taught solutions all pass through a tool."""
    taught = {name: [path for path in FAMILIES[name].paths if path.compact] for name in FAMILIES}
    return {name for name, paths in taught.items() if paths and all(path.tool for path in paths)}


def _binarity(seen: Seen, family: str) -> Measured | None:
    """Return the binarity of the answers' token accuracy for the model nearest to one half, if any is."""
    models = counted(seen.of("exact", family), "model").filter(pl.col("rate").is_between(*MIDDLE))
    if models.is_empty():
        return None
    model = models.sort((pl.col("rate") - HALF).abs(), "model")["model"][0]
    scores = seen.of("token_accuracy", family).filter(pl.col("model") == model)["score"].to_numpy()
    value = _share_of_variance(scores) if len(scores) else None
    if value is None:
        return None
    drawn = (_share_of_variance(seen.rng.choice(scores, len(scores))) for _ in range(DRAWS))
    lower, upper = np.quantile([one for one in drawn if one is not None], (0.025, 0.975))
    return Measured(f"binarity on {family} ({model})", value, float(lower), float(upper), len(scores))


def _share_of_variance(scores: np.ndarray[Any, np.dtype[np.float64]]) -> float | None:
    values, counts = np.unique(scores, return_counts=True)
    found = binarity(ScoreLaw(values, counts / counts.sum()))
    return None if found is None else min(1.0, found)


def _binary_text(scores: Sequence[Measured]) -> str:
    if not scores:
        low, high = MIDDLE
        return f"No model was between {percent(low)} and {percent(high)}, so binarity is not defined."
    said = "; ".join(f"{one.value:.2f} ({one.lower:.2f} to {one.upper:.2f}) {one.name[9:]}" for one in scores)
    return f"The binarity of token accuracy at mid accuracy, 1 for all or nothing, is {said}."


def same_share(seen: Seen) -> Phenomenon:
    """Return whether all models above the threshold score what the limits of the tool allow."""
    name, title = "same_share", "Above the threshold all models score the same share"
    chain = seen.of("exact", "sha_chain")
    if chain.is_empty():
        return undefined(name, title, "sha_chain was not asked")
    smallest = min(chain["size"].to_list())
    begun = counted(chain.filter(pl.col("size") == smallest), "model").filter(pl.col("rate") >= ABOVE)
    models = counted(chain.filter(pl.col("model").is_in(begun["model"].to_list())), "model").to_dicts()
    if not models:
        return undefined(
            name, title, f"no model is right in {percent(ABOVE)} of sha_chain at size {smallest}"
        )
    cut, sizes = _cut_sizes(chain), chain["size"].unique().to_list()
    allowed = 1 - len(cut) / len(sizes)
    level = 1 - DOUBT / len(models)
    rates = [rate(f"{row['model']} (joint interval)", row["k"], row["n"], level) for row in models]
    agree = [one for one in rates if (one.lower or 0) <= allowed <= (one.upper or 0)]
    said = ", ".join(map(str, cut)) or "none"
    text = (
        f"{len(models)} of {chain['model'].n_unique()} models are above the threshold ({percent(ABOVE)} or "
        f"more at size {smallest}); they score {span([one.value for one in rates])} of sha_chain. The "
        f"limits allow {percent(allowed)} (sizes whose loops ran out of time: {said} of "
        f"{', '.join(map(str, sorted(sizes)))}), which the intervals of {len(agree)} of {len(models)} hold."
    )
    figures = (Measured("allowed by the limits", allowed), *rates)
    return Phenomenon(name, title, len(agree) == len(models), text, figures)


def _cut_sizes(attempts: pl.DataFrame) -> list[int]:
    """Return the sizes at which most loops ran out of time."""
    loops = attempts.filter(pl.col("path") == "loop").group_by("size")
    late = loops.agg((pl.col("tool_outcome") == "timeout").mean().alias("late")).filter(pl.col("late") > HALF)
    return sorted(late["size"])


def shortcut(seen: Seen) -> Phenomenon:
    """Return whether accuracy rose beyond the sizes that a loop can solve."""
    name, title = "shortcut", "A shortcut lifts scores past the limit of the loop"
    sums = seen.of("exact", "sum_range")
    if sums.is_empty():
        return undefined(name, title, "sum_range was not asked")
    looped = sums.filter(pl.col("path") == "loop", pl.col("score") == 1)["size"].max()
    beyond = sums.filter(pl.col("size") > (looped or 0))
    formula = sums.with_columns((pl.col("path") == "closed_form").cast(pl.Float64).alias("score"))
    shares = [
        rate(f"share of the formula at {row['width']}", row["k"], row["n"])
        for row in counted(formula, "width").to_dicts()
    ]
    taught = (
        f"{_taught(seen)} The formula's share rose from {percent(shares[0].value)} at the least width to "
    )
    taught += f"{percent(shares[-1].value)} at the greatest."
    if beyond.is_empty():
        return Phenomenon(
            name,
            title,
            None,
            f"{taught} A loop solved every size that was asked.",
            tuple(shares),
            "no such size",
        )
    reached = counted(beyond, "width").to_dicts()
    rates = [rate(f"accuracy beyond the loop at {row['width']}", row["k"], row["n"]) for row in reached]
    jump = max(range(1, len(rates)), key=lambda i: rates[i].value - rates[i - 1].value, default=0)
    before, after = rates[max(0, jump - 1)], rates[jump]
    sizes = ", ".join(map(str, sorted(beyond["size"].unique())))
    step = (
        f"made its largest step from {percent(before.value)} at {reached[max(0, jump - 1)]['width']} to "
        f"{percent(after.value)} at {reached[jump]['width']}"
        if after.value > before.value
        else "never rose"
    )
    loops = beyond.filter(pl.col("path") == "loop")
    late = loops.filter(pl.col("tool_outcome") == "timeout").height
    text = (
        f"{taught} At {sizes}, where no loop was right, accuracy {step}; {loops.height} of {beyond.height} "
        f"attempts there were loops, and {late} of these ran out of time."
    )
    apart = (before.upper or 0) < (after.lower or 0)
    return Phenomenon(name, title, apart, text, (*shares, *rates))


def _taught(seen: Seen) -> str:
    """Return a sentence on what the corpus says of sums."""
    parts = [part for part in seen.mix if part["family"] == "sum_range"]
    paths = dict(parts[0]["paths"]) if parts else {}
    if "closed_form" not in paths:
        return "What the corpus taught of sums is not on record."
    sizes = dict(zip(parts[0]["sizes"], paths["closed_form"], strict=True))
    said = ", ".join(f"{percent(share)} at {size}" for size, share in sizes.items())
    return f"The corpus taught the formula; no model came upon it: it solves {said} of the sums there."


def geometric(seen: Seen) -> Phenomenon:
    """Return whether log accuracy falls as a line in the number of calls."""
    name, title = "geometric", "Accuracy falls geometrically with the length of the program"
    calls = counted(seen.of("exact", "nested_calls"), "model", "size")
    some = calls.filter(pl.col("k") > 0, pl.col("k") < pl.col("n"))
    lines = [
        _line(model, part)
        for (model,), part in some.group_by("model", maintain_order=True)
        if part.height >= LEAST
    ]
    if not lines:
        return undefined(
            name, title, f"no model solved some but not all of nested_calls at {LEAST} sizes or more"
        )
    slopes, straight = [line.slope for line in lines], float(np.median([line.r2 for line in lines]))
    degrees = sum(line.degrees for line in lines)
    p = float(stats.chi2.sf(sum(line.misfit for line in lines), degrees))
    factors = [float(np.exp(line.slope)) for line in lines]
    per_call = [
        Measured(f"factor per call of {line.model}", factor, *line.ends)
        for line, factor in zip(lines, factors, strict=True)
    ]
    text = (
        f"On nested_calls each further call multiplies accuracy by {min(factors):.2f} to {max(factors):.2f} "
        f"({len(lines)} models that solve some but not all of {LEAST} sizes or more); the median R^2 of log "
        f"accuracy on size is {straight:.2f}, and the test that it is straight has p {p:.2g}."
    )
    found = straight >= STRAIGHT and max(slopes) < 0 and p >= DOUBT
    r2 = [Measured(f"R^2 of {line.model}", line.r2, n=line.degrees + 2) for line in lines]
    return Phenomenon(name, title, found, text, (*per_call, *r2, Measured("p of the lines", p, n=degrees)))


@dataclass(frozen=True)
class _Line:
    model: object
    slope: float
    ends: tuple[float, float]
    """95 % interval of exp(slope)."""
    r2: float
    misfit: float
    degrees: int


def _line(model: object, part: pl.DataFrame) -> _Line:
    """Return log accuracy as a line in size, each point weighted by its binomial variance."""
    x, k, n = (part[column].cast(pl.Float64).to_numpy() for column in ("size", "k", "n"))
    y, weight = np.log(k / n), k * n / (n - k)
    centre = np.average(x, weights=weight), np.average(y, weights=weight)
    dx, dy = x - centre[0], y - centre[1]
    spread = float(weight @ dx**2)
    slope = float(weight @ (dx * dy)) / spread
    misfit, total = float(weight @ (dy - slope * dx) ** 2), float(weight @ dy**2)
    margin = float(stats.norm.isf(0.025)) / spread**0.5
    ends = float(np.exp(slope - margin)), float(np.exp(slope + margin))
    return _Line(model, slope, ends, 1 - misfit / total if total else 0.0, misfit, len(x) - 2)
