"""Errors of the scorer or of the environment: nothing else can be read off scores that are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasklaws.assess.evidence import LIMITED, TOOL_LIMITED
from tasklaws.assess.triage.leaf import Answer, Leaf, untested
from tasklaws.core.proportions import clopper_pearson

if TYPE_CHECKING:
    from tasklaws.assess.certificate import Certificate
    from tasklaws.assess.evidence import Evidence

REFERENCE = "reference"
"""Elicitation under which a study keeps attempts of reference solutions."""
MOST_ERRORS = 0.05
"""Share of attempts that may end in an error of the environment."""


def look(evidence: Evidence, certificate: Certificate) -> Answer:  # noqa: ARG001
    """Return whether reference solutions fail, like answers were scored unlike, or attempts end in errors."""
    runs = evidence.runs.filter(
        (pl.col("metric") == evidence.suite.metric) & pl.col("score").is_not_null()
    ) if evidence.runs.height else evidence.runs  # fmt: skip
    answers, unlike = rescored(runs)
    references, failing = _references(runs)
    attempts, errors = _errors(evidence)
    figures = {
        "answers_scored_twice": answers,
        "scored_unlike": unlike,
        "reference_solutions": references,
        "references_failing": failing,
        "attempts": attempts,
        "errors": errors,
    }
    said = []
    if failing:
        said.append(f"{failing} of {references} reference solutions failed.")
    if unlike:
        said.append(f"{unlike} of {answers} answers that were scored more than once were scored unlike.")
    if attempts and clopper_pearson(errors, attempts)[0] > MOST_ERRORS:
        said.append(f"{errors} of {attempts} attempts ended in an error of the environment.")
    if said:
        return Answer(hit=True, text=" ".join(said), figures=figures)
    if not answers and not references:
        return untested(
            "attempts of a reference solution, or answers that were scored more than once",
            "No answer was scored twice and no reference solution was run.",
            **figures,
        )
    told = [f"{references} reference solutions were scored as right"] * bool(references)
    told += [f"{answers} answers that were scored more than once were scored alike"] * bool(answers)
    text = " and ".join(told)
    return Answer(hit=False, text=f"{text[0].upper()}{text[1:]}.", figures=figures)


def rescored(runs: pl.DataFrame) -> tuple[int, int]:
    """Return how many answers were scored more than once, and how many of those unlike.

    The same text given to the same instance is the same answer, unless a limit ended it; so are rows of one
    attempt, told by its `run_id`.
    """
    if not runs.height:
        return 0, 0
    limited = LIMITED.fill_null(value=False)
    if "tool_outcome" in runs.columns:
        limited = limited | TOOL_LIMITED.fill_null(value=False)
    kept = runs.filter(~limited)
    found = (0, 0)
    for own in ("text", "run_id"):
        if own not in kept.columns:
            continue
        key = ["task_id", "instance_id", own] if own == "text" else ["model", "task_id", "elicitation", own]
        of_each = (
            kept.filter(pl.all_horizontal(pl.col(one).is_not_null() for one in (own, key[1])))
            .group_by(key)
            .agg(pl.len().alias("times"), (pl.col("score").n_unique() > 1).alias("unlike"))
            .filter(pl.col("times") > 1)
        )
        found = found[0] + of_each.height, found[1] + int(of_each["unlike"].sum())
    return found


def _references(runs: pl.DataFrame) -> tuple[int, int]:
    if not runs.height:
        return 0, 0
    own = runs.filter(pl.col("elicitation") == REFERENCE)
    return own.height, int((own["score"] < 1).sum())


def _errors(evidence: Evidence) -> tuple[int, int]:
    """Return attempts, and those that ended in an error, from attempts or else from cells."""
    if evidence.attempts.height:
        return evidence.attempts.height, int((evidence.attempts["outcome"] == "error").sum())
    suite = evidence.suite
    own = (pl.col("metric") == suite.metric) & (pl.col("elicitation") == suite.elicitation)
    cells = evidence.cells.filter(own)
    n, errors = int(cells["n"].sum() or 0), int(cells["n_error"].fill_null(0).sum() or 0)
    return max(n, errors), errors


LEAF = Leaf(
    "scorer_error",
    1,
    "do reference solutions fail, or are like answers scored unlike?",
    source="formal model, F8",
    status="emerging",
    look=look,
)
