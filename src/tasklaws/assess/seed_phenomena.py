"""What a study of the embedded ladder shows of the phenomena that the seeds describe.

Each phenomenon is measured on the runs of this study alone, with intervals, and said to be found, not found
or undefined. Only small models trained on one corpus were measured: nothing here is a claim about others.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy import stats

from tasklaws.core.errors import NoAnswer
from tasklaws.core.proportions import clopper_pearson
from tasklaws.families import FAMILIES
from tasklaws.spec.structure import work
from tasklaws.study.folder import Study
from tasklaws.theory.score_laws import ScoreLaw, binarity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NEEDED = ("tool_outcome", "solution_similarity")
"""Columns of runs that only a study with local models has."""
LOW, HIGH = 0.05, 0.95
"""Accuracies at which next to nothing, and next to everything, is right."""
ABOVE = 0.9
"""Accuracy at the smallest size from which a model is above the threshold."""
CLOSE = 0.9
"""Edit similarity from which a program is close to a solution."""
BINARY = 0.8
"""Binarity from which a score is all or nothing (formal model, D7)."""
MIDDLE = (0.2, 0.8)
"""Accuracies at which binarity says something."""
HALF = 0.5
STRAIGHT = 0.8
"""Median R^2 from which log accuracy is called straight in size."""
LEAST = 3
"""Points through which a line can be tested, and models of which a mean is compared."""
DRAWS = 1_000
"""Draws of a bootstrap."""
DOUBT = 0.05
"""Level of the tests."""


@dataclass(frozen=True)
class Measured:
    """A number with its 95 % interval, where there is one."""

    name: str
    value: float
    lower: float | None = None
    upper: float | None = None
    n: int | None = None
    """What it rests on: attempts, models or cells."""


@dataclass(frozen=True)
class Phenomenon:
    """Whether one phenomenon of the seeds was found, in a sentence and in figures."""

    name: str
    title: str
    found: bool | None
    """None where this study cannot tell."""
    text: str
    figures: tuple[Measured, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class CurvePoint:
    """One model on one family."""

    family: str
    model: str
    width: str
    n_params: float
    seed: int | None
    n: int
    accuracy: float
    lower: float
    upper: float
    similarity: float | None
    """Mean edit similarity of what was written to the nearest solution."""


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


@dataclass(frozen=True)
class SeedPhenomena:
    """All phenomena, and the rows that their figure and table show."""

    phenomena: tuple[Phenomenon, ...]
    curves: tuple[CurvePoint, ...]
    thresholds: tuple[Thresholds, ...]

    def document(self) -> dict[str, Any]:
        """Return everything as JSON."""
        return asdict(self)


@dataclass(frozen=True)
class _Seen:
    """The plain attempts of a study, each with its width, seed and size."""

    runs: pl.DataFrame
    mix: Sequence[dict[str, Any]]
    rng: np.random.Generator = field(repr=False)

    def of(self, metric: str, *families: str) -> pl.DataFrame:
        """Return the scored attempts in one metric, of some families or of all."""
        kept = self.runs.filter(pl.col("metric") == metric, pl.col("score").is_not_null())
        return kept.filter(pl.col("task_family").is_in(families)) if families else kept


def seed_phenomena(study: Study | str | Path, mix: Sequence[dict[str, Any]] = ()) -> SeedPhenomena:
    """Return what the plain attempts of a study show of each phenomenon.

    Args:
        study: a study of the embedded ladder.
        mix: what its corpus was mixed from, as in ``corpus.json``; without it what was taught is not said.

    Raises:
        NoAnswer: the runs do not hold what small local models leave behind.
    """
    opened = study if isinstance(study, Study) else Study(study)
    seen = _Seen(_plain(opened), mix, np.random.default_rng(opened.settings.seed or 0))
    thresholds = _thresholds(seen)
    found = (
        _all_or_nothing(seen),
        _same_share(seen),
        _shortcut(seen),
        _geometric(seen),
        _smooth_text(seen),
        _coinciding(thresholds),
        _order(seen),
        _between_seeds(seen),
    )
    return SeedPhenomena(found, _curves(seen), thresholds)


def _plain(study: Study) -> pl.DataFrame:
    runs = study.runs()
    lacking = [name for name in NEEDED if name not in runs.columns]
    if lacking:
        raise NoAnswer(
            "no-programs-of-models",
            f"the runs of the study have no column {', '.join(lacking)}.",
            "The phenomena of the seeds are read from what models wrote and what tools made of it.",
            "Train and study the embedded ladder with: tasklaws study DIR.",
        )
    rungs = pl.DataFrame(
        [(rung.model, rung.n_params, rung.seed, _width(rung.model, rung.seed)) for rung in study.ladder()],
        schema={"model": pl.String, "n_params": pl.Float64, "seed": pl.Int64, "width": pl.String},
        orient="row",
    ).drop_nulls("n_params")
    plain = runs.filter(pl.col("elicitation") == (study.settings.elicitation or "greedy"))
    size = pl.col("task_id").str.split("/").list.last().cast(pl.Int64, strict=False)
    return plain.join(rungs, on="model").with_columns(size.alias("size")).sort("n_params", "model", "task_id")


def _width(model: str, seed: int | None) -> str:
    """Return the name of a model without its seed."""
    return model.removesuffix(f"_s{seed}")


def _counted(frame: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Return successes k, attempts n and mean similarity of each group, in the order they come."""
    counts = (
        pl.col("score").sum().round().cast(pl.Int64).alias("k"),
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("solution_similarity").mean().alias("similarity"),
    )
    made = frame.group_by(by, maintain_order=True).agg(*counts)
    return made.with_columns((pl.col("k") / pl.col("n")).alias("rate"))


def _rate(name: str, k: int, n: int, level: float = 0.95) -> Measured:
    return Measured(name, k / n, *clopper_pearson(k, n, level), n)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _span(shares: Sequence[float]) -> str:
    low, high = _percent(min(shares)), _percent(max(shares))
    return low if low == high else f"{low} to {high}"


def _points(change: Measured) -> str:
    ends = (
        f" ({100 * change.lower:+.1f} to {100 * change.upper:+.1f})" if change.lower and change.upper else ""
    )
    return f"{100 * change.value:+.1f} points{ends}"


def _gated() -> set[str]:
    """Return the families whose taught solutions all pass through a tool."""
    taught = {name: [path for path in FAMILIES[name].paths if path.compact] for name in FAMILIES}
    return {name for name, paths in taught.items() if paths and all(path.tool for path in paths)}


def _undefined(name: str, title: str, reason: str) -> Phenomenon:
    return Phenomenon(name, title, None, f"This study cannot tell: {reason}.", (), reason)


def _all_or_nothing(seen: _Seen) -> Phenomenon:
    name, title = "all_or_nothing", "Strict tools are all or nothing"
    gated = seen.of("exact", *_gated())
    near = _counted(gated, "task_family", "model").filter(pl.col("rate") <= LOW).drop_nulls("similarity")
    if near.is_empty():
        return _undefined(
            name, title, f"no model is right in {_percent(LOW)} or less of a family with a tool"
        )
    top = near.sort("similarity", "model", descending=[True, False]).group_by(
        "task_family", maintain_order=True
    )
    best = top.first().to_dicts()
    close = [row for row in best if row["similarity"] >= CLOSE]
    scores = [found for row in best if (found := _binarity(seen, row["task_family"]))]
    first = best[0]
    text = (
        f"Programs came close while answers stayed wrong: those of {first['model']} on "
        f"{first['task_family']} are {_percent(first['similarity'])} like a solution in edit similarity, "
        f"and {first['k']} of {first['n']} answers are right. A likeness of {_percent(CLOSE)} at an accuracy "
        f"of {_percent(LOW)} or less was reached in {len(close)} of {len(best)} families with a tool. "
    )
    measured = [
        part
        for row in best
        for part in (
            Measured(f"similarity of {row['model']} on {row['task_family']}", row["similarity"], n=row["n"]),
            _rate(f"accuracy of {row['model']} on {row['task_family']}", row["k"], row["n"]),
        )
    ]
    return Phenomenon(name, title, bool(close), text + _binary_text(scores), (*measured, *scores))


def _binarity(seen: _Seen, family: str) -> Measured | None:
    """Return the binarity of the answers' token accuracy for the model nearest to one half, if any is."""
    models = _counted(seen.of("exact", family), "model").filter(pl.col("rate").is_between(*MIDDLE))
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
        return f"No model was between {_percent(low)} and {_percent(high)}, so binarity is not defined."
    said = "; ".join(f"{one.value:.2f} ({one.lower:.2f} to {one.upper:.2f}) {one.name[9:]}" for one in scores)
    return f"The binarity of token accuracy at mid accuracy, 1 for all or nothing, is {said}."


def _same_share(seen: _Seen) -> Phenomenon:
    name, title = "same_share", "Above the threshold all models score the same share"
    chain = seen.of("exact", "sha_chain")
    if chain.is_empty():
        return _undefined(name, title, "sha_chain was not asked")
    smallest = min(chain["size"].to_list())
    begun = _counted(chain.filter(pl.col("size") == smallest), "model").filter(pl.col("rate") >= ABOVE)
    models = _counted(chain.filter(pl.col("model").is_in(begun["model"].to_list())), "model").to_dicts()
    if not models:
        return _undefined(
            name, title, f"no model is right in {_percent(ABOVE)} of sha_chain at size {smallest}"
        )
    cut, sizes = _cut_sizes(chain), chain["size"].unique().to_list()
    allowed = 1 - len(cut) / len(sizes)
    level = 1 - DOUBT / len(models)
    rates = [_rate(f"{row['model']} (joint interval)", row["k"], row["n"], level) for row in models]
    agree = [one for one in rates if (one.lower or 0) <= allowed <= (one.upper or 0)]
    said = ", ".join(map(str, cut)) or "none"
    text = (
        f"{len(models)} of {chain['model'].n_unique()} models are above the threshold ({_percent(ABOVE)} or "
        f"more at size {smallest}); they score {_span([one.value for one in rates])} of sha_chain. The "
        f"limits allow {_percent(allowed)} (sizes whose loops ran out of time: {said} of "
        f"{', '.join(map(str, sorted(sizes)))}), which the intervals of {len(agree)} of {len(models)} hold."
    )
    figures = (Measured("allowed by the limits", allowed), *rates)
    return Phenomenon(name, title, len(agree) == len(models), text, figures)


def _cut_sizes(attempts: pl.DataFrame) -> list[int]:
    """Return the sizes at which most loops ran out of time."""
    loops = attempts.filter(pl.col("path") == "loop").group_by("size")
    late = loops.agg((pl.col("tool_outcome") == "timeout").mean().alias("late")).filter(pl.col("late") > HALF)
    return sorted(late["size"])


def _shortcut(seen: _Seen) -> Phenomenon:
    name, title = "shortcut", "A shortcut lifts scores past the limit of the loop"
    sums = seen.of("exact", "sum_range")
    if sums.is_empty():
        return _undefined(name, title, "sum_range was not asked")
    looped = sums.filter(pl.col("path") == "loop", pl.col("score") == 1)["size"].max()
    beyond = sums.filter(pl.col("size") > (looped or 0))
    formula = sums.with_columns((pl.col("path") == "closed_form").cast(pl.Float64).alias("score"))
    shares = [
        _rate(f"share of the formula at {row['width']}", row["k"], row["n"])
        for row in _counted(formula, "width").to_dicts()
    ]
    taught = (
        f"{_taught(seen)} The formula's share rose from {_percent(shares[0].value)} at the least width to "
    )
    taught += f"{_percent(shares[-1].value)} at the greatest."
    if beyond.is_empty():
        return Phenomenon(
            name,
            title,
            None,
            f"{taught} A loop solved every size that was asked.",
            tuple(shares),
            "no such size",
        )
    reached = _counted(beyond, "width").to_dicts()
    rates = [_rate(f"accuracy beyond the loop at {row['width']}", row["k"], row["n"]) for row in reached]
    jump = max(range(1, len(rates)), key=lambda i: rates[i].value - rates[i - 1].value, default=0)
    before, after = rates[max(0, jump - 1)], rates[jump]
    sizes = ", ".join(map(str, sorted(beyond["size"].unique())))
    step = (
        f"made its largest step from {_percent(before.value)} at {reached[max(0, jump - 1)]['width']} to "
        f"{_percent(after.value)} at {reached[jump]['width']}"
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


def _taught(seen: _Seen) -> str:
    """Return a sentence on what the corpus says of sums."""
    parts = [part for part in seen.mix if part["family"] == "sum_range"]
    paths = dict(parts[0]["paths"]) if parts else {}
    if "closed_form" not in paths:
        return "What the corpus taught of sums is not on record."
    sizes = dict(zip(parts[0]["sizes"], paths["closed_form"], strict=True))
    said = ", ".join(f"{_percent(share)} at {size}" for size, share in sizes.items())
    return f"The corpus taught the formula; no model came upon it: it solves {said} of the sums there."


def _geometric(seen: _Seen) -> Phenomenon:
    name, title = "geometric", "Accuracy falls geometrically with the length of the program"
    calls = _counted(seen.of("exact", "nested_calls"), "model", "size")
    some = calls.filter(pl.col("k") > 0, pl.col("k") < pl.col("n"))
    lines = [
        _line(model, part)
        for (model,), part in some.group_by("model", maintain_order=True)
        if part.height >= LEAST
    ]
    if not lines:
        return _undefined(
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


def _smooth_text(seen: _Seen) -> Phenomenon:
    name, title = "smooth_text", "Without a tool, likeness rises before accuracy"
    attempts = seen.of("exact", "transform")
    likeness = seen.of("edit_similarity", "transform")
    if attempts.is_empty() or likeness.is_empty():
        return _undefined(name, title, "transform was not asked, or not scored by edit similarity")
    widths = _counted(attempts, "width", "n_params").sort("n_params").filter(pl.col("rate") <= LOW)
    if widths.height < 2:  # noqa: PLR2004  a rise needs two
        return _undefined(
            name, title, f"fewer than two widths are right in {_percent(LOW)} or less of transform"
        )
    base, last = widths.row(0, named=True), widths.row(-1, named=True)
    solved = _counted(attempts, "width", "instance_id").filter(pl.col("k") > 0)
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
        f"On transform the edit similarity of wrong answers moved by {_points(last_rise)} from "
        f"{base['width']} to {last['width']}, where {last['k']} of {last['n']} answers are right; it stood "
        f"above {base['width']} at {len(rose)} of {len(rises)} widths with an accuracy of {_percent(LOW)} or "
        "less."
    )
    return Phenomenon(name, title, last_rise in rose, text, tuple(rises))


def _rise(likeness: pl.DataFrame, base: str, width: str) -> tuple[float, float, float, int]:
    """Return the mean rise over questions that are left at both widths, its interval, and their number."""
    by = likeness.group_by("instance_id", "width").agg(pl.col("score").mean())
    one, two = (by.filter(pl.col("width") == which) for which in (base, width))
    both = one.join(two, on="instance_id", suffix="_after").sort("instance_id")
    rises = (both["score_after"] - both["score"]).to_numpy()
    return _mean(rises)


def _mean(values: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, float, float, int]:
    """Return a mean with its t interval, and how many values it is of."""
    n = len(values)
    margin = float(stats.t.isf(0.025, n - 1) * values.std(ddof=1) / n**0.5)
    return float(values.mean()), float(values.mean() - margin), float(values.mean() + margin), n


def _thresholds(seen: _Seen) -> tuple[Thresholds, ...]:
    cells = _counted(seen.of("exact"), "task_family", "size", "width", "n_params", "model")
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


def _coinciding(thresholds: Sequence[Thresholds]) -> Phenomenon:
    name, title = "coinciding", "Tasks that differ only in length pass one half together"
    telling = [one for one in thresholds if one.verdict != "not enough data"]
    if not telling:
        return _undefined(
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


def _order(seen: _Seen) -> Phenomenon:
    name, title = "order", "Steps in order are harder than the same steps in any order"
    pair = ("work_in_order", "work_any_order")
    cells = _counted(seen.of("exact", *pair), "task_family", "model", "size")
    one, other = (cells.filter(pl.col("task_family") == family) for family in pair)
    both = one.join(other, on=["model", "size"], suffix="_any")
    if both.is_empty():
        return _undefined(name, title, "the two families of equal work were not both asked")
    alike = [size for size in both["size"].unique() if len({work(FAMILIES[f].plan(size)) for f in pair}) == 1]
    means = both.filter(pl.col("size").is_in(alike)).group_by("model", maintain_order=True)
    models = means.agg(pl.col("rate", "rate_any").mean())
    middling = models.filter(((pl.col("rate") + pl.col("rate_any")) / 2).is_between(LOW, HIGH))
    if middling.height < LEAST:
        reason = f"fewer than {LEAST} models solve some but not nearly all of the two families"
        return _undefined(name, title, reason)
    apart = (middling["rate"] - middling["rate_any"]).to_numpy()
    gap = Measured("accuracy in order less that in any order", *_mean(apart))
    lower, upper = gap.lower or 0.0, gap.upper or 0.0
    told = "harder" if upper < 0 else "easier" if lower > 0 else "not measurably harder or easier"
    text = (
        f"At equal work, sums in order are {told} than in any order: their accuracy differs by "
        f"{_points(gap)}, over {gap.n} models between {_percent(LOW)} and {_percent(HIGH)}."
    )
    return Phenomenon(name, title, upper < 0, text, (gap,))


def _between_seeds(seen: _Seen) -> Phenomenon:
    name, title = "rung_shock", "Seeds of one width differ by more than chance"
    by = ["task_family", "width"]
    tasks = _counted(seen.of("exact"), *by, "model", "task_id")
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
        return _undefined(name, title, "fewer than two widths have several seeds and scores off both ends")
    between, chance = (float(cells[column].to_numpy().mean() ** 0.5) for column in ("var", "noise"))
    value, widths = between / chance, cells["width"].n_unique()
    lower, upper = _ends(cells, seen.rng)
    ratio = Measured("SD between seeds in units of chance", value, lower, upper, cells.height)
    text = (
        f"The accuracy of a family differs between seeds of one width by {100 * between:.1f} points (SD); "
        f"independent answers would make {100 * chance:.1f}. That is {value:.1f} times as much ({lower:.1f} "
        f"to {upper:.1f} over {widths} widths, {cells.height} cells between {_percent(LOW)} and "
        f"{_percent(HIGH)}). All seeds had the same corpus and the same questions."
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


def _curves(seen: _Seen) -> tuple[CurvePoint, ...]:
    counted = _counted(seen.of("exact"), "task_family", "model", "width", "n_params", "seed")
    return tuple(_point(row) for row in counted.to_dicts())


def _point(row: dict[str, Any]) -> CurvePoint:
    where = (row["task_family"], row["model"], row["width"], row["n_params"], row["seed"])
    return CurvePoint(*where, row["n"], row["rate"], *clopper_pearson(row["k"], row["n"]), row["similarity"])
