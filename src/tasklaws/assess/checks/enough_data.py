"""C8: whether rungs and answers are enough to tell the next rung.

A line of log hazard over the ladder, one slope for all tasks of a family, is known one size ahead to a
standard error that follows from the design and from where its rates lie. At most 0.3 is asked for: a factor
of 1.35 in hazard. That is by chance of answers, for that is what more of them buy; with the shock of rungs it
is told beside. Four sizes are the least: two make a line, three a bend, and the fourth is the first that can
stray from both. Too little is a failure, which a certificate reads as *not enough data*.

What is stated is how well a line is known, not whether the curve is one: C9 and C6 look at that.

Source: formal model, D13 as corrected in 0b.2 and 0b.5.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, Any

from tasklaws.assess.check import Chart, Check, Column, Finding, unknown
from tasklaws.assess.planning.next_rung import ASKED, LEAST_SIZES, next_rung
from tasklaws.assess.planning.words import NOTHING_DIFFERS, told_needs

if TYPE_CHECKING:
    import numpy as np

    from tasklaws.assess.evidence import Evidence
    from tasklaws.assess.planning.next_rung import NextRung

MOST_LOG = 50.0
AHEAD = 3
"""Sizes ahead that the chart shows."""


def judge(evidence: Evidence, rng: np.random.Generator) -> Finding:
    """Return whether the next rung of the family would be known well enough."""
    del rng  # The error follows from the design by a formula.
    if not evidence.counts.tasks:
        text = "The scores of this family are graded, and how much they tell of the next rung is not known."
        return unknown("a metric of right and wrong answers", text)
    found = next_rung(evidence)
    if found is None:
        return Finding(ok=False, text=NOTHING_DIFFERS, reason="answers that differ")
    text = _passed(found) if found.enough else told_needs(found)
    return Finding(
        ok=found.enough, text=text, statistic=found.error, details=_details(found), chart=_chart(text, found)
    )


def _passed(found: NextRung) -> str:
    figures = f"standard error of log hazard {found.error:.2f}, at most {ASKED:g} is asked"
    shock = f"{found.error_with_shock:.2f} with the shock of rungs, which no answers remove"
    return (
        f"Answers at {found.sizes} sizes tell the family's hazard at the next one to a factor of"
        f" {exp(found.error):.2f} ({figures}; {shock})."
    )


def _details(found: NextRung) -> dict[str, Any]:
    error, whole = found.error, found.error_with_shock
    return {
        "sizes": found.sizes,
        "least_sizes": LEAST_SIZES,
        "attempts_per_cell": found.attempts,
        "error_asked": ASKED,
        "error": error,
        "error_with_shock": whole,
        "factor": exp(min(error, MOST_LOG)),
        "factor_with_shock": exp(min(whole, MOST_LOG)),
        "shock_sd": found.shock_sd,
        "next_place": found.place,
        "attempts_needed": found.attempts_needed(),
        "sizes_more_needed": found.rungs_needed(),
    }


def _chart(title: str, found: NextRung) -> Chart:
    rows = tuple(
        {
            "ahead": ahead,
            "error": found.line.error(found.place + (ahead - 1) * found.spacing),
        }
        for ahead in range(1, AHEAD + 1)
    )
    return Chart(
        title,
        "Standard error of the family's log hazard so many sizes ahead, by chance of answers; the line is"
        " what is asked one size ahead.",
        rows,
        Column("ahead", "sizes ahead"),
        Column("error", "standard error of log hazard"),
        mark="bars",
        reference=ASKED,
    )


CHECK = Check(
    "enough_data",
    diagnostic="D13",
    letter="C8",
    summary="do rungs and answers tell the next rung to a factor of 1.35 in hazard",
    source="formal model, D13 as corrected in 0b.2 and 0b.5",
    status="emerging",
    judge=judge,
)
