"""The solver of the embedded ladder: a small model that writes, and tools that carry out what it wrote.

A family that has a tool for compact solutions has every answer taken as a call of that tool; of the others
the answer is read from the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl
from rapidfuzz.distance import Levenshtein

from tasklaws.core.tables import RUNS, validate
from tasklaws.families import FAMILIES
from tasklaws.metrics import METRICS
from tasklaws.run.local_attempts import UNASKED, LocalAttempt, judged
from tasklaws.run.local_programs import LIMITS
from tasklaws.run.local_questions import Question, questions
from tasklaws.run.local_writing import Measured, Pen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasklaws.ladder.generate import Writer, Written
    from tasklaws.spec.elicitation import Elicitation
    from tasklaws.spec.family import Family, Instance
    from tasklaws.spec.sandbox import RunLimits
    from tasklaws.spec.transcript import Attempt

SHARE = "share"
"""Unit of the metrics that say nothing in the column `unit`."""
KEPT = 100_000
"""Judged texts that are remembered."""


class LocalSolver:
    """A small model with its tools; a `Solver`.

    It remembers what it wrote, ran and judged: the same call from the same state of the generator is answered
    from memory, so that elicitations which begin with the same samples share them.
    """

    def __init__(self, writer: Writer, limits: RunLimits = LIMITS) -> None:
        self.limits = limits
        self._pen = Pen(writer)
        self._judged: dict[tuple[tuple[str, str], Written], LocalAttempt] = {}

    def attempts(
        self,
        instances: Sequence[Instance],
        temperature: float,
        rng: np.random.Generator,
        *,
        places: int | None = None,
        shots: Sequence[str] = (),
    ) -> list[Attempt]:
        """Return one attempt at each instance, tools carried out.

        Args:
            instances: the questions; one that stands twice is answered twice.
            temperature: 0 for the most likely answer, which takes nothing from `rng`.
            rng: for sampled answers.
            places: symbols that an answer may have, its end included; None for as many as there are.
            shots: `instance_id` of solved examples. Those of a question's own task are written out in front
                of it; where that makes one question of a task too long, none of that task is asked.
        """
        asked = questions(instances, shots)
        fitting = [question for question in asked if question]
        measured = self._pen.measured(fitting)
        written = self._pen.write(fitting, temperature, rng)
        made = map(self._attempt, fitting, (text.cut(places) for text in written), measured)
        return [next(made) if question else UNASKED for question in asked]

    def _attempt(self, question: Question, written: Written, measured: Measured) -> LocalAttempt:
        key = question.key, written
        if key not in self._judged:
            if len(self._judged) >= KEPT:
                self._judged.clear()
            self._judged[key] = judged(question, written, measured, self.limits)
        return self._judged[key]

    def right(self, instance: Instance, attempt: Attempt) -> bool:
        """Return whether the answer is the right one."""
        return METRICS["exact"].score(instance, [attempt]) == 1


def label(elicitation: Elicitation, effort: int) -> str:
    """Return the name of an elicitation at an effort, such as ``best_of_n@8``; bare if there is but one."""
    return elicitation.name if len(elicitation.efforts) == 1 else f"{elicitation.name}@{effort}"


def attempts_table(
    model: str,
    solver: LocalSolver,
    instances: Sequence[Instance],
    elicitation: Elicitation,
    effort: int,
    *,
    harness_id: str,
    seed: int = 0,
    only_target: bool = False,
) -> pl.DataFrame:
    """Return one row of the schema ``runs`` per instance and metric of its family.

    All efforts and elicitations begin with the same draws, so that they differ by what they do with them.

    Args:
        model: name of the model.
        solver: the model.
        instances: the questions, each once.
        elicitation: how the answers are drawn out.
        effort: at which effort.
        harness_id: name of the limits.
        seed: of the draws.
        only_target: leave out all but the target metric of each family.
    """
    drawn = elicitation.draw(solver, instances, effort, np.random.default_rng(seed))
    same = {
        "model": model,
        "epoch": 0,
        "harness_id": harness_id,
        "elicitation": label(elicitation, effort),
    }
    rows = [
        row
        for instance, attempt in zip(instances, drawn, strict=True)
        for row in _rows(instance, cast("LocalAttempt", attempt), only_target=only_target)
    ]
    table = pl.DataFrame(rows, schema=_COLUMNS).with_columns(pl.lit(v).alias(k) for k, v in same.items())
    return validate(table, RUNS, f"attempts of {model}")


_COLUMNS = {
    name: dtype
    for name, dtype in {
        **RUNS.dtypes(),
        "log_prob": pl.Float64,
        "reference_nll": pl.Float64,
        "tool_outcome": pl.String,
        "text": pl.String,
        "solution_similarity": pl.Float64,
    }.items()
    if name not in {"model", "epoch", "harness_id", "elicitation", "run_id", "started_at", "completed_at"}
}


def _rows(instance: Instance, attempt: LocalAttempt, *, only_target: bool) -> Iterator[dict[str, Any]]:
    family = FAMILIES[instance.family]
    same = {
        "task_family": family.name,
        "task_id": f"{family.name}/{instance.size}",
        "instance_id": instance.instance_id,
        "path": attempt.path,
        "outcome": attempt.outcome,
        "tokens": attempt.tokens,
        "log_prob": attempt.log_prob,
        "reference_nll": attempt.reference_nll,
        "tool_outcome": attempt.calls[-1].outcome if attempt.calls else None,
        "text": attempt.text,
        "solution_similarity": _similarity(family, instance, attempt.text),
    }
    for name in (family.target_metric,) if only_target else family.metrics:
        metric = METRICS[name]
        score = None if attempt.path is None else metric.score(instance, [attempt])
        unit = None if metric.unit == SHARE else metric.unit
        yield {**same, "metric": name, "score": score, "unit": unit}


def _similarity(family: Family, instance: Instance, text: str) -> float:
    """Return the edit similarity of what was written to the nearest reference solution."""
    solutions = [path.compact(instance) for path in family.paths if path.compact is not None]
    return max(Levenshtein.normalized_similarity(text, solution) for solution in solutions)
