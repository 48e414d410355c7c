"""A comparison in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tasklaws.assess.comparison.readings import Over, Sampling
    from tasklaws.assess.comparison.result import Difference

FEW = 6
"""Families below which an interval over them is said to rest on few."""
NAMED = 3
"""Tasks that are named where only one model tried them."""
EVEN = 3.0
"""Families of equal weight below which uneven weights are said to count as few."""
END, MANY = 0.1, 10
"""Scores nearer than that to 0 or 1, over fewer families than that, make an interval too narrow."""
LIKE = {
    "families": "on families of tasks like these",
    "tasks": "on tasks like these",
    "attempts": "on these very tasks, at fresh attempts",
}


def sentence(a: str, b: str, found: Difference, level: float, where: str) -> str:
    """Return which of the two is ahead, or that this cannot be told."""
    lower, upper = 100 * found.lower, 100 * found.upper
    if found.lower > 0 or found.upper < 0:
        ahead, behind = (a, b) if found.lower > 0 else (b, a)
        ends = sorted((abs(lower), abs(upper)))
        return (
            f"{ahead} is ahead of {behind} by {100 * abs(found.difference):.1f} points "
            f"({ends[0]:.1f} to {ends[1]:.1f}, {level:g} % interval) {where}."
        )
    return (
        f"No difference between {a} and {b} can be told {where}: {_signed(found.difference)} points "
        f"({_signed(found.lower)} to {_signed(found.upper)}, {level:g} % interval)."
    )


def _signed(score: float) -> str:
    return f"{round(100 * score, 1) + 0.0:+.1f}"


def text(
    models: tuple[str, str],
    likely: Difference,
    these: Difference,
    drawn: Sampling,
    detectable: float | None,
) -> tuple[str, ...]:
    """Return both readings and the difference that could have been told, in words."""
    level = round(100 * drawn.level, 6)
    told = [sentence(*models, likely, level, LIKE[drawn.over])]
    if drawn.over != "attempts":
        told.append(sentence(*models, these, level, LIKE["attempts"]))
    if detectable is None:
        return (*told, "Results this few tell no difference at all with a chance of 80 %.")
    return (
        *told,
        f"A true difference of {100 * detectable:.1f} points would be told from none with a chance of 80 %.",
    )


def warnings(over: Over, likely: Difference, these: Difference, shares: Sequence[float]) -> Iterator[str]:
    """Yield what to beware of: few families, uneven weights, families that agree by chance.

    Args:
        over: what is taken as drawn anew.
        likely: the difference on tasks like these.
        these: the difference on these very tasks.
        shares: what each family counts of the whole.
    """
    many = f"{len(shares)} {'family' if len(shares) == 1 else 'families'}"
    effective = 1 / sum(share**2 for share in shares)
    if over == "tasks":
        yield (
            f"{many}: tasks are taken as drawn one by one; what those of a family have in common is left "
            "out, and the interval may be too narrow"
        )
    elif over == "attempts":
        yield "too few tasks to say anything of others like them: only the attempts are taken as random"
    elif len(shares) < FEW:
        yield f"the interval rests on {many}: it holds only if others are like them"
    if over == "families" and len(shares) >= EVEN > effective:
        yield f"weights are uneven: {many} count as {effective:.1f} of equal weight would"
    if these.upper - these.lower > likely.upper - likely.lower:
        yield (
            f"{over} agree more closely than attempts this few allow, by chance: go by the wider interval, "
            "that of these very tasks"
        )


def of_ends(over: Over, scores: tuple[float, float], shares: Sequence[float]) -> Iterator[str]:
    """Yield that few families whose scores lie near 0 or 1 differ in a skewed way."""
    near = any(not END <= score <= 1 - END for score in scores)
    if over == "families" and near and 1 / sum(share**2 for share in shares) < MANY:
        yield (
            "scores lie near 0 or 1 and families are few: the interval on families like these may hold the "
            "truth in 91 to 93 % of cases rather than in 95"
        )


def of_seeds(others: Sequence[str]) -> Iterator[str]:
    """Yield that models of the same sizes differ too."""
    if others:
        some = ", ".join(others[:NAMED]) + (", ..." if len(others) > NAMED else "")
        yield f"two models are compared, not two sizes: {some} of the same sizes may differ from them"


def of_left_over(alone: Mapping[str, tuple[str, ...]], both: int) -> Iterator[str]:
    """Yield which tasks only one model tried."""
    for model, tasks in alone.items():
        if tasks:
            some = ", ".join(tasks[:NAMED]) + (", ..." if len(tasks) > NAMED else "")
            yield f"only {model} tried {len(tasks)} tasks beside the {both} that both did: {some}"
