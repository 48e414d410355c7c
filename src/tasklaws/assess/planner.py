"""The planner: what rungs, attempts, repeats and baselines a wanted precision takes, before money is spent.

Source: formal model, P9, P11, P14, D1 and D13 as corrected in 0b.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.evidence import refuse_nothing, suites
from tasklaws.assess.planning.design import Design, changed, design_of
from tasklaws.assess.planning.next_rung import ASKED, next_rung
from tasklaws.assess.planning.rows import (
    Row,
    baseline_rows,
    cost_rows,
    effect_rows,
    next_rung_rows,
    repeat_rows,
    sample_rows,
    shock_row,
)
from tasklaws.assess.planning.simulated_rows import levels_rows, mode_rows, simulated_rows
from tasklaws.assess.planning.two_modes import Modes
from tasklaws.assess.planning.words import NOTHING_DIFFERS, told_needs
from tasklaws.core.progress import SILENT
from tasklaws.spec.bounds import positive, whole
from tasklaws.theory.baselines import baselines_needed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.assess.evidence import Suite
    from tasklaws.assess.planning.next_rung import NextRung
    from tasklaws.core.progress import Progress
    from tasklaws.study.folder import Study

MORE_MODELS = 4


@dataclass(frozen=True)
class Plan:
    """What a design costs and what it can tell."""

    rows: tuple[Row, ...]
    design: Design | None = None
    warnings: tuple[str, ...] = field(default=())

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`, and the design."""
        made = {} if self.design is None else {"design": self.design.document()}
        return made | {"rows": [row.document() for row in self.rows]}


def plan(
    study: Study | str | Path | None = None,
    *,
    simulate: int = 0,
    seed: int = 0,
    progress: Progress = SILENT,
    **options: Any,  # noqa: ANN401  the fields of Design
) -> Plan:
    """Return what a design costs and what it can tell.

    Args:
        study: a study whose own figures are the design; None for the default design.
        simulate: worlds of each kind on which the whole certificate is run.
        seed: of everything random.
        progress: who hears how far it is.
        options: fields of `Design` that are set otherwise; None is not set.

    Raises:
        BadPlan: an option is no design.
        NoAnswer: the study has no results that tell a slope.
    """
    whole(simulate, 0, "the number of worlds")
    suite, warnings = (None, ()) if study is None else _suite(study)
    design = changed(Design() if suite is None else design_of(suite), options)
    rng = np.random.default_rng(seed)
    rows = [
        *next_rung_rows(design),
        *([] if suite is None else _family_rows(suite)),
        *sample_rows(design.floor, design.error),
        *repeat_rows(design, rng),
        *effect_rows(design),
        *baseline_rows(design),
        *levels_rows(design, seed),
        *cost_rows(design),
        *(simulated_rows(design, simulate, seed, progress) if simulate else ()),
    ]
    return Plan(tuple(rows), design, warnings)


def plan_baselines(
    spread: float = 0.75,
    factor: float = 1.25,
    modes: tuple[float, float] = (0.3, 3.0),
    *,
    seed: int = 0,
    progress: Progress = SILENT,
) -> Plan:
    """Return how many people have to be timed at a task.

    Args:
        spread: standard deviation of the log time of people at one task.
        factor: to what factor, x/÷, the geometric mean is to be known at 95 %.
        modes: weight of a second group, and its distance in standard deviations within a group.
        seed: of the worlds, where the power is not on record.
        progress: who hears how far it is.
    """
    positive(spread, "the spread of log times")
    told = Row(
        f"baselines to know the geometric mean to a factor of {factor:g}",
        baselines_needed(spread, factor),
        note=f"log times spread by {spread:g}; 95 %, by the normal law",
    )
    return Plan((told, *mode_rows(Modes(*modes), seed, progress)))


def what_would_do(suite: Suite, family: str) -> tuple[str, tuple[Row, ...]]:
    """Return one sentence, and the rows behind it, on what design would let a family pass C8.

    It is worked out from the family's own rates by the formula of C8, as if its lines went on as they are.
    """
    found = next_rung(suite.evidence(family))
    if found is None:
        return NOTHING_DIFFERS, ()
    rows = (
        Row("standard error at the next rung", found.error, note=f"at most {ASKED:g} is asked"),
        shock_row(found),
        _seeds_row(found),
        Row(
            "attempts per cell that would do", found.attempts_needed(), note=f"{found.attempts:g} are at hand"
        ),
        Row("sizes more that would do", found.rungs_needed(), note=f"{found.sizes} are at hand"),
    )
    return _told(found), rows


def _told(found: NextRung | None) -> str:
    if found is None:
        return NOTHING_DIFFERS
    return "Rungs and attempts are enough for the next rung." if found.enough else told_needs(found)


def _seeds_row(found: NextRung) -> Row:
    """Return what more seeds would leave: shocks of the rungs at hand average out."""
    more = replace(found, line=found.line.with_models(MORE_MODELS))
    name = f"the same with {MORE_MODELS} times the models of each size"
    return Row(name, more.error_with_shock, note="the shock of the next model itself stays")


def _suite(study: Study | str | Path) -> tuple[Suite, tuple[str, ...]]:
    """Return the suite of most models, and what is to be said of the others."""
    found = suites(study)
    refuse_nothing(found)
    most = max(found, key=lambda one: len(one.models))
    left = [one.lineage for one in found if one is not most]
    return most, (f"planned from {most.lineage} alone, not from {', '.join(left)}",) if left else ()


def _family_rows(suite: Suite) -> Iterator[Row]:
    for family in sorted({*suite.counts.families}):
        found = next_rung(suite.evidence(family))
        error = None if found is None else found.error
        yield Row(f"{family}: standard error at the next rung", error, note=_told(found))
