"""D9: tasks made of steps that are right independently of each other, and of one that no milestone marks.

Where steps are independent, what is composed of them is the truth, and must not be called worse.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl
from scipy.special import expit
from tests.characteristics.design import Design, drawn_suite

from tasklaws.core.tables import RUNS

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Evidence, Suite

    Floats = np.ndarray


class Shape(NamedTuple):
    """What was asked of whom."""

    sizes: int
    tasks: int
    runs: int
    seeds: int = 1
    steps: int = 6


def made_of_steps(
    rng: np.random.Generator, shape: Shape, shock: float, *, unmarked: float = 1.0, in_a_row: bool = False
) -> Evidence:
    """Return a family whose tasks are of `steps` steps, with milestones of each attempt.

    Args:
        rng: source of randomness.
        shape: of the family.
        shock: of each model, in logits.
        unmarked: chance of a last step that no milestone marks.
        in_a_row: whether work ends at the first step that fails.
    """
    x = np.repeat(np.arange(shape.sizes) / 3, shape.seeds)
    ability = 3.0 * (x - x.mean()) + rng.normal(0, shock, len(x))
    rate = expit(1.0 + ability - np.linspace(-1.5, 1.5, shape.tasks)[:, None])
    own = rng.random((*rate.shape, shape.runs, shape.steps)) < rate[..., None, None]
    reached = np.logical_and.accumulate(own, axis=-1) if in_a_row else own
    solved = reached.all(axis=-1) & (rng.random(reached.shape[:-1]) < unmarked)
    return suite_of(reached, solved, x, rng).evidence("family")


def suite_of(reached: np.ndarray, solved: np.ndarray, x: Floats, rng: np.random.Generator) -> Suite:
    """Return a suite of steps reached, of shape (tasks, models, attempts, steps), and of tasks solved."""
    tasks, models, runs = solved.shape
    plain = drawn_suite(np.full((tasks, models), 0.5), runs, rng, x=x + 18)
    task, model, instance = np.indices(solved.shape).reshape(3, -1)
    labels = {
        "model": np.array(plain.counts.models)[model],
        "task_family": "family",
        "task_id": np.array(plain.counts.tasks)[task],
        "instance_id": instance.astype(str),
        "epoch": 0,
        "harness_id": "default",
        "elicitation": "default",
        "path": "by_hand",
        "outcome": "submitted",
    }
    scores = {plain.metric: solved.astype(float), "milestones": reached.mean(axis=-1)}
    schema = {name: RUNS.dtypes()[name] for name in (*labels, "metric", "score")}
    frames = [pl.DataFrame(labels | {"metric": name, "score": score.ravel()}, schema=schema)
              for name, score in scores.items()]  # fmt: skip
    counts = replace(plain.counts, k=solved.sum(-1).astype(float))
    sizes = tuple(f"size-{place:.2f}" for place in x)
    return replace(plain, counts=counts, sizes=sizes, runs=pl.concat(frames))


SHAPES = {"8 x 7 x 24": Shape(8, 7, 24), "8 sizes of 2 x 6 x 20": Shape(8, 6, 20, seeds=2)}
SHORT, LONG = Shape(6, 20, 8), Shape(9, 10, 20)
FIRST = "no power is given in the formal model; the bar stands below what a first run gave"


def null(name: str, shape: Shape, shock: float, *, in_a_row: bool = False, note: str = "") -> Design:
    """Return a design whose tasks are what is composed of their steps."""
    draw = partial(made_of_steps, shape=shape, shock=shock, in_a_row=in_a_row)
    return Design(f"{name}, shock {shock:g}", "subtasks", "null", draw, note=note)


DESIGNS = (
    *(
        null(f"independent steps, {name}", shape, shock)
        for (name, shape), shock in product(SHAPES.items(), (0.0, 0.3, 0.54))
    ),
    null("independent steps, 6 x 20 x 8", SHORT, 0.3, note="three held-out sizes: never told"),
    null("steps in a row, 8 x 7 x 24", SHAPES["8 x 7 x 24"], 0.3, in_a_row=True),
    Design(
        "an unmarked step fails three times of four, 9 x 10 x 20, shock .3",
        "subtasks",
        "alternative",
        partial(made_of_steps, shape=LONG, shock=0.3, unmarked=0.25),
        0.5,
        FIRST,
    ),
)
