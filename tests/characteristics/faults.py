"""Faults that are planted in a good world, one for each leaf of the triage, and how often each is found.

python -m tests.characteristics.faults --worlds 200

The good world is that of spread skills with all that a triage looks at: attempts with their answers, ways and
endings, several efforts, held-out losses, fresh instances, and people's times.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import expit
from tests.characteristics.checks._timed import PERSON_SD, baselines
from tests.characteristics.design import drawn_suite

from tasklaws.assess.certificate import certify
from tasklaws.assess.triage.route import triage
from tasklaws.core.tables import CELLS, RUNS, TASKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.assess.evidence import Counts, Evidence, Suite
    from tasklaws.assess.triage.route import Triage

    Floats = np.ndarray
    Fault = Callable[["Draft", np.random.Generator], None]

FAMILIES, TASKS_EACH, RUNGS, N = 6, 20, 6, 8
SHOCK = 0.2
EFFORTS = (1, 2, 4, 8)
PEOPLE = 4
WRONG = 6
"""Different wrong answers to an instance."""


@dataclass
class Draft:
    """A world before it is drawn; arrays are of shape (tasks, models) where nothing else is said."""

    rate: Floats
    loss: Floats
    log_minutes: Floats
    """Of shape (tasks,)."""
    versions: list[str]
    own: Floats
    """Which tasks are of the family that is judged, of shape (tasks,)."""
    seen_rate: Floats | None = None
    """On instances that are not fresh; None for the same."""
    limited: Floats | None = None
    """Which cells always end at a limit."""
    short: Floats | None = None
    """Share of successes that come by a shortcut."""
    lost: float = 0.0
    """Share of the score that one unit of effort loses; n units lose n^-.5 of it, and plain attempts all."""
    flips: float = 0.0
    """Share of right answers that the scorer calls wrong."""
    pilots: bool = False
    """Whether the only people at the family's tasks were pilots."""
    errors: float = 0.0
    """Share of attempts that end in an error."""


def good(rng: np.random.Generator) -> Draft:
    """Return families whose difficulties are evenly spread over the ladder, and people's times with them."""
    tasks = FAMILIES * TASKS_EACH
    spread = np.linspace(-3, 3, TASKS_EACH) + rng.uniform(-0.15, 0.15, (FAMILIES, TASKS_EACH))
    difficulty = (spread + rng.normal(0, 0.4, (FAMILIES, 1))).ravel()
    level = np.linspace(-2.5, 2.5, RUNGS) + rng.normal(0, SHOCK, RUNGS)
    loss = 2.0 + np.exp(-np.arange(RUNGS) / 4)
    own = np.arange(tasks) < TASKS_EACH
    minutes = difficulty + rng.normal(0, 0.3, tasks)
    return Draft(expit(level - difficulty[:, None]), loss, minutes, ["1"] * tasks, own)


def _moved(rate: Floats, by: Floats | float) -> Floats:
    return np.asarray(expit(np.log(rate / (1 - rate)) + by))


def unlike_scores(draft: Draft, rng: np.random.Generator) -> None:
    """Let the scorer call every seventh right answer wrong."""
    draft.flips = 0.15


def errors(draft: Draft, rng: np.random.Generator) -> None:
    """End a quarter of the attempts in an error of the environment."""
    draft.errors = 0.25


def limits(draft: Draft, rng: np.random.Generator) -> None:
    """End all attempts at the longer half of the tasks at a limit."""
    draft.limited = (draft.log_minutes > np.median(draft.log_minutes[draft.own]))[:, None] & np.ones(
        RUNGS, bool
    )


def elicited(draft: Draft, rng: np.random.Generator) -> None:
    """Lose two thirds of what the models can do to how they are asked."""
    draft.lost = 2 / 3


def loss_rises(draft: Draft, rng: np.random.Generator) -> None:
    """Put two models where the other belongs."""
    at = int(rng.integers(1, RUNGS - 1))
    order = np.arange(RUNGS)
    order[[at, at + 1]] = at + 1, at
    draft.loss, draft.rate = draft.loss[order], draft.rate[:, order]


def contaminated(draft: Draft, rng: np.random.Generator) -> None:
    """Let the two best models have seen the instances that are not fresh."""
    best = np.arange(RUNGS) >= RUNGS - 2
    draft.seen_rate = np.where(best, np.maximum(draft.rate, 0.95), draft.rate)


def shortcut(draft: Draft, rng: np.random.Generator) -> None:
    """Let larger models find a shortcut that solves every task of the family."""
    finders = np.arange(RUNGS) >= int(rng.integers(RUNGS // 2, RUNGS))
    cut = np.where(finders & draft.own[:, None], 0.9, 0.0)
    total = cut + (1 - cut) * draft.rate
    draft.rate, draft.short = total, cut / total


def floor(draft: Draft, rng: np.random.Generator) -> None:
    """Make the family's tasks far too hard for all models."""
    draft.rate = np.where(draft.own[:, None], _moved(draft.rate, -9.0), draft.rate)


def ceiling(draft: Draft, rng: np.random.Generator) -> None:
    """Make the family's tasks far too easy for all models."""
    draft.rate = np.where(draft.own[:, None], _moved(draft.rate, 7.0), draft.rate)


def times_say_nothing(draft: Draft, rng: np.random.Generator) -> None:
    """Let people's times have nothing to do with difficulty."""
    draft.log_minutes = rng.permutation(draft.log_minutes)


def adjusted(draft: Draft, rng: np.random.Generator) -> None:
    """Change every other task of the family after people were timed at it."""
    draft.versions = [str(1 + i % 2) if own else "1" for i, own in enumerate(draft.own)]
    draft.pilots = True


def shocked(draft: Draft, rng: np.random.Generator) -> None:
    """Move all tasks of the best model together."""
    draft.rate[:, -1] = _moved(draft.rate[:, -1], -3.0)


def step(draft: Draft, rng: np.random.Generator) -> None:
    """Let the family go from hardly ever to nearly always between two sizes."""
    after = np.arange(RUNGS) >= int(rng.integers(3, RUNGS))
    draft.log_minutes[draft.own] = draft.log_minutes.mean()
    draft.rate = np.where(draft.own[:, None], np.where(after, 0.9, 0.05), draft.rate)


def switch(draft: Draft, rng: np.random.Generator) -> None:
    """Let the family go from never to always between two sizes."""
    step(draft, rng)
    draft.rate = np.where(draft.own[:, None], np.where(draft.rate > 0.5, 0.998, 0.0005), draft.rate)


FAULTS: dict[str, tuple[str, Fault]] = {
    "scores of like answers differ": ("scorer_error", unlike_scores),
    "attempts end in errors": ("scorer_error", errors),
    "a limit ends long tasks": ("harness_limits", limits),
    "models are asked badly": ("elicitation", elicited),
    "two models change places": ("ladder_order", loss_rises),
    "instances were seen": ("ladder_order", contaminated),
    "a shortcut is found": ("path_change", shortcut),
    "tasks are too hard": ("metric", floor),
    "tasks are too easy": ("metric", ceiling),
    "times say nothing": ("x_axis", times_say_nothing),
    "tasks were changed": ("x_axis", adjusted),
    "one model is off": ("rung_shock", shocked),
    "the family steps": ("genuine_step", step),
    "the family switches": ("genuine_step", switch),
}
"""What is planted -> the leaf that should be hit first, and how it is planted."""


def world(fault: str | None, rng: np.random.Generator) -> Evidence:
    """Return the evidence on the first family of a good world with one fault; None for no fault."""
    draft = good(rng)
    if fault is not None:
        FAULTS[fault][1](draft, rng)
    return drawn(draft, rng).evidence("family-0")


def drawn(draft: Draft, rng: np.random.Generator) -> Suite:
    """Return what is seen of a world."""
    names = tuple(f"family-{i}" for i in range(FAMILIES) for _ in range(TASKS_EACH))
    plain = drawn_suite(draft.rate, N, rng, families=names)
    plain = replace(
        plain,
        rungs=tuple(
            replace(rung, loss_nats=float(loss), loss_corpus="held out")
            for rung, loss in zip(plain.rungs, draft.loss, strict=True)
        ),
    )
    runs = pl.concat(
        [_attempts(draft, plain, None, rng), *(_attempts(draft, plain, e, rng) for e in EFFORTS)]
    )
    own = runs.filter(pl.col("elicitation") == "default")
    log = draft.log_minutes[:, None] + PERSON_SD * rng.normal(size=(len(names), PEOPLE))
    human = baselines(plain.counts.tasks, names, np.exp(log))
    if draft.pilots:
        piloted = pl.when(pl.col("task_family") == names[0]).then(pl.lit("pilot")).otherwise("source")
        human = human.with_columns(piloted.alias("source"))
    return replace(plain, counts=_counts(plain.counts, own), runs=runs, cells=_cells(runs), human=human,
                   tasks=_tasks(plain, draft))  # fmt: skip


def _attempts(draft: Draft, plain: Suite, effort: int | None, rng: np.random.Generator) -> pl.DataFrame:
    """Return `N` attempts of every model at every task; every other instance is fresh."""
    shape = (*draft.rate.shape, N)
    fresh = np.broadcast_to(np.arange(N) % 2 == 1, shape)
    seen = draft.rate if draft.seen_rate is None else draft.seen_rate
    rate = np.where(fresh, draft.rate[..., None], seen[..., None]) * (1 - draft.lost / (effort or 1) ** 0.5)
    error = rng.random(shape) < draft.errors
    limited = (
        np.zeros(shape, bool) if draft.limited is None else np.broadcast_to(draft.limited[..., None], shape)
    )
    right = (rng.random(shape) < rate) & ~error & ~limited
    cut = np.zeros(shape) if draft.short is None else np.broadcast_to(draft.short[..., None], shape)
    path = np.where(right, np.where(rng.random(shape) < cut, "closed_form", "by_hand"), "guessed")
    task, model, instance = np.indices(shape).reshape(3, -1)
    said = np.where(right.ravel(), 0, 1 + rng.integers(WRONG, size=right.size))
    counts = plain.counts
    return pl.DataFrame(
        {
            "model": np.array(counts.models)[model],
            "task_family": np.array(counts.families)[task],
            "task_id": np.array(counts.tasks)[task],
            "instance_id": instance.astype(str),
            "epoch": 0,
            "harness_id": "default",
            "elicitation": "default" if effort is None else f"more_tokens@{effort}",
            "metric": plain.metric,
            "score": (right & (rng.random(shape) >= draft.flips)).ravel().astype(float),
            "path": path.ravel(),
            "outcome": np.where(error, "error", np.where(limited, "limit_time", "submitted")).ravel(),
            "text": said.astype(str),
            "fresh": fresh.ravel(),
        },
        schema=_RUNS,
    )


_NAMES = ("model", "task_family", "task_id", "instance_id", "epoch", "harness_id", "elicitation", "metric",
          "score", "path", "outcome")  # fmt: skip
_RUNS = {name: RUNS.dtypes()[name] for name in _NAMES} | {"text": pl.String, "fresh": pl.Boolean}


def _counts(plain: Counts, own: pl.DataFrame) -> Counts:
    limited = pl.col("outcome").str.starts_with("limit")
    score = own["score"].to_numpy().reshape(*plain.k.shape, N)
    ended = own.select(limited)["outcome"].to_numpy().reshape(*plain.k.shape, N)
    return replace(
        plain, k=score.sum(-1), k_limit=(score * ended).sum(-1), n_limit=ended.sum(-1).astype(float)
    )  # fmt: skip


def _cells(runs: pl.DataFrame) -> pl.DataFrame:
    limited = pl.col("outcome").str.starts_with("limit")
    made = runs.group_by(
        "model", "task_family", "task_id", "metric", "harness_id", "elicitation", maintain_order=True
    ).agg(
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("score").sum().alias("k"),
        pl.lit(None, pl.Float64).alias("sum"),
        pl.lit(None, pl.Float64).alias("sum_sq"),
        limited.sum().cast(pl.Int64).alias("n_limit"),
        (pl.col("outcome") == "error").sum().cast(pl.Int64).alias("n_error"),
        pl.lit(0, pl.Int64).alias("n_invalid"),
    )
    return made.select(CELLS.names)


def _tasks(plain: Suite, draft: Draft) -> pl.DataFrame:
    facts = {
        "task_id": list(plain.counts.tasks),
        "task_family": list(plain.counts.families),
        "metric": [plain.metric] * len(draft.versions),
        "human_minutes": np.exp(draft.log_minutes),
        "version": draft.versions,
    }
    empty = TASKS.empty()
    return pl.concat([empty, pl.DataFrame(facts).cast({"human_minutes": pl.Float64})], how="diagonal_relaxed")


def told(fault: str | None, number: int) -> Triage:
    """Return the triage of world `number` with a fault."""
    rng = np.random.default_rng([number, sum((fault or "nothing").encode())])
    evidence = world(fault, rng)
    return triage(evidence, certify(evidence))


def main() -> None:
    """Print which leaf was hit first in how many worlds of each fault, and the share that was right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--fault", choices=[*FAULTS, "nothing"])
    asked = parser.parse_args()
    faults = [asked.fault] if asked.fault else [*FAULTS, "nothing"]
    each, right, planted = -(-asked.worlds // len(FAULTS)), 0, 0
    for fault in faults:
        name = None if fault == "nothing" else fault
        found = [told(name, number) for number in range(each)]
        first, every = (
            Counter(str(one.leaf) for one in found),
            Counter(hit for one in found for hit in one.hits),
        )
        wanted = FAULTS[name][0] if name else "None"
        if name:
            right, planted = right + first[wanted], planted + each
        print(f"{fault:30} {wanted:15} {first[wanted]:3}/{each} first {dict(first)} all {dict(every)}",  # noqa: T201
              flush=True)  # fmt: skip
    if planted:
        print(f"{right} of {planted} faults routed to their leaf: {right / planted:.3f}")  # noqa: T201


if __name__ == "__main__":
    main()
