"""What a family's data lack, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.assess.planning.next_rung import ASKED, LEAST_SIZES, MOST_FACTOR, MOST_RUNGS

if TYPE_CHECKING:
    from tasklaws.assess.planning.next_rung import NextRung

NOTHING_DIFFERS = (
    "Not enough data: every answer is right, or every one wrong;"
    " tasks are needed that only some of the models solve."
)


def told_needs(found: NextRung) -> str:
    """Return one sentence on what is missing for the next rung, and what would do."""
    if found.sizes < LEAST_SIZES:
        more = LEAST_SIZES - found.sizes
        return (
            f"Not enough data: of {LEAST_SIZES} sizes of models, the least that show a line and what strays"
            f" from it, {found.sizes} {'is' if found.sizes == 1 else 'are'} at hand;"
            f" {more} more {_plural('size', more)} would do."
        )
    if found.spacing <= 0:
        return "Not enough data: all models stand at one place of the ladder; others are needed."
    figures = f"standard error of log hazard {found.error:.2f}, at most {ASKED:g} is asked"
    return f"Not enough data for the next rung ({figures}): {_ways(found)}."


def _ways(found: NextRung) -> str:
    attempts, rungs = found.attempts_needed(), found.rungs_needed()
    ways = []
    if attempts is not None:
        ways.append(f"{attempts:,} attempts of each model at each task instead of {found.attempts:g}")
    if rungs:
        ways.append(f"{rungs} more {_plural('size', rungs)} of models")
    if ways:
        return " or ".join(ways) + " would do"
    return (
        f"neither {MOST_FACTOR:,.0f} times the attempts nor {MOST_RUNGS} more sizes would do;"
        " tasks are needed that the models at hand solve sometimes"
    )


def _plural(word: str, number: int) -> str:
    return word if number == 1 else f"{word}s"
