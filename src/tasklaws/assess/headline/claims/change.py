"""How the top model differs from the one before it on the ladder."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from tasklaws.assess.headline.claim import Claim, Rest
from tasklaws.assess.headline.maker import Maker
from tasklaws.assess.headline.means import Mean, difference_of, paired
from tasklaws.assess.headline.words import count, listed, points, span_points

if TYPE_CHECKING:
    from tasklaws.assess.headline.known import Known

MOST = 1000
"""Times as many attempts beyond which nobody would make them."""


def make(known: Known) -> Claim | None:
    """Return the mean difference over the tasks that both tried."""
    if known.top is None or known.before is None or not known.shares:
        return None
    pairs = paired(known.cells, known.top, known.before)
    if not pairs.height:
        return None
    found = difference_of(pairs)
    told = span_points(found.lower, found.upper)
    apart = not found.lower <= 0 <= found.upper
    tasks = f"over the {count(found.tasks, 'task')} that both tried"
    text = (
        f"{known.top} scores {points(abs(found.value))} {'more' if found.value > 0 else 'less'} than "
        f"{known.before}, the model before it {told}, {tasks}."
        if apart
        else f"Whether {known.top} differs from {known.before}, the model before it, cannot be told: "
        f"{points(found.value, signed=True)} {told} {tasks}."
    )
    shown = Rest("paired comparison", known.verb("compare", known.top, known.before), found.tasks)
    return Claim(
        "change",
        text,
        "observed",
        (*known.parts(known.top, known.before), shown),
        _without(pairs, found) if apart else _more(found),
    )


def _without(pairs: pl.DataFrame, found: Mean) -> str:
    """Return the fewest families whose absence would leave a difference that cannot be told from none."""
    sign = 1 if found.value > 0 else -1
    moved = pairs.group_by("task_family").agg(pl.col("difference").sum() * sign)
    order = moved.sort("difference", "task_family", descending=[True, False])["task_family"].to_list()
    for left_out in range(1, len(order)):
        rest = difference_of(pairs.filter(~pl.col("task_family").is_in(order[:left_out])))
        if rest.lower <= 0 <= rest.upper:
            gone = f"{listed(order[:left_out])} ({count(found.tasks - rest.tasks, 'task')})"
            left = f"{points(rest.value, signed=True)} {span_points(rest.lower, rest.upper)}"
            return f"Other tasks: without {gone} it could not be told from none, {left}."
    half = (found.upper - found.lower) / 2
    return f"Fresh attempts at these tasks with a difference below {points(half)}."


def _more(found: Mean) -> str:
    """Return how many attempts would tell the difference that was seen, were it the true one."""
    half = (found.upper - found.lower) / 2
    times = (half / found.value) ** 2 if found.value else math.inf
    if times > MOST:
        return f"A difference of more than {points(half)} in as many fresh attempts."
    more = max(2, math.ceil(times))
    return f"About {more} times as many attempts, if the difference is what it looks like."


CLAIM = Maker("change", 20, make)
