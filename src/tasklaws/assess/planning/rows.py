"""Rows of a plan: a quantity, its value, an interval where it has one, and what it means."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from math import ceil, exp
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.planning import repeats
from tasklaws.assess.planning.effects import between_models, between_rungs
from tasklaws.assess.planning.next_rung import LEAST_SIZES, MOST_FACTOR
from tasklaws.theory.baselines import baseline_factor
from tasklaws.theory.resolution import best, informative_range, samples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.assess.planning.design import Design
    from tasklaws.assess.planning.next_rung import NextRung

RATES = (0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99)
MOST_SIZES = 20
TENTHS = (5, 95)


@dataclass(frozen=True)
class Row:
    """One line of a plan."""

    quantity: str
    value: float | None
    """None where there is no such number; the note says why."""
    lower: float | None = None
    upper: float | None = None
    note: str = ""

    def document(self) -> dict[str, Any]:
        """Return the JSON of the row."""
        return asdict(self)


def next_rung_rows(design: Design) -> Iterator[Row]:
    """Yield what the design tells of the next rung, and what would tell enough."""
    found = design.next_rung
    yield Row(
        "standard error at the next rung",
        found.error,
        note=f"log hazard of a family, by chance of answers: a factor of {exp(found.error):.2f}",
    )
    yield shock_row(found)
    yield attempts_row(design)
    yield sizes_row(design)


def attempts_row(design: Design) -> Row:
    """Return the row on the least number of attempts, the sizes as they are."""
    needed = design.next_rung.attempts_needed(design.error)
    note = f"with {design.rungs} sizes; {design.samples} are planned"
    if needed is None:
        note += f", and {MOST_FACTOR:,.0f} times as many would not do"
    if design.rungs < LEAST_SIZES:
        note += f"; C8 asks for {LEAST_SIZES} sizes all the same"
    return Row(f"attempts per cell for a standard error of {design.error:g}", needed, note=note)


def shock_row(found: NextRung) -> Row:
    """Return the row on what no number of attempts removes."""
    return Row(
        "standard error at the next rung with the shock of rungs",
        found.error_with_shock,
        note=f"shocks of {found.shock_sd:.2f} logit; no number of attempts removes this part",
    )


def sizes_row(design: Design) -> Row:
    """Return the row on the least number of sizes, tasks spread alike over each ladder."""
    for sizes in range(LEAST_SIZES, MOST_SIZES + 1):
        made = _of_sizes(design, sizes)
        if made.next_rung.error <= design.error:
            note = f"with {design.samples} attempts per cell; never fewer than {LEAST_SIZES}"
            return Row(f"sizes for a standard error of {design.error:g}", sizes, note=note)
    note = f"{MOST_SIZES} sizes are not enough with {design.samples} attempts per cell"
    return Row(f"sizes for a standard error of {design.error:g}", None, note=note)


def _of_sizes(design: Design, sizes: int) -> Design:
    hardest = None if design.hardest is None else design.hardest + sizes - design.rungs
    return replace(design, rungs=sizes, hardest=hardest)


def sample_rows(floor: float, error: float) -> Iterator[Row]:
    """Yield how many answers log hazard costs at some rates, with the chance floor."""
    top = best(floor)
    low, high = informative_range(floor)
    yield Row(
        "rate that tells most", top.rate, low, high, "between these a quarter of the most or more is told"
    )
    for rate in RATES:
        if rate > floor:
            needed = ceil(round(samples(rate, error, floor), 6))
            yield Row(
                f"answers at {100 * rate:g} % right for a standard error of {error:g}",
                needed,
                note="of log hazard",
            )


def repeat_rows(design: Design, rng: np.random.Generator) -> Iterator[Row]:
    """Yield how well repeats tell a lottery from tasks that are always or never solved."""
    tasks = design.tasks
    if tasks < 2:  # noqa: PLR2004  a variance takes two
        yield Row("repeats to tell a lottery from always or never", None, note="takes two tasks or more")
        return
    if design.repeats > 1:
        for rho, what in (
            (0.0, "every run is a lottery"),
            (repeats.ALWAYS, "most tasks are always or never solved"),
        ):
            low, high = np.percentile(repeats.rhos(rho, tasks, design.repeats, rng), TENTHS)
            note = f"estimates of 90 % of worlds, {tasks} tasks of {design.repeats} repeats each"
            yield Row(f"correlation of two runs where {what}", rho, float(low), float(high), note)
    for rho, what in ((repeats.ALWAYS, "always or never solved"), (repeats.SOME, "of rates that differ")):
        needed = repeats.repeats_needed(rho, tasks, rng)
        note = f"correlation of two runs {rho:g}, {tasks} tasks, power {repeats.WANTED:g}"
        yield Row(f"repeats to tell a lottery from tasks {what}", needed, note=note)


def effect_rows(design: Design) -> Iterator[Row]:
    """Yield the smallest differences that are found with power .8, in points."""
    note = (
        f"paired over tasks, {design.families} families as clusters, 5 % two-sided, power .8, shock included"
    )
    name = "smallest difference of two models, points"
    yield _points(name, between_models(design), note if design.families > 1 else "takes two families or more")
    note = f"{design.tasks} tasks of {design.samples} attempts on each rung, the shock known"
    yield _points("smallest difference of a family between two rungs, points", between_rungs(design), note)


def _points(name: str, difference: float | None, note: str) -> Row:
    if difference is not None and difference > 1:
        return Row(name, None, note=f"none is large enough: {note}")
    return Row(name, None if difference is None else 100 * difference, note=note)


def baseline_rows(design: Design) -> Iterator[Row]:
    """Yield what the planned baselines of people tell."""
    factor = baseline_factor(design.log_spread, design.baselines)
    note = f"{design.baselines} people at each task, log times spread by {design.log_spread:g}; 95 %"
    yield Row("geometric mean of a task's human time, known to a factor of", factor, 1 / factor, factor, note)
    people = design.baselines * design.tasks * design.families
    yield Row("human baselines in all", people, note="see `tasklaws plan baselines` for how many are needed")


def cost_rows(design: Design) -> Iterator[Row]:
    """Yield attempts, tokens and money."""
    n = design.attempts
    cells = f"{design.rungs} sizes x {design.seeds} x {design.families} families x {design.tasks} tasks"
    note = f"{cells} x {design.samples}"
    yield Row("attempts in all", n, note=note)
    read, written = design.tokens
    yield Row(
        "tokens in all",
        n * (read + written),
        note=f"{read:,.0f} read and {written:,.0f} written in an attempt",
    )
    if design.price is None:
        yield Row("price in all", None, note="not known: give --price of 1,000 tokens")
        return
    paid = n * (read * design.price[0] + written * design.price[1]) / 1000
    yield Row("price in all", paid, note="in the unit of --price; all models at one price")
