"""Measure how many questions per CPU second a small model answers: ``python benchmarks/local_runner.py``.

A model of width 24 is trained briefly, so that its programs run and its answers end. Every figure counts
writing, tools (their worker processes and the start of these included), reading and the table. The first row
also scores all reference solutions and choices, once; the last draws seven new samples per question.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import TYPE_CHECKING

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import jax
import numpy as np

from tasklaws.elicitations import ELICITATIONS
from tasklaws.families import FAMILIES
from tasklaws.ladder.corpus import Ingredient, corpus, held_out
from tasklaws.ladder.generate import Writer
from tasklaws.ladder.size import size_of
from tasklaws.ladder.train import Trainer, n_steps, started
from tasklaws.run.local import LocalSolver, attempts_table
from tasklaws.run.local_programs import carried_out
from tasklaws.sandboxes._monty_pool import POOL

if TYPE_CHECKING:
    from tasklaws.spec.family import Instance

MIX = (
    Ingredient("sha_of", 1.0, (2, 3, 4, 5, 6, 8)),
    Ingredient("sha_chain", 1.0, (10, 100, 1000)),
    Ingredient("sum_range", 1.5, (10, 100, 1000, 10_000), {"loop": (0.5,) * 4, "closed_form": (0.5,) * 4}),
    Ingredient("nested_calls", 1.0, (1, 2, 3, 4)),
    Ingredient("work_in_order", 1.5, (1, 2, 3, 4)),
    Ingredient("addition", 1.5, (1, 2, 3)),
    Ingredient("multiple_choice", 1.0, (1, 2)),
    Ingredient("facts", 1.0, (1, 2), seen=True),
)
TRIED = (("greedy", 1, 1), ("sample", 1, 1), ("best_of_n", 8, 7))
"""Elicitation, effort, attempts per question that are new."""


def trained(width: int, documents: int) -> Writer:
    """Return a briefly trained model."""
    size, texts = size_of(width), corpus(MIX, documents, seed=0)
    state, trainer = started(size, (0,), n_steps(texts)), Trainer(size, texts)
    while state.step < trainer.steps:
        state = trainer.chunk(state)
    return Writer(size, jax.tree.map(lambda leaves: np.asarray(leaves[0]), state.params))


def questions(each: int) -> list[Instance]:
    """Return held-out questions of every family and size of the mix."""
    return [
        instance
        for part in MIX
        for size in part.sizes
        for instance in held_out(FAMILIES[part.family], size, each, seen=part.seen)
    ]


def cpu_seconds() -> float:
    """Return the CPU time of this process and of those it waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def measured(
    solver: LocalSolver, asked: list[Instance], name: str, effort: int, new: int
) -> dict[str, float]:
    """Return figures of one elicitation; no program was run before."""
    POOL.close()
    carried_out.cache_clear()
    before, clock = cpu_seconds(), time.perf_counter()
    table = attempts_table("d24_s0", solver, asked, ELICITATIONS[name], effort, harness_id="bench")
    POOL.close()  # waits for the workers, so that their time counts
    cpu, wall = cpu_seconds() - before, time.perf_counter() - clock
    right = table.filter(table["metric"] == "exact")["score"].to_numpy().mean()
    return {"attempts_per_cpu_s": len(asked) * new / cpu, "cpu_s": cpu, "wall_s": wall, "exact": float(right)}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=24)
    parser.add_argument("--documents", type=int, default=24_000)
    parser.add_argument("--each", type=int, default=40, help="questions per family and size")
    said = parser.parse_args()
    writer, asked = trained(said.width, said.documents), questions(said.each)
    measured(LocalSolver(writer), asked[:10], "sample", 1, 1)  # compiles
    solver = LocalSolver(writer)
    print(f"{len(asked)} questions, width {said.width}, {said.documents} documents")
    for name, effort, new in TRIED:
        figures = measured(solver, asked, name, effort, new)
        print(f"{name:15s} {effort:2d} " + "  ".join(f"{key} {value:8.2f}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
