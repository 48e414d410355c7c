"""C10: other elicitations that know no answers, and what they would change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.characteristics.checks.elicitation import MORE, PLAIN, drawn

from tasklaws.assess.checks.elicitation import CHECK, others

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Evidence

FLAT = 0.0, 0.0


def world(lost: tuple[float, float], n: int = 40, seed: int = 0) -> Evidence:
    return drawn(8, 10, n, 0.3, lost, np.random.default_rng(seed))


def renamed(evidence: Evidence, label: str) -> Evidence:
    cells = evidence.suite.cells.with_columns(pl.col("elicitation").replace(MORE, label))
    return replace(evidence, suite=replace(evidence.suite, cells=cells))


def judged(evidence: Evidence) -> bool | None:
    return CHECK.judge(evidence, np.random.default_rng(0)).ok


def test_judge_passes_where_more_effort_adds_nothing() -> None:
    found = CHECK.judge(world(FLAT), np.random.default_rng(0))
    assert found.ok
    assert found.upper is not None
    assert found.upper < 0.1
    assert "at most" in found.text


def test_judge_fails_where_much_is_lost_on_every_rung() -> None:
    found = CHECK.judge(world((0.4, 0.4)), np.random.default_rng(0))
    assert found.ok is False
    assert "effort@8 adds" in found.text
    assert found.statistic is not None
    assert found.statistic > 0.2


def test_judge_fails_where_the_loss_changes_along_the_ladder() -> None:
    found = CHECK.judge(world((0.5, 0.05), n=200), np.random.default_rng(0))
    assert found.ok is False
    assert "changes along the ladder" in found.text


@pytest.mark.parametrize("label", ["best_of_n@8", "sample"])
def test_judge_leaves_out_who_knows_the_answers_and_what_takes_no_effort(label: str) -> None:
    found = CHECK.judge(renamed(world((0.4, 0.4)), label), np.random.default_rng(0))
    assert found.ok is None
    assert not found.applies
    assert PLAIN in found.text


def test_others_are_taken_at_their_greatest_effort() -> None:
    evidence = world(FLAT)
    less = evidence.suite.cells.filter(pl.col("elicitation") == MORE)
    less = less.with_columns(pl.lit("effort@2").alias("elicitation"))
    cells = pl.concat([evidence.suite.cells, less])
    assert others(replace(evidence, suite=replace(evidence.suite, cells=cells))) == [MORE]


def test_judge_without_common_tasks_is_not_told() -> None:
    evidence = world(FLAT)
    moved = pl.when(pl.col("elicitation") == MORE).then(pl.lit("else")).otherwise("task_id").alias("task_id")
    cells = evidence.suite.cells.with_columns(moved)
    assert judged(replace(evidence, suite=replace(evidence.suite, cells=cells))) is None
