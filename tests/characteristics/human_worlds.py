"""Worlds of timed people: who gives up, whom a blow-up slows down, and who is left out of the study."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.planning.two_modes import POWER, Modes
from tasklaws.assess.planning.two_modes import WORLDS as STATED_WORLDS
from tasklaws.infer.human_times.attempts import Attempts
from tasklaws.infer.human_times.geometric import geometric_mean, median
from tasklaws.infer.human_times.log_normal import fit_censored
from tasklaws.infer.human_times.mixture import fit_blow_ups, mean_above_place, median_above_place
from tasklaws.infer.human_times.modes import (
    FEWEST,
    LEVEL,
    Test,
    combined,
    likelihood_ratios,
    one_mode,
    pooled_ratios,
)
from tasklaws.infer.human_times.populations import fit_populations, ratios
from tasklaws.infer.human_times.selection import fit_truncated, nobody_left_out
from tasklaws.theory.human_times import draw as draw_times
from tasklaws.theory.human_times import time_law
from tasklaws.theory.time_tables import tabulate
from tasklaws.worlds._people import PERSON
from tasklaws.worlds.blow_ups import BASELINES, HUMAN, STRETCHES, plan
from tasklaws.worlds.blow_ups import LIMIT as W10_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.infer.human_times.pooled import Estimates

    Floats = np.ndarray

WORLDS = 1000
TASKS, SD, LIMIT = 20, 0.9, math.log(480.0)
"""Of the worlds of give-ups; spread and limit are those of P14b."""
SLOW, WEIGHT, WITHIN = math.log(4.0), 0.3, 0.4
"""Blow-ups of P14: three in ten take four times as long."""
HOLDS = (0.87, 0.93)
PEOPLE = (4, 8, 20)
MIDDLE = math.log(240.0)
NULLS, SHARED, TRIED = 499, 999, 100
DRAWN_NULLS = 8
"""Nulls that worlds take in turn: the luck of one must not be that of all."""
POWERS = {
    (0.2, 2.0): (20, 40, 80),
    (0.3, 3.0): (10, 20, 40),
    (0.1, 4.0): (10, 20, 40),
    (0.3, 4.0): (10, 20, 40),
}
"""Modes -> baselines of one task, of the table of D13."""


@dataclass(frozen=True)
class Design:
    """One kind of world, and what is made of it."""

    name: str
    world: Callable[[np.random.Generator], dict[str, float | None]]
    worlds: int = WORLDS
    """Most worlds that are drawn."""
    asked: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    """Quantity -> least and most that is asked for."""
    note: str = ""

    def outcome(self, seed: int) -> dict[str, float | None]:
        """Return what came of one world."""
        return self.world(np.random.default_rng([seed, *self.name.encode()]))


def people(places: Floats, m: int, rng: np.random.Generator, sd: float | Floats = SD) -> Floats:
    """Return log times of `m` people at each task, of shape (tasks, people)."""
    return places[:, None] + np.broadcast_to(sd, places.shape)[:, None] * rng.standard_normal(
        (places.size, m)
    )


def stopped(logs: Floats, limit: float = LIMIT) -> Attempts:
    """Return the attempts of people who give up at the limit."""
    tasks, m = logs.shape
    task, ends = np.repeat(np.arange(tasks), m), np.full(logs.size, limit)
    return Attempts(task, np.minimum(logs.ravel(), limit), logs.ravel() <= limit, tasks, ends)


def held(found: Estimates, truth: Floats) -> float:
    """Return the share of tasks tried whose truth is in its interval."""
    tried = ~np.isnan(found.lower)
    return float(((found.lower <= truth) & (truth <= found.upper))[tried].mean())


def error(found: Estimates, truth: Floats) -> float:
    """Return the median error over tasks."""
    return float(np.nanmedian(found.value - truth))


def success_means(attempts: Attempts) -> tuple[Floats, Floats, Floats]:
    """Return the mean log time of successes of each task and the ends of its interval by Student's law."""
    kept = attempts.successes()
    nothing = (np.nan, np.nan, np.nan)
    found = [geometric_mean(kept.log_minutes[kept.task == task]) for task in range(attempts.tasks)]
    value, lower, upper = np.array([one if None not in one else nothing for one in found], dtype=float).T
    return value, lower, upper


def spread_out(rng: np.random.Generator, least: float = 15.0, most: float = 480.0) -> Floats:
    """Return log medians of tasks between so many minutes."""
    return rng.uniform(math.log(least), math.log(most), TASKS)


def give_ups(m: int, middle: float | None, rng: np.random.Generator) -> dict[str, float | None]:
    """Return what successes alone and the censored law say where people give up after a working day."""
    truth = spread_out(rng) if middle is None else np.full(TASKS, middle)
    attempts = stopped(people(truth, m, rng))
    found = fit_censored(attempts).estimates()
    mean, lower, upper = success_means(attempts)
    told = ~np.isnan(mean)
    return {
        "coverage, censored": held(found, truth),
        "coverage, mean of successes": float(((lower <= truth) & (truth <= upper))[told].mean()),
        "error of log time, censored": error(found, truth),
        "mean error of log time, successes": float((mean - truth)[told].mean()),
        "share that gives up": float(1 - attempts.done.mean()),
    }


def successes_alone(m: int, rng: np.random.Generator) -> dict[str, float | None]:
    """Return what the truncated law makes of studies that kept nobody who gave up."""
    truth = spread_out(rng)
    kept = stopped(people(truth, m, rng)).successes()
    hidden = fit_truncated(kept).estimates()
    naive = fit_censored(kept).estimates()
    missing = nobody_left_out(kept, rng)
    return {
        "coverage, truncated": held(hidden, truth),
        "coverage, as if nobody were left out": held(naive, truth),
        "error of log time, truncated": error(hidden, truth),
        "found: somebody left out": None if missing is None else float(missing.p <= LEVEL),
    }


def nobody_missing(m: int, rng: np.random.Generator) -> dict[str, float | None]:
    """Return whether somebody seems left out where all finish before the limit by themselves."""
    while True:
        logs = people(spread_out(rng, 15, 150), m, rng, sd=0.5)
        if (logs <= LIMIT).all():
            break
    missing = nobody_left_out(stopped(logs), rng)
    return {"found: somebody left out": None if missing is None else float(missing.p <= LEVEL)}


def blown(
    places: Floats, m: int, rng: np.random.Generator, modes: tuple[float, float] | None = None
) -> Floats:
    """Return log times of people of whom some blow up; `modes` in units of the spread within, else P14's."""
    weight, far = (WEIGHT, SLOW) if modes is None else (modes[0], modes[1] * WITHIN)
    logs = people(places, m, rng, WITHIN)
    return logs + far * (rng.random(logs.shape) < weight)


def blow_ups(m: int, rng: np.random.Generator) -> dict[str, float | None]:
    """Return what the mixture and the log-normal law say where three in ten take four times as long."""
    places = spread_out(rng, 15, 240)
    attempts = stopped(blown(places, m, rng))
    shape = np.array([math.log(WITHIN), math.log(WEIGHT / (1 - WEIGHT)), math.log(SLOW)])
    middle, mean = places + median_above_place(shape), places + mean_above_place(shape)
    mixed, plain = fit_blow_ups(attempts), fit_censored(attempts).estimates()
    medians, means = mixed.estimates("median"), mixed.estimates("geometric_mean")
    return {
        "coverage of the median, mixture": held(medians, middle),
        "coverage of the geometric mean, mixture": held(means, mean),
        "coverage of the median, log-normal": held(plain, middle),
        "coverage of the geometric mean, log-normal": held(plain, mean),
        "error of log median, mixture": error(medians, middle),
        "error of log geometric mean, mixture": error(means, mean),
        "error of log median, log-normal": error(plain, middle),
        "share that gives up": float(1 - attempts.done.mean()),
    }


def populations(m: int, rng: np.random.Generator) -> dict[str, float | None]:
    """Return whether the ratio of two populations is held: experts take 3/5 as long, and all may give up."""
    truth, ratio = spread_out(rng), math.log(0.6)
    group = np.tile(np.arange(m) % 2, TASKS)
    logs = people(truth, m, rng) + ratio * group.reshape(TASKS, m)
    attempts = stopped(logs)
    attempts = Attempts(attempts.task, attempts.log_minutes, attempts.done, TASKS, attempts.log_limit, group)
    found = fit_populations(attempts)
    (one,) = ratios(found)
    return {
        "coverage of the ratio": float(one.lower <= ratio <= one.upper),
        "coverage of the first population's medians": held(found.estimates(), truth),
        "error of the log ratio": one.log_ratio - ratio,
    }


def single_task_tests(
    n: int, modes: tuple[float, float] | None, rng: np.random.Generator
) -> dict[str, float | None]:
    """Return how often two modes are found at one task, of TRIED tasks against one drawn null."""
    logs = people(np.zeros(TRIED), n, rng, 1.0) if modes is None else blown(np.zeros(TRIED), n, rng, modes)
    null = np.sort(likelihood_ratios(one_mode(np.full(n, np.inf), NULLS, rng)))
    return {"found: two modes": float(np.mean([one.p <= LEVEL for one in single_tests(logs, null)]))}


def pooled_tests(m: int, rng: np.random.Generator) -> dict[str, float | None]:
    """Return how often two modes are found over all tasks of TRIED studies of one mode, by one drawn null."""
    task = np.repeat(np.arange(TASKS), m)
    logs = np.array([people(spread_out(rng), m, rng, WITHIN).ravel() for _ in range(TRIED)])
    null = np.sort(pooled_ratios(one_mode(np.full(task.size, np.inf), NULLS, rng), task))
    above = NULLS - np.searchsorted(null, pooled_ratios(logs, task))
    return {"found: all tasks together": float(((1 + above) / (1 + NULLS) <= LEVEL).mean())}


@cache
def pooled_null(m: int, number: int) -> Floats:
    """Return ratios of one mode over 20 tasks of `m` people each, drawn once more for each number."""
    task = np.repeat(np.arange(TASKS), m)
    return pooled_ratios(np.random.default_rng([m, number]).standard_normal((NULLS, task.size)), task)


@cache
def single_null(m: int, number: int) -> Floats:
    """Return the worlds that tests of single tasks of one study share, sorted."""
    return np.sort(likelihood_ratios(np.random.default_rng([m, number]).standard_normal((SHARED, m))))


def single_tests(logs: Floats, null: Floats) -> list[Test]:
    """Return the test of each task, a row of `logs`; all in one go, as tests one by one would be."""
    seen = likelihood_ratios(logs)
    above = null.size - np.searchsorted(null, seen)
    return [
        Test(one, 0.0, (1 + more) / (1 + null.size), logs.shape[1])
        for one, more in zip(seen, above, strict=True)
    ]


def all_task_tests(m: int, kind: str, rng: np.random.Generator) -> dict[str, float | None]:
    """Return whether two modes are found over all tasks, together and combined."""
    if kind == "blow-ups":
        logs = blown(spread_out(rng), m, rng)
    else:
        logs = people(
            spread_out(rng), m, rng, WITHIN * np.exp((kind == "unequal") * 0.4 * rng.standard_normal(TASKS))
        )
    together = pooled_ratios(logs.reshape(1, -1), np.repeat(np.arange(TASKS), m))
    number = int(rng.integers(DRAWN_NULLS))
    p = (1 + (pooled_null(m, number) >= together).sum()) / (1 + NULLS)
    each = combined(single_tests(logs, single_null(m, number))) if m >= FEWEST else None
    both = None if each is None else float(max(p, each) <= LEVEL)
    return {
        "found: all tasks together": float(p <= LEVEL),
        "found: single tasks combined": None if each is None else float(each <= LEVEL),
        "found: both": both,
    }


@cache
def w10_laws(family: str) -> tuple[list[object], Floats]:
    """Return the laws of a family of W10 and their log medians."""
    laws = [time_law(plan(family, n), PERSON) for n in STRETCHES]
    return laws, np.log([tabulate(law).quantile(0.5) for law in laws])


def w10(family: str, law: str, rng: np.random.Generator) -> dict[str, float | None]:
    """Return what is made of one family of W10: six tasks of 1 to 32 stretches, 80 people each."""
    laws, truth = w10_laws(family)
    logs = np.log([draw_times(law, BASELINES, rng) for law in laws])
    attempts = stopped(logs, math.log(W10_LIMIT))
    mean, lower, upper = success_means(attempts)
    free = [median(row, row <= math.log(W10_LIMIT)) for row in np.minimum(logs, math.log(W10_LIMIT) + 1)]
    inside = [
        (one.lower is None or one.lower <= at) and (one.upper is None or at <= one.upper)
        for one, at in zip(free, truth, strict=True)
    ]
    plain = fit_censored(attempts).estimates()
    found = {
        "coverage of the median, without a law": float(np.mean(inside)),
        "coverage of the median, log-normal": held(plain, truth),
        "coverage of the median, mean of successes": float(((lower <= truth) & (truth <= upper)).mean()),
        "error of log median of the longest task, log-normal": float(plain.value[-1] - truth[-1]),
        "error of log median of the longest task, successes": float(mean[-1] - truth[-1]),
    }
    if law == "mixture":
        found["coverage of the median, mixture"] = held(fit_blow_ups(attempts).estimates(), truth)
    return found


def on_record(modes: tuple[float, float], n: int) -> tuple[float, float]:
    """Return where the power that `tasklaws plan baselines` states may lie, by its own error."""
    stated = POWER[Modes(*modes)][n]
    reach = 2 * math.sqrt(stated * (1 - stated) / STATED_WORLDS)
    return stated - reach, stated + reach


def sizes(kind: str, m: int) -> dict[str, tuple[float | None, float | None]]:
    """Return how often tests over all tasks may find two modes where there is one.

    The mixture that all share takes it that spreads are equal; where they are, `pooled_tests` tells its size.
    """
    names = ["found: both", "found: single tasks combined"] if m >= FEWEST and kind != "blow-ups" else []
    return dict.fromkeys(names, (None, 0.05))


def _bias() -> float:
    """Return P14b's bias of successes at a median of 240 minutes."""
    z = (LIMIT - MIDDLE) / SD
    return -SD * math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) / (0.5 * math.erfc(-z / math.sqrt(2)))


def _designs() -> tuple[Design, ...]:
    shift = _bias()
    made = [
        Design(
            f"P14b, {m} people a task",
            partial(give_ups, m, MIDDLE),
            asked={
                "coverage, censored": HOLDS,
                "mean error of log time, successes": (shift - 0.02, shift + 0.02),
                "error of log time, censored": (-0.03, 0.03),
            },
            note="20 tasks of a median of 240 min, spread .9, people give up after 480 min. P14b says "
            f"{shift:.3f} for the mean over successes.",
        )
        for m in PEOPLE
    ]
    made += [
        Design(
            f"give-ups, {m} people a task",
            partial(give_ups, m, None),
            asked={"coverage, censored": HOLDS},
            note="20 tasks of medians from 15 to 480 min, else as P14b.",
        )
        for m in PEOPLE
    ]
    made += [
        Design(
            f"successes alone, {m} people a task",
            partial(successes_alone, m),
            asked={"coverage, truncated": HOLDS},
            note="As give-ups, but no row of those who gave up was kept; the limit is known.",
        )
        for m in PEOPLE
    ]
    made += [
        Design(
            f"nobody left out, {m} people a task",
            partial(nobody_missing, m),
            asked={"found: somebody left out": (None, 0.05)},
            note="20 tasks of medians from 15 to 150 min, spread .5; worlds in which all finish in 480 min.",
        )
        for m in PEOPLE
    ]
    made += [
        Design(
            f"blow-ups, {m} people a task",
            partial(blow_ups, m),
            asked={
                "coverage of the median, mixture": HOLDS,
                "coverage of the geometric mean, mixture": HOLDS,
            },
            note="20 tasks whose plain medians lie from 15 to 240 min, spread .4; three in ten take four "
            "times as long, whoever is not done after 480 min gives up. Targets are those of everybody.",
        )
        for m in PEOPLE
    ]
    made += [
        Design(
            f"two populations, {m} people a task",
            partial(populations, m),
            worlds=500,
            asked={
                "coverage of the ratio": HOLDS,
                "coverage of the first population's medians": HOLDS,
            },
            note="As give-ups; every other person is of a population that takes .6 times as long.",
        )
        for m in (4, 8)
    ]
    made += [
        Design(
            f"two modes at one task, none there, {n} people",
            partial(single_task_tests, n, None),
            worlds=60,
            asked={"found: two modes": (None, 0.05)},
            note=f"A world is {TRIED} tasks tried against one null of {NULLS} draws.",
        )
        for n in (5, 10, 20, 40)
    ]
    made += [
        Design(
            f"two modes at one task, weight {modes[0]:g}, distance {modes[1]:g}, {n} people",
            partial(single_task_tests, n, modes),
            worlds=10,
            asked={"found: two modes": on_record(modes, n)},
            note=f"A world is {TRIED} tasks tried against one null of {NULLS} draws; a row of D13.",
        )
        for modes, numbers in POWERS.items()
        for n in numbers
    ]
    made += [
        Design(
            f"two modes over all tasks, none there, {m} people a task",
            partial(pooled_tests, m),
            worlds=40,
            asked={"found: all tasks together": (None, 0.05)},
            note=f"A world is {TRIED} studies of 20 tasks tried against one null of {NULLS} draws.",
        )
        for m in (4, 8)
    ]
    made += [
        Design(
            f"two modes over all tasks, {kind}, {m} people a task",
            partial(all_task_tests, m, kind),
            worlds=1000 if kind == "equal" else 400,
            asked=sizes(kind, m),
            note="20 tasks; unequal: spreads differ from task to task by a factor of 1.5, give or take.",
        )
        for kind in ("equal", "unequal", "blow-ups")
        for m in PEOPLE
    ]
    made += [
        Design(
            f"W10, {family}",
            partial(w10, family, "log-normal"),
            asked={"coverage of the median, without a law": HOLDS},
            note="Six tasks of 1 to 32 stretches, 80 people each; the law of times is that of the plan.",
        )
        for family in HUMAN
    ]
    made += [
        Design(
            f"W10 with the mixture, {family}", partial(w10, family, "mixture"), worlds=60, note="The same."
        )
        for family in HUMAN
    ]
    return tuple(made)


DESIGNS = _designs()
